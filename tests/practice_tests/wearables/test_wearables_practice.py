"""The practice test of wearables as a whole: poor tables, and every word that it needs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from measured_practice import again_without_a_difference
from silent import Silent

from harness.errors import HarnessError
from harness.practice_tests.opened_practice import open_practice, practice_options
from harness.practice_tests.practice_folder import run_practice

HEAD = "subject,time,device,score,moving,stressor,report,positive,negative,hr"
COLUMNS = [
    *("columns.device=device", "columns.moving=moving", "columns.stressor=stressor", "columns.report=report"),
    *("columns.positive=positive", "columns.negative=negative", "columns.documented=[hr]"),
]


def table(**constant: Any) -> list[str]:
    """Eight people, two devices, 30 moments; some columns may be the same everywhere."""
    rng, rows = np.random.default_rng(0), []
    for person in range(8):
        for moment in range(30):
            for device in ("<b>a</b>", "b"):
                cells: dict[str, Any] = {
                    "subject": f"p{person}",
                    "time": moment * 60,
                    "device": device,
                    "score": rng.normal(),
                    "moving": int(rng.random() < 0.4),
                    "stressor": moment % 2,
                    **{name: round(rng.normal(), 2) for name in ("report", "positive", "negative", "hr")},
                }
                rows.append(",".join(str(value) for value in (cells | constant).values()))
    return rows


def run(folder: Path, rows: list[str], *more: str) -> dict[str, Any]:
    (folder / "scores.csv").write_text("\n".join([HEAD, *rows]))
    test = open_practice("wearables")
    given = [f"scores={folder / 'scores.csv'}", f"out={folder / 'out'}", *COLUMNS, *more]
    out, _ = run_practice(test, practice_options(test, given), Silent())
    assert "<b>a</b>" not in (out / "summary.en.html").read_text()
    again_without_a_difference(out)
    record: dict[str, Any] = json.loads((out / "practice.json").read_text(), parse_constant=pytest.fail)
    return record


QUESTIONS = {
    *("availability_loss_when_moving", "score_rise_when_moving", "reaction_to_stressors", "felt_stress"),
    *("positive_less_negative", "drift"),
}


def test_every_question_is_asked_of_every_device(tmp_path: Path) -> None:
    record = run(tmp_path, table())
    assert {(one["model"], one["metric"]) for one in record["verdicts"]} == {
        (device, question) for device in ("<b>a</b>", "b") for question in QUESTIONS
    }
    assert record["facts"]["moments"] == 8 * 30


@pytest.mark.parametrize(
    ("constant", "untested"),
    [
        ({"score": ""}, QUESTIONS),
        ({"score": 5}, QUESTIONS - {"availability_loss_when_moving"}),
        ({"subject": "one"}, QUESTIONS),
        ({"moving": 0}, {"availability_loss_when_moving", "score_rise_when_moving"}),
        ({"stressor": 0}, {"reaction_to_stressors"}),
        ({"report": 3}, {"felt_stress"}),
        ({"positive": ""}, {"positive_less_negative"}),
        ({"hr": 60}, set()),
    ],
)
def test_what_the_data_cannot_show_is_not_tested(
    tmp_path: Path, constant: dict[str, Any], untested: set[str]
) -> None:
    rows = table(**constant)
    if "subject" in constant:
        rows = rows[:60]
    record = run(tmp_path, rows)
    assert {one["metric"] for one in record["verdicts"] if one["verdict"] == "not_tested"} == untested


def test_numbers_that_nobody_has_are_refused(tmp_path: Path) -> None:
    with pytest.raises(HarnessError, match=r"row 1, column score: 1e\+300 is beyond 1e\+09"):
        run(tmp_path, table(score=1e300))


def test_a_device_that_says_stress_is_asked_about_its_alarms(tmp_path: Path) -> None:
    record = run(tmp_path, table(), "stress_from=0.5", "limits.false_alarms=0.2")
    asked = [one for one in record["verdicts"] if one["metric"] == "false_alarm_when_moving"]
    assert [one["threshold"] for one in asked] == [0.2, 0.2]


def test_other_datasets_are_refused(tmp_path: Path) -> None:
    test = open_practice("wearables")
    options = practice_options(test, ["dataset=simulated_faces", f"out={tmp_path / 'out'}"])
    with pytest.raises(HarnessError, match="neither of devices beside a reference"):
        run_practice(test, options, Silent())


@pytest.mark.slow
def test_simulated_wristbands_are_scored_by_detectors_that_have_not_seen_the_person(tmp_path: Path) -> None:
    """People who walk lose beats, as the simulated device delivers only those that were clearly seen."""
    test = open_practice("wearables")
    given = ["dataset=simulated_wearables", "dataset_options={subjects: 8, samples_per_class: 6, walk_share: 0.5}"]
    options = practice_options(test, [*given, f"out={tmp_path / 'out'}"])
    _, result = run_practice(test, options, Silent())
    found = {(row.model, row.metric, row.group): row for row in result.rows}
    assert {row.model for row in result.rows} == {"all_signals", "rhythm_detector", "rhythm_alone"}
    rest, moving = (found["rhythm_alone", "availability", group].value or 0.0 for group in ("rest", "moving"))
    assert rest > 0.95
    assert moving < rest - 0.2
    assert (found["all_signals", "detection", "all"].value or 0.0) > 0.8
