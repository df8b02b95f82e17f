"""Stress-Predict: the real folder against numbers worked out by hand, and made-up folders that go wrong."""

from __future__ import annotations

import zipfile
from collections import Counter
from datetime import date, datetime, time
from functools import partial
from pathlib import Path
from typing import Any, get_args
from zoneinfo import ZoneInfo

import numpy as np
import openpyxl
import pytest
from pydantic import ValidationError

from harness.cards.facts import dataset_card
from harness.datasets.reader import Reader
from harness.datasets.stress_predict import StressPredictReader
from harness.datasets.stress_predict_periods import PeriodName, moment
from harness.datasets.stress_predict_windows import StressPredictOptions
from harness.datasets.stress_predict_workbooks import PERIODS, read_scores, read_time_log
from harness.errors import HarnessError, Reason, Unscored
from harness.signals.media import Recording

DUBLIN = ZoneInfo("Europe/Dublin")
TITLES = list(PERIODS.values())
SESSION_START = 1_644_840_000  # 2022-02-14 12:00:00 UTC
PEOPLE = [f"S{n:02}" for n in (1, 2, 3, 5, 6, 8, 9, 11, 12, 14, 16, 17, 19, 20, 22, 24, 26, 28, 31, 33)]


def reader(root: Path, **options: Any) -> StressPredictReader:
    return StressPredictReader(dataset_card("stress_predict"), root, StressPredictOptions(**options))


@pytest.fixture(scope="module")
def real(shared_data: Path) -> StressPredictReader:
    return reader(shared_data / "stress_predict")


@pytest.fixture(scope="module")
def rows(real: StressPredictReader) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = real.samples().to_pylist()
    return found


def test_all_people_have_both_labels(rows: list[dict[str, Any]]) -> None:
    assert sorted({row["subject_id"] for row in rows}) == PEOPLE
    for subject in PEOPLE:
        assert {row["label"] for row in rows if row["subject_id"] == subject} == {"rest", "stress"}


def test_s02_stroop_by_hand(rows: list[dict[str, Any]]) -> None:
    """10:03 to 10:08 on 2022-02-07, session start 1644227574 = 09:52:54: 606 s to 906 s, less 30 s each."""
    stroop = [row for row in rows if row["subject_id"] == "S02" and row["ctx.task"] == "stroop"]
    assert [row["start_s"] for row in stroop] == [636, 666, 696, 726, 756, 786, 816]
    first = stroop[0]
    assert first["sample_id"] == "Raw_data/S02#636000-696000"
    assert (first["uri"], first["end_s"], first["label"]) == ("Raw_data/S02", 696.0, "stress")
    assert (first["session_id"], first["label_source"], first["ctx.period"]) == ("1445449", "context_assigned", 3)


