"""Nurses at work: events in local time, sessions of an E4, answers that are absent."""

from __future__ import annotations

from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from harness.cards.facts import dataset_card
from harness.datasets.cut_windows import WindowOptions
from harness.datasets.nurse_stress import NurseStressReader
from harness.errors import HarnessError
from harness.signals.media import Recording

SUMMER = int(datetime(2020, 7, 1, 15, 0, tzinfo=UTC).timestamp())  # 10:00 in Chicago
WINTER = int(datetime(2020, 12, 1, 5, 55, tzinfo=UTC).timestamp())  # 23:55 in Chicago, the day before
TITLES = ["ID", "Start time", "End time", "duration", "date", "Stress level", "COVID related"]


def write_session(root: Path, nurse: str, start: int, seconds: int = 600) -> None:
    folder = root / "Stress_dataset" / nurse / f"{nurse}_{start}"
    folder.mkdir(parents=True)
    rows = {"EDA": [0.5 + k / 1e3 for k in range(4 * seconds)], "TEMP": [33.0] * (4 * seconds)}
    for name, values in rows.items():
        (folder / f"{name}.csv").write_text("\n".join(map(str, [float(start), 4.0, *values])) + "\n")
    (folder / "BVP.csv").touch()  # as where the device failed


def write_survey(root: Path, *rows: list[Any], titles: list[str] = TITLES) -> None:
    book = openpyxl.Workbook()
    assert book.active is not None
    for row in (titles, *rows):
        book.active.append(row)
    book.save(root / "SurveyResults.xlsx")


def row(nurse: Any, start: Any, end: Any, day: Any, level: Any) -> list[Any]:
    return [nurse, start, end, None, day, level, 0]


def reader(root: Path) -> NurseStressReader:
    return NurseStressReader(dataset_card("nurse_stress"), root, WindowOptions(window_s=60, stride_s=60))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    write_session(tmp_path, "5C", SUMMER)
    write_session(tmp_path, "83", WINTER)
    write_survey(
        tmp_path,
        row("5C", time(9, 50), time(10, 2, 30), datetime(2020, 7, 1), 2),
        row("5C", "10:05:00", "10:06:00", "2020-07-01", "na"),
        row(83, time(23, 58), time(0, 1), datetime(2020, 11, 30), 0.0),
        row("7A", time(8, 0), time(8, 10), datetime(2020, 7, 1), 1),
    )
    return tmp_path


def test_windows_of_events_in_local_time(root: Path) -> None:
    """10:00 in Chicago is 15:00 UTC in summer and 16:00 in winter; the second event goes beyond midnight."""
    rows = reader(root).samples().to_pylist()
    assert [(of["subject_id"], of["label"], of["start_s"], of["end_s"]) for of in rows] == [
        ("5C", "2", 0.0, 60.0), ("5C", "2", 60.0, 120.0),
        ("83", "0", 180.0, 240.0), ("83", "0", 240.0, 300.0), ("83", "0", 300.0, 360.0),
    ]  # fmt: skip
    assert rows[0]["sample_id"] == f"Stress_dataset/5C/5C_{SUMMER}#0-60000"
    assert {of["label_source"] for of in rows} == {"self_report"}


def test_signals_of_a_window(root: Path) -> None:
    made = reader(root)
    window = made.load(made.samples().to_pylist()[1])
    assert isinstance(window, Recording)
    assert set(window.channels) == {"eda", "temperature"}
    assert window.channels["eda"].values[0] == pytest.approx(0.5 + 0.24)


def test_check_says_what_is_missing(root: Path) -> None:
    assert reader(root).layout_problems(reader(root).samples()) == [
        "SurveyResults.xlsx: 1 of 4 events have no stress level",
        "SurveyResults.xlsx: 1 of 4 events lie outside of all sessions",
        "SurveyResults.xlsx: 7A has no session",
    ]


def test_messages_name_the_row(root: Path) -> None:
    write_survey(root, row("5C", "ten", time(11), datetime(2020, 7, 1), 1))
    with pytest.raises(HarnessError, match=r"SurveyResults.xlsx, row 2: 'ten' is not a time"):
        reader(root).samples()
    write_survey(root, row("5C", time(10), time(11), "yesterday", 1))
    with pytest.raises(HarnessError, match=r"row 2: 'yesterday' is not a date"):
        reader(root).samples()
    write_survey(root, titles=["ID", "level"])
    with pytest.raises(HarnessError, match="column start time, end time, date, stress level is missing"):
        reader(root).samples()
    write_survey(root)
    with pytest.raises(HarnessError, match="Unpack the sessions' archives there"):
        reader(root).samples()
