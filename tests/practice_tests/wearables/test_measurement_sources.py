"""Measurements of a user's table and of beats."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from silent import Silent

from harness.errors import HarnessError
from harness.practice_tests.wearables.measurement_sources import of_reader, of_table
from harness.practice_tests.wearables.measurements import Measurements
from harness.practice_tests.wearables.wearables_options import WearablesOptions
from harness.study.assembly import open_reader

HEAD = "who,device,situation,hr,beats"
ROWS = ["a,ecg,sitting,60,300", "a,watch,sitting,62,290", "b,ecg,sitting,70,350", "b,watch,sitting,,"]
COLUMNS = {"subject": "who", "values": ["hr"], "units": {"hr": "bpm"}}


def options(folder: Path, rows: list[str], **more: Any) -> WearablesOptions:
    path = folder / "measured.csv"
    path.write_text("\n".join([HEAD, *rows]))
    return WearablesOptions(**{"measurements": path, "measured": COLUMNS, "reference": "ecg", **more})


def test_a_table_with_empty_cells(tmp_path: Path) -> None:
    found = of_table(options(tmp_path, ROWS))
    assert (found.devices, found.num_subjects, found.situations) == (["watch"], 2, ["sitting"])
    assert np.array_equal(found.values["hr"], [60, 62, 70, np.nan], equal_nan=True)
    assert np.array_equal(found.num_beats_n, [300, 290, 350, np.nan], equal_nan=True)


@pytest.mark.parametrize(
    ("rows", "more", "message"),
    [
        (ROWS, {"reference": "vu"}, "reference=vu is none of its devices: ecg, watch"),
        (
            ROWS,
            {"measured": {**COLUMNS, "subject": "whom"}},
            "no column 'whom' (measured.subject). Did you mean who?",
        ),
        ([*ROWS, ROWS[0]], {}, "a ecg sitting stands in two rows"),
        (["a,,sitting,60,1"], {}, "row 1: the column device is empty"),
        (["a,ecg,sitting,fast,1"], {}, "'fast' is not a number"),
    ],
)
def test_wrong_tables_are_explained(tmp_path: Path, rows: list[str], more: dict[str, Any], message: str) -> None:
    with pytest.raises(HarnessError) as raised:
        of_table(options(tmp_path, rows, **more))
    assert message in str(raised.value)


def test_no_source_or_two_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="give one of dataset"):
        WearablesOptions()


def test_beats_of_five_devices(shared_data: Path) -> None:
    """The whole ECG's heart rate while sitting is that of its intervals; every device is compared with it."""
    reader = open_reader("wearable_hrv", shared_data / "wearable_hrv", {"source": "intervals"})
    found = of_reader(reader, reader.samples(), WearablesOptions(dataset="wearable_hrv"), Silent())
    assert found.devices == ["empatica", "heartmath", "kyto", "rhythm"]
    assert (found.reference, found.num_subjects) == ("vu", 1)
    ecg = found.values["mean_hr"][(found.device_n == "vu") & (found.situation_n == "sitting")]
    assert 40 < ecg[0] < 120


def own_files(folder: Path, marks: dict[str, str], more: Sequence[str] = ()) -> Path:
    """A table of RR files, one per person, device and situation, as chest straps write them."""
    lines = ["sample_id,uri,subject_id,label,ctx.device,ctx.reference_device"]
    for person, device in product("abc", marks):
        name = f"{person}-{device}.txt"
        (folder / name).write_text("\n".join(str(800 + 10 * (beat % 3)) for beat in range(60)))
        lines.append(f"{name},{name},{person},sitting,{device},{marks[device]}")
    (folder / "samples.csv").write_text("\n".join([*lines, *more]))
    return folder


def measured(root: Path, **chosen: Any) -> Measurements:
    options = WearablesOptions(dataset="table", root=root, **chosen)
    reader = open_reader("table", root, {"modality": "wearable", "label_source": "not_stated"})
    return of_reader(reader, reader.samples(), options, Silent())


@pytest.mark.parametrize("marks", [{"strap": "true", "watch": "false"}, {"strap": "1", "watch": ""}])
def test_rr_files_of_a_users_own_devices(tmp_path: Path, marks: dict[str, str]) -> None:
    found = measured(own_files(tmp_path, marks))
    assert (found.reference, found.devices, found.num_subjects) == ("strap", ["watch"], 3)
    assert found.values["mean_hr"] == pytest.approx(np.full(6, 60_000 / 810), abs=0.1)
    assert measured(tmp_path, reference="watch").reference == "watch"


@pytest.mark.parametrize(
    ("marks", "chosen", "message"),
    [
        ({"strap": "", "watch": ""}, {}, "ctx.reference_device (none) does not name one"),
        ({"strap": "1", "watch": "1"}, {}, "ctx.reference_device (strap, watch) does not name one"),
        ({"strap": "1", "watch": "0"}, {"reference": "ecg"}, "reference=ecg does not name one"),
    ],
)
def test_a_dataset_without_one_reference_is_refused(
    tmp_path: Path, marks: dict[str, str], chosen: dict[str, str], message: str
) -> None:
    with pytest.raises(HarnessError, match=r"reference=DEVICE, of strap, watch") as raised:
        measured(own_files(tmp_path, marks), **chosen)
    assert message in str(raised.value)


def test_two_samples_of_a_device_in_a_situation_are_refused(tmp_path: Path) -> None:
    again = ["again,a-strap.txt,a,sitting,strap,1"]
    with pytest.raises(HarnessError, match="a strap sitting are two samples"):
        measured(own_files(tmp_path, {"strap": "1", "watch": "0"}, again))