def test_s02_windows_per_period(rows: list[dict[str, Any]]) -> None:
    """Seconds of a period, less 60 s of margins and 60 s of the last window, divided by 30, plus one.

    Baseline 9:52 to 10:02 loses 54 s to the recording's start, which takes the place of the first margin.
    """
    counts = Counter(row["ctx.task"] for row in rows if row["subject_id"] == "S02")
    minutes = {
        "stroop": 5,
        "relax_1": 5,
        "interview": 11,
        "relax_2": 5,
        "hyperventilation": 2,
        "relax_3": 5,
        "relax_4": 10,
    }
    expected = {task: (60 * length - 60 - 60) // 30 + 1 for task, length in minutes.items()}
    assert counts == expected | {"baseline": (600 - 54 - 30 - 60) // 30 + 1}


@pytest.mark.parametrize(
    ("subject", "task", "start"),
    [
        ("S08", "relax_4", "2022-02-14 13:00"),  # written 01:00, after 12:55
        ("S09", "interview", "2022-02-14 12:59"),  # ends at 01:09
        ("S11", "stroop", "2022-02-14 15:32"),
        ("S16", "baseline", "2022-02-21 13:13"),
        ("S17", "hyperventilation", "2022-02-21 15:51"),
        ("S22", "relax_3", "2022-02-28 12:57"),
        ("S24", "stroop", "2022-02-28 14:51"),
        ("S26", "stroop", "2022-02-28 15:52"),
        ("S01", "baseline", "2022-02-07 09:39"),  # after the first rest
        ("S33", "stroop", "2022-03-09 12:24"),
    ],
)
def test_afternoons_of_the_twelve_hour_clock(
    real: StressPredictReader, subject: str, task: str, start: str
) -> None:
    head = (real.root / f"Raw_data/{subject}/BVP.csv").read_text().split("\n", 1)[0]
    expected = datetime.fromisoformat(start + "+00:00").timestamp() - float(head)
    whole = reader(real.root, margin_s=0).samples().to_pylist()
    starts = [row["start_s"] for row in whole if (row["subject_id"], row["ctx.task"]) == (subject, task)]
    assert min(starts) == expected


def test_windows_lie_in_one_period_and_the_recording(real: StressPredictReader) -> None:
    """S33's baseline is written to end at 12:25, but its Stroop test starts at 12:24."""
    whole = reader(real.root, margin_s=0).samples().to_pylist()
    start = float((real.root / "Raw_data/S33/BVP.csv").read_text().split("\n", 1)[0])
    stroop_at = datetime.fromisoformat("2022-03-09 12:24+00:00").timestamp() - start
    ends = [row["end_s"] for row in whole if row["subject_id"] == "S33" and row["ctx.task"] == "baseline"]
    assert stroop_at - 30 < max(ends) <= stroop_at
    assert min(row["start_s"] for row in whole) >= 0


def test_the_timeline_agrees_with_the_button(real: StressPredictReader) -> None:
    """Presses mark the tasks' edges: the median is within half a minute of the log's minute."""
    whole = reader(real.root, margin_s=0, window_s=60, stride_s=60).samples().to_pylist()
    distances = []
    for subject in PEOPLE:
        folder = real.root / "Raw_data" / subject
        start = float((folder / "BVP.csv").read_text().split("\n", 1)[0])
        tags = np.array([float(tag) for tag in (folder / f"tags_{subject}.csv").read_text().split()]) - start
        for task in ("stroop", "interview", "hyperventilation"):
            windows = [row for row in whole if row["subject_id"] == subject and row["ctx.task"] == task]
            edges = min(row["start_s"] for row in windows), max(row["end_s"] for row in windows)
            distances += [np.abs(tags - edge).min() for edge in edges]
    assert len(distances) == 120
    assert np.median(distances) < 30
    assert np.mean(np.array(distances) > 180) < 0.03


def test_share_of_stress_is_near_the_authors(real: StressPredictReader) -> None:
    """The authors' own per-second labels have 32.7 % of stress over 34 people, the unlogged time being rest."""
    whole = reader(real.root, margin_s=0, window_s=60, stride_s=60).samples().to_pylist()
    stress_s = 60 * sum(row["label"] == "stress" for row in whole)
    frames = sum((real.root / f"Raw_data/{s}/EDA.csv").read_bytes().count(b"\n") - 2 for s in PEOPLE)
    assert stress_s / (frames / 4) == pytest.approx(0.318, abs=0.001)


def test_edges_at_the_button_are_the_authors_labels(real: StressPredictReader) -> None:
    """The authors' per-second labels of S02 switch at these seconds; over all people 32.7 % are stress."""
    whole = reader(real.root, edges="button", margin_s=0, window_s=1, stride_s=1).samples()
    rows = whole.select(["subject_id", "start_s", "end_s", "label", "ctx.task"]).to_pylist()
    own = [row for row in rows if row["subject_id"] == "S02"]
    stroop = [row["start_s"] for row in own if row["ctx.task"] == "stroop"]
    assert (min(stroop), max(stroop) + 1) == (1_644_228_196 - 1_644_227_574, 1_644_228_572 - 1_644_227_574)
    assert min(row["start_s"] for row in own if row["ctx.task"] == "interview") == 1_644_228_844 - 1_644_227_574
    assert min(row["start_s"] for row in own if row["ctx.task"] == "relax_1") == max(stroop) + 1
    frames = sum((real.root / f"Raw_data/{s}/EDA.csv").read_bytes().count(b"\n") - 2 for s in PEOPLE)
    assert sum(row["label"] == "stress" for row in rows) / (frames / 4) == pytest.approx(0.327, abs=0.002)


def test_one_press_does_not_serve_both_edges(root: Path) -> None:
    """Hyperventilation 12:16 to 12:18. One press, at 12:17:10, is its start or its end, never both."""
    write_log(root, [person("S01", hyperventilation=("12:16", "12:18"))])
    tags = root / "Raw_data/S01/tags_S01.csv"
    tags.write_text(f"{SESSION_START + 1030}\n")
    table = reader(root, edges="button", margin_s=0).samples()
    assert table["start_s"].to_pylist() == [960.0, 990.0, 1020.0]
    tags.write_text(f"{SESSION_START + 1030}\n{SESSION_START + 1160}\n")
    table = reader(root, edges="button", margin_s=0).samples()
    assert (min(table["start_s"].to_pylist()), max(table["end_s"].to_pylist())) == (1030.0, 1150.0)
    tags.write_text(f"{SESSION_START + 1}\n")
    assert reader(root, edges="button").samples().equals(reader(root).samples())


def test_questionnaires(rows: list[dict[str, Any]]) -> None:
    """The totals of the workbook's last rows."""
    by_subject = {row["subject_id"]: row for row in rows}
    columns = ["ctx.stai_before", "ctx.stai_after", "ctx.pss_before", "ctx.pss_after"]
    assert [by_subject["S01"][column] for column in columns] == [62, 56, 10, 16]
    assert [by_subject["S33"][column] for column in columns] == [78, 59, 17, 11]


def test_load_cuts_the_window(real: StressPredictReader, rows: list[dict[str, Any]]) -> None:
    window = real.load(next(row for row in rows if row["sample_id"] == "Raw_data/S02#636000-696000"))
    assert isinstance(window, Recording)
    assert window.duration_s == 60.0
    bvp = (real.root / "Raw_data/S02/BVP.csv").read_text().split("\n")
    np.testing.assert_array_equal(
        window.channels["bvp"].values, [float(value) for value in bvp[2 + 636 * 64 : 2 + 696 * 64]]
    )


def test_check_of_the_real_folder(real: StressPredictReader) -> None:
    calls: list[tuple[int, int]] = []
    found = real.check(lambda done, total: calls.append((done, total)))
    assert found.counts["subjects"] == 20
    assert calls[-1] == (found.counts["samples"], found.counts["samples"])
    assert found.problems == [
        "Processed_data/Time_logs.xlsx: 15 of 35 people have no folder in Raw_data: "
        "S04, S07, S10, S13, S15, S18, S21, S23, S25, S27, S29, S30, S32, S34, S35",
        "Processed_data/Time_logs.xlsx: the session id has another length than the others': S14",
        "Raw_data/S06: the logged start of stroop is 443 s from any button press",
        "Raw_data/S06: the logged start of interview is 256 s from any button press",
        "Raw_data/S17: the log's session ends -3420 s from the end of its last period",
        "Raw_data/S17: the button press at 2022-02-21 03:46:04 UTC lies outside the recording",
        "Raw_data/S17: the button press at 2022-02-21 03:59:04 UTC lies outside the recording",
        "Raw_data/S17: the logged end of interview is 348 s from any button press",
        "subjects: found 20, the card says 35",
    ]


def test_moment_knows_summer_time() -> None:
    """Irish clocks change on 27 March 2022: 15:00 is 15:00 UTC the day before and 14:00 UTC on the day."""
    for day, hour in ((date(2022, 3, 26), 15), (date(2022, 3, 27), 14)):
        expected = datetime.fromisoformat(f"{day} {hour}:00+00:00").timestamp()
        assert moment(day, time(3, 0), expected + 1800, DUBLIN) == expected


def test_moment_of_twelve_and_of_a_full_clock() -> None:
    at = partial(datetime.fromisoformat)
    noon = at("2022-02-14 12:10+00:00").timestamp()
    assert moment(date(2022, 2, 14), time(12, 10), noon, DUBLIN) == noon
    midnight = at("2022-02-14 00:10+00:00").timestamp()
    assert moment(date(2022, 2, 14), time(12, 10), midnight, DUBLIN) == midnight
    assert (
        moment(date(2022, 2, 14), time(13, 5), noon - 43_200, DUBLIN) == at("2022-02-14 13:05+00:00").timestamp()
    )


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """One person, S01: Stroop 12:05 to 12:10, rest 12:10 to 12:15; 20 minutes are recorded from 12:00 on."""
    write_log(tmp_path, [person("S01", stroop=("12:05", "12:10"), relax_1=("12:10", "12:15"))])
    write_scores(tmp_path)
    write_recording(tmp_path / "Raw_data/S01", seconds=1200)
    return tmp_path


def person(subject: str, day: object = datetime(2022, 2, 14), **periods: tuple[object, object]) -> list[object]:
    edges = [edge for name in PERIODS for edge in periods.get(name, (None, None))]
    return [subject, None, None, 1450061, *edges, "Day 2", day]


def write_log(root: Path, people: list[list[object]], titles: list[str] = TITLES) -> None:
    book = openpyxl.Workbook()
    page = book.worksheets[0]
    periods: list[object] = [cell for title in titles for cell in (title, None)]
    page.append(["S. ID.", "Start Time", "End Time", "Session ID", *periods, None, "Date"])
    page.append([None])
    for row in people:
        page.append(row)
    (root / "Processed_data").mkdir(exist_ok=True)
    book.save(root / "Processed_data/Time_logs.xlsx")


def write_scores(root: Path, total: int | None = 3) -> None:
    book = openpyxl.Workbook()
    for title in ("STAI Score", "PSS Score"):
        page = book.create_sheet(title)
        for row in (
            [None, "S01", None],
            ["Question", "Q", None],
            [None, "Before", "After"],
            [1, 1, 2],
            [2, 2, None],
        ):
            page.append(row)
        page.append(["Total", total, None])
    book.save(root / "Processed_data/Questionnaires_scores.xlsx")


def write_recording(folder: Path, seconds: int, start: int = SESSION_START) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for file, rate in (("BVP.csv", 64), ("EDA.csv", 4), ("TEMP.csv", 4)):
        (folder / file).write_text(f"{start}\n{rate}\n" + "1\n" * (rate * seconds))


def test_made_up_person(root: Path) -> None:
    table = reader(root).samples()
    assert table["start_s"].to_pylist() == [30.0 * k for k in [*range(11, 18), *range(21, 28)]]
    assert table["label"].to_pylist() == ["stress"] * 7 + ["rest"] * 7
    assert table["ctx.stai_before"].to_pylist() == [3] * 14
    assert table["ctx.stai_after"].to_pylist() == [None] * 14


def test_window_options(root: Path) -> None:
    table = reader(root, window_s=150, stride_s=75, margin_s=0, stress=["relax_1"], rest=["stroop"]).samples()
    assert table["sample_id"].to_pylist() == [
        f"Raw_data/S01#{start}000-{start + 150}000" for start in (300, 375, 450, 600, 675, 750)
    ]
    assert table["label"].to_pylist() == ["rest"] * 3 + ["stress"] * 3


def test_options_know_the_periods_of_the_log() -> None:
    assert get_args(PeriodName) == tuple(PERIODS)


def test_period_cannot_be_both() -> None:
    with pytest.raises(ValidationError, match="stroop cannot be both"):
        StressPredictOptions(rest=("stroop",))


def test_missing_task_and_date_written_once(root: Path) -> None:
    write_recording(root / "Raw_data/S02", seconds=1200)
    write_recording(root / "Raw_data/S03", seconds=1200)
    write_log(
        root,
        [
            person("S01", stroop=("12:05", "12:10")),
            person("S02", None, stroop=("12:05", None), relax_1=(time(12, 10), time(12, 15))),
            person("S03", None),
        ],
    )
    rows = reader(root).samples().to_pylist()
    assert Counter((row["subject_id"], row["ctx.task"]) for row in rows) == {
        ("S01", "stroop"): 7,
        ("S02", "relax_1"): 7,
    }
    problems = reader(root).check().problems
    assert any(
        text.startswith("Raw_data/S02: the log has no times for consent, baseline, stroop") for text in problems
    )


def test_recording_shorter_than_its_periods(root: Path) -> None:
    write_recording(root / "Raw_data/S01", seconds=660)
    table = reader(root).samples()
    assert max(table["end_s"].to_pylist()) <= 660
    assert "Raw_data/S01: relax_1 lies up to 240 s outside the recording" in reader(root).check().problems


def test_clock_that_disagrees_and_absent_sensors(root: Path) -> None:
    write_recording(root / "Raw_data/S01", seconds=1200)
    (root / "Raw_data/S01/EDA.csv").write_text(f"{SESSION_START - 500}\n4\n" + "1\n" * 40)
    problems = reader(root).check().problems
    assert "Raw_data/S01: EDA.csv starts -500 s from the session's start" in problems
    assert "Raw_data/S01: ACC.csv, HR.csv, IBI.csv is absent" in problems


def test_folders_without_row_and_without_sensors(root: Path) -> None:
    (root / "Raw_data/S99").mkdir()
    (root / "Raw_data/S02").mkdir()
    write_log(root, [person("S01", stroop=("12:05", "12:10")), person("S02")])
    problems = reader(root).check().problems
    assert "Raw_data: folders without a row in Processed_data/Time_logs.xlsx: S99" in problems
    assert "Raw_data: folders in which no sensor's file can be read: S02" in problems


def test_broken_sensor_file_is_a_property_of_its_windows(root: Path) -> None:
    (root / "Raw_data/S01/EDA.csv").write_text("no number\n4\n1\n")
    made = reader(root)
    rows = made.samples().to_pylist()
    assert len(rows) == 14
    refused = made.load(rows[0]).refused
    assert {name: why.text for name, why in refused.items()} == {
        "eda": "unreadable: EDA.csv: row 1 holds no start time"
    }


@pytest.mark.parametrize("uri", ["../S01", "/etc", "Raw_data/S77", None])
def test_uri_outside_or_absent(root: Path, uri: str | None) -> None:
    with pytest.raises(Unscored) as caught:
        reader(root).load({"uri": uri, "start_s": 0.0, "end_s": 60.0})
    assert caught.value.reason is Reason.MISSING_FILE


def test_total_that_differs_is_reported(root: Path) -> None:
    write_scores(root, total=4)
    expected = "Questionnaires_scores.xlsx, PSS Score, S01: the items add up to 3, the sheet says 4"
    assert expected in reader(root).check().problems


@pytest.mark.parametrize(
    ("people", "titles", "message"),
    [
        ([person("S01", stroop=("half past", "12:10"))], TITLES, r"row 3 \(S01\): 'half past' is not a time"),
        ([person("S01", None)], TITLES, "there is no date"),
        ([person("S01"), person("S01")], TITLES, "S01 has more than one row"),
        ([person("../S01")], TITLES, r"'\.\./S01' is not a person's id"),
        ([person("S01")], TITLES[::-1], "expected the periods"),
        ([], TITLES, "no window"),
        ([person("S01")], TITLES, "no window"),
    ],
)
def test_log_that_cannot_be_used(root: Path, people: list[list[object]], titles: list[str], message: str) -> None:
    write_log(root, people, titles)
    with pytest.raises(HarnessError, match=message):
        reader(root).samples()


def test_workbooks_that_are_none(root: Path) -> None:
    log = root / "Processed_data/Time_logs.xlsx"
    log.write_bytes(b"PK\x03\x04 not a workbook")
    with pytest.raises(HarnessError, match="not a readable workbook"):
        read_time_log(log)
    with zipfile.ZipFile(log, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", bytes(65 * 2**20))
    with pytest.raises(HarnessError, match="unpacks to"):
        read_time_log(log)
    with zipfile.ZipFile(log, "w") as archive:
        archive.writestr("a.txt", b"")
    with pytest.raises(HarnessError, match="not a readable workbook"):
        read_time_log(log)
    log.unlink()
    with pytest.raises(HarnessError, match="no such file"):
        read_time_log(log)
    with pytest.raises(HarnessError, match="not a readable workbook"):
        read_scores(root / "Processed_data/Questionnaires_scores.xlsx", "Mood")


def test_registry_and_config_agree_with_the_options() -> None:
    import yaml

    from harness.cards.registry import find
    from harness.resources import config_dir

    assert issubclass(find("readers", "stress_predict"), Reader)
    config = yaml.safe_load((config_dir() / "dataset/stress_predict.yaml").read_text())
    choices = {key: value for key, value in config.items() if key not in ("name", "root")}
    assert StressPredictOptions(**choices) == StressPredictOptions()
    assert set(choices) == set(StressPredictOptions.model_fields)


@pytest.mark.parametrize("file", ["EDA.csv", "IBI.csv", "HR.csv"])
def test_a_sensor_file_that_leads_out_of_the_root_is_refused(root: Path, tmp_path: Path, file: str) -> None:
    """Like its folder, whether or not a system reads it, and nothing of it is used to list the windows."""
    before = reader(root).samples()
    outside = tmp_path.parent / f"{tmp_path.name}-outside.csv"
    outside.write_text("5\n4\n" + "1\n" * 4000)
    path = root / "Raw_data/S01" / file
    path.unlink(missing_ok=True)
    path.symlink_to(outside)
    made = reader(root)
    assert made.samples() == before
    with pytest.raises(Unscored, match="the path leads out of the dataset's root") as caught:
        made.load(made.samples().to_pylist()[0])
    assert caught.value.reason is Reason.MISSING_FILE


def test_a_workbook_that_leads_out_of_the_root_is_refused(root: Path, tmp_path: Path) -> None:
    outside = tmp_path.parent / f"{tmp_path.name}-outside.xlsx"
    (root / "Processed_data/Time_logs.xlsx").rename(outside)
    (root / "Processed_data/Time_logs.xlsx").symlink_to(outside)
    with pytest.raises(HarnessError, match=r"Time_logs\.xlsx leads out of dataset\.root"):
        reader(root).samples()


def test_check_names_signals_that_are_cut_or_have_gaps(root: Path) -> None:
    recording = root / "Raw_data/S01"
    (recording / "EDA.csv").write_text(f"{SESSION_START}\n4\n" + "1\n" * 2000 + "nan\n" * 100 + "1\n" * 300)
    (recording / "TEMP.csv").write_text("")
    problems = reader(root).check().problems
    assert "Raw_data/S01: EDA.csv: no value for 25 s at a stretch" in problems
    assert "Raw_data/S01: TEMP.csv holds no frame" in problems
