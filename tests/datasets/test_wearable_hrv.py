"""Wearable HRV: golden cells of the published tables, and the one person's raw intervals."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from harness.cards.facts import dataset_card
from harness.datasets.wearable_hrv import LOGS, WearableHrvOptions, WearableHrvReader
from harness.datasets.wearable_hrv_tables import FEATURES
from harness.errors import HarnessError, Reason, Unscored
from harness.resources import config_dir
from harness.signals.media import Recording
from harness.tables.samples import validate_samples

HEADER = [*FEATURES, "conditions", "device", "pp"]


def reader(root: Path, **options: Any) -> WearableHrvReader:
    return WearableHrvReader(dataset_card("wearable_hrv"), root, WearableHrvOptions(**options))


@pytest.fixture(scope="module")
def real_root(shared_data: Path) -> Path:
    return shared_data / "wearable_hrv"


@pytest.fixture
def raw(real_root: Path, tmp_path: Path) -> Path:
    """A writable copy of the raw recording."""
    for file in (*(file for file, _ in LOGS.values()), "test_events.csv"):
        shutil.copyfile(real_root / file, tmp_path / file)
    return tmp_path


def write_table(folder: Path, *rows: list[object]) -> Path:
    text = "\n".join(",".join(str(cell) for cell in row) for row in (HEADER, *rows))
    (folder / "P01.csv").write_text(text + "\n")
    return folder


def test_golden_cells(real_root: Path) -> None:
    """Cells of P01.csv, row 2, and P04.csv, the ECG while sitting."""
    rows = {row["sample_id"]: row for row in reader(real_root).samples().to_pylist()}
    rhythm = rows["P01.csv#rhythm-sitting"]
    assert (rhythm["subject_id"], rhythm["label"], rhythm["ctx.device"]) == ("P01", "sitting", "rhythm")
    assert rhythm["ctx.rmssd"] == 55.21269525925547
    assert rhythm["ctx.pnni_50"] == 28.834355828220858
    assert (rhythm["ctx.artefact"], rhythm["ctx.num_beats"]) == (1, 327)
    assert (rhythm["ctx.reference_device"], rhythm["uri"], rhythm["label_source"]) == (
        False,
        None,
        "context_assigned",
    )
    ecg = rows["P04.csv#vu-sitting"]
    assert (ecg["ctx.reference_device"], ecg["ctx.mean_nni"], ecg["ctx.sdnn"]) == (
        True,
        683.8451025056947,
        60.17572188597824,
    )


def test_people_devices_and_conditions(real_root: Path) -> None:
    rows = reader(real_root).samples().to_pylist()
    assert len(rows) == 320
    assert set(Counter(row["label"] for row in rows).values()) == {40}
    people = {device: {row["subject_id"] for row in rows if row["ctx.device"] == device} for device in LOGS}
    assert {device: len(found) for device, found in people.items()} == {
        "vu": 10, "empatica": 4, "heartmath": 10, "kyto": 6, "rhythm": 10,
    }  # fmt: skip


def test_features_that_a_device_did_not_deliver_are_null(real_root: Path) -> None:
    row = next(r for r in reader(real_root).samples().to_pylist() if r["sample_id"] == "P07.csv#kyto-walking")
    assert (row["ctx.rmssd"], row["ctx.mean_hr"], row["ctx.num_beats"]) == (None, None, 0)


def test_check_lists_the_missing(real_root: Path) -> None:
    assert reader(real_root).check().problems == [
        "P01: no data from empatica",
        "P02: no data from empatica",
        "P03: no data from empatica",
        "P04: no data from empatica, kyto",
        "P05: no data from empatica, kyto",
        "P06: no data from empatica",
        "P07: kyto delivered too few beats for HRV in neurotask, walking, biking",
        "P08: kyto delivered too few beats for HRV in biking",
        "P09: no data from kyto",
        "P10: no data from kyto",
    ]


def test_windows_of_the_raw_recording(real_root: Path) -> None:
    """From test_events.csv: sitting 14:09:20 to 14:14:20, arithmetic 14:17:03 to 14:20:03, …"""
    table = reader(real_root, source="intervals").samples()
    rows = [row for row in table.to_pylist() if row["ctx.device"] == "vu"]
    assert table.num_rows == 40
    assert [row["sample_id"] for row in rows[:2]] == ["test_vu.txt#0-300000", "test_vu.txt#463000-643000"]
    assert {row["subject_id"] for row in rows} == {"P37"}
    assert [row["label"] for row in rows] == [
        "sitting", "arithmetic", "recovery", "standing", "breathing", "neurotask", "walking", "biking",
    ]  # fmt: skip
    assert validate_samples(table).num_rows == 40


def test_ecg_beats_of_a_condition(real_root: Path) -> None:
    """The rows of test_vu.txt whose peak and the peak before lie from 14:24:35 to 14:27:35."""
    made = reader(real_root, source="intervals")
    row = next(r for r in made.samples().to_pylist() if (r["ctx.device"], r["label"]) == ("vu", "standing"))
    lines = [line.split("\t") for line in (real_root / "test_vu.txt").read_text().splitlines()[2:]]
    clock = [line[0].split("/")[1] for line in lines]
    inside = [i for i in range(1, len(lines)) if clock[i - 1] >= "14:24:35" and clock[i] < "14:27:35"]
    window = made.load(row)
    assert isinstance(window, Recording)
    assert (window.duration_s, window.channels) == (180.0, {})
    assert window.beats is not None
    np.testing.assert_array_equal(window.beats.interval_ms, [float(lines[i][2]) for i in inside])
    seconds = [60 * int(clock[i][3:5]) + float(clock[i][6:]) - (24 * 60 + 35) for i in inside]
    np.testing.assert_allclose(window.beats.time_s, seconds, rtol=0, atol=1e-6)


def test_tables_hold_no_signal(real_root: Path) -> None:
    made = reader(real_root)
    with pytest.raises(Unscored) as caught:
        made.load(made.samples().to_pylist()[0])
    assert caught.value.reason is Reason.MISSING_FILE


def test_device_that_stopped_early(raw: Path) -> None:
    log = raw / "test_kyto.csv"
    log.write_text("".join(log.read_text().splitlines(keepends=True)[:200]))
    made = reader(raw, source="intervals")
    row = next(r for r in made.samples().to_pylist() if (r["ctx.device"], r["label"]) == ("kyto", "biking"))
    with pytest.raises(Unscored) as caught:
        made.load(row)
    assert caught.value.reason is Reason.NO_SIGNAL


def test_device_without_a_log(raw: Path) -> None:
    (raw / "test_kyto.csv").unlink()
    found = reader(raw, source="intervals").check()
    assert (found.counts["samples"], found.problems) == (32, ["P37: no data from kyto"])


@pytest.mark.parametrize("uri", ["test_events.csv", "../secret", "nothing.csv"])
def test_uri_that_is_no_log(raw: Path, uri: str) -> None:
    with pytest.raises(Unscored):
        reader(raw, source="intervals").load({"uri": uri, "start_s": 0.0, "end_s": 10.0})


@pytest.mark.parametrize(
    ("file", "text", "message"),
    [
        ("test_events.csv", "timestamp,conditions,datapoint\n2 pm,sitting,start\n", "row 1: '2 pm' is not a time"),
        (
            "test_events.csv",
            "timestamp,conditions,datapoint\n14:00:00,flying,start\n",
            "'flying'; expected one of",
        ),
        (
            "test_events.csv",
            "timestamp,conditions,datapoint\n14:00:00,sitting,start\n",
            "sitting needs a start and",
        ),
        ("test_events.csv", "timestamp,conditions,datapoint\n", "there are no conditions"),
        ("test_events.csv", "timestamp;conditions\n", "column conditions, datapoint, timestamp is missing"),
        ("test_vu.txt", "Subject Id: P37\nhead\n", "holds no beats"),
        ("test_vu.txt", "Subject Id: P37\nhead\nx\n", "row 3 is not a time"),
    ],
)
def test_raw_recording_that_cannot_be_used(raw: Path, file: str, text: str, message: str) -> None:
    (raw / file).write_text(text)
    with pytest.raises(HarnessError, match=message):
        reader(raw, source="intervals").samples()


def test_absent_files(tmp_path: Path) -> None:
    with pytest.raises(HarnessError, match=r"holds no P01\.csv"):
        reader(tmp_path).samples()
    with pytest.raises(HarnessError, match=r"test_events\.csv is absent"):
        reader(tmp_path, source="intervals").samples()


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ([800, 50, 40, 20, 75, 1, 300, "sitting", "watch", "P01"], r"P01\.csv, row 1, device: 'watch'"),
        ([800, 50, 40, 20, 75, 1, 300, "lying", "vu", "P01"], r"P01\.csv, row 1, conditions: 'lying'"),
        (["fast", 50, 40, 20, 75, 1, 300, "sitting", "vu", "P01"], r"row 1, mean_nni: 'fast' is not a number"),
        ([800, 50], r"row 1, device: ''"),
    ],
)
def test_table_row_that_cannot_be_used(tmp_path: Path, row: list[object], message: str) -> None:
    with pytest.raises(HarnessError, match=message):
        reader(write_table(tmp_path, row)).samples()


def test_table_with_a_column_missing_or_numbers_that_are_none(tmp_path: Path) -> None:
    row: list[object] = ["nan", "inf", "", 20, 75, 1, 300, "sitting", "vu", ""]
    found = reader(write_table(tmp_path, row)).samples().to_pylist()[0]
    assert (found["ctx.mean_nni"], found["ctx.sdnn"], found["ctx.rmssd"]) == (None, None, None)
    assert found["subject_id"] == "P01"
    (tmp_path / "P01.csv").write_text("rmssd,device\n1,vu\n")
    with pytest.raises(HarnessError, match="column artefact, conditions"):
        reader(tmp_path).samples()


def test_config_agrees_with_the_options() -> None:
    config = yaml.safe_load((config_dir() / "dataset/wearable_hrv.yaml").read_text())
    choices = {key: value for key, value in config.items() if key not in ("name", "root")}
    assert WearableHrvOptions(**choices) == WearableHrvOptions()
    assert set(choices) == set(WearableHrvOptions.model_fields)
