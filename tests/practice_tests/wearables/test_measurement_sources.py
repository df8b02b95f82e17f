"""Measurements of a user's table and of beats."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from silent import Silent

from harness.errors import HarnessError
from harness.practice_tests.wearables.measurement_sources import of_reader, of_table
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
    found = of_reader(reader, reader.samples(), "wearable_hrv", Silent())
    assert found.devices == ["empatica", "heartmath", "kyto", "rhythm"]
    assert (found.reference, found.num_subjects) == ("vu", 1)
    ecg = found.values["mean_hr"][(found.device_n == "vu") & (found.situation_n == "sitting")]
    assert 40 < ecg[0] < 120
