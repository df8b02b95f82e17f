"""Scores and questionnaires of a user's tables."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.errors import HarnessError
from harness.practice_tests.wearables.score_sources import scores_of_table
from harness.practice_tests.wearables.scores import aligned
from harness.practice_tests.wearables.wearables_options import WearablesOptions

HEAD = "who,when,stress,moves,felt,hr"
ROWS = [
    "a,2026-11-27T10:00:00,40,yes,,61",
    "a,2026-11-27T10:00:30,60,no,,62",
    "a,2026-11-27T10:05:00,,no,,63",
    "b,2026-11-27T10:00:00+01:00,20,,3,64",
]
COLUMNS = {"subject": "who", "time": "when", "score": "stress", "moving": "moves", "documented": ["hr"]}


def options(folder: Path, rows: list[str], columns: dict[str, Any] | None = None, **more: Any) -> WearablesOptions:
    (folder / "scores.csv").write_text("\n".join([HEAD, *rows]))
    return WearablesOptions(**{"scores": folder / "scores.csv", "columns": {**COLUMNS, **(columns or {})}, **more})


def test_cells_as_they_are_meant(tmp_path: Path) -> None:
    scores, prompts, people = scores_of_table(options(tmp_path, ROWS, {"report": "felt"}))
    assert prompts is None
    assert (people, scores.subject_n.tolist()) == (["a", "b"], [0, 0, 0, 1])
    assert np.array_equal(scores.score_n, [40, 60, np.nan, 20], equal_nan=True)
    assert np.array_equal(scores.moving_n, [1, 0, 0, np.nan], equal_nan=True)
    assert np.isnan(scores.motion_n).all()
    assert np.diff(scores.time_s_n).tolist() == [30, 270, -300 - 3600]
    assert np.array_equal(scores.reports["report"], [np.nan, np.nan, np.nan, 3], equal_nan=True)
    assert scores.documented["hr"].tolist() == [61, 62, 63, 64]


def test_how_much_people_move_has_a_threshold(tmp_path: Path) -> None:
    rows = ["a,0,1,0.02,,", "a,1,1,0.2,,", "a,2,1,,,"]
    scores, _, _ = scores_of_table(options(tmp_path, rows, {"documented": []}, moving_from=0.1))
    assert np.array_equal(scores.moving_n, [0, 1, np.nan], equal_nan=True)
    assert np.array_equal(scores.motion_n, [0.02, 0.2, np.nan], equal_nan=True)


def test_a_questionnaire_has_the_mean_of_the_scores_around_it(tmp_path: Path) -> None:
    """At 10:00:40, within 60 s: 40 and 60. At 10:05:30 there is a moment, and no score."""
    prompts = tmp_path / "asked.csv"
    prompts.write_text(
        "who,when,felt\na,2026-11-27T10:05:30,1\na,2026-11-27T10:00:40,4\nc,2026-11-27T10:00:40,2\n"
    )
    chosen = options(tmp_path, ROWS, {"report": "felt"}, questionnaires=prompts)
    scores, asked, _ = scores_of_table(chosen)
    assert asked is not None
    pairs = aligned(scores.in_time_order(), asked, 60.0)
    assert np.array_equal(pairs.score_n, [50, np.nan, np.nan], equal_nan=True)
    assert pairs.reports["report"].tolist() == [4, 1, 2]


@pytest.mark.parametrize(
    ("rows", "columns", "message"),
    [
        (ROWS, {"score": "stres"}, "no column 'stres' (columns.score). Did you mean stress?"),
        ([*ROWS, ROWS[0]], {}, "row 5: a has two scores of device at one time"),
        (["a,yesterday,1,,,1"], {}, "row 1, column when: 'yesterday' is no time"),
        (["a,0,1,,,1", "a,nan,1,,,1"], {}, "row 2, column when: nan is no time"),
        (["a,-inf,1,,,1"], {}, "row 1, column when: -inf is no time"),
        (["a,1,high,,,1"], {}, "'high' is not a number"),
        (["a,1,1,perhaps,,1"], {}, "'perhaps' is not a number"),
        ([",1,1,,,1"], {}, "the column who is empty"),
        (["a,1,1,,0,1", "a,2,1,,100,1"], {"stressor": "felt"}, "row 2, column felt: 100 is neither 1 nor 0"),
    ],
)
def test_wrong_tables_are_explained(
    tmp_path: Path, rows: list[str], columns: dict[str, str], message: str
) -> None:
    with pytest.raises(HarnessError) as raised:
        scores_of_table(options(tmp_path, rows, columns))
    assert message in str(raised.value)


def test_a_threshold_of_movement_is_not_for_yes_and_no(tmp_path: Path) -> None:
    with pytest.raises(HarnessError, match=r"column moves: says only who moves .* moving_from=20"):
        scores_of_table(options(tmp_path, ROWS, moving_from=20.0))


def test_a_questionnaire_that_stands_in_a_table_twice_is_refused(tmp_path: Path) -> None:
    """Counted twice, every relation would seem surer than it is."""
    (tmp_path / "asked.csv").write_text("who,when,felt\na,1,1\na,2,1\na,1,1\n")
    with pytest.raises(HarnessError, match=r"asked.csv, row 3: a has two answered questionnaires at one time"):
        scores_of_table(options(tmp_path, ROWS, {"report": "felt"}, questionnaires=tmp_path / "asked.csv"))


@pytest.mark.parametrize(("at", "shared"), [(61_040, True), (61_041, False), (940, True), (939, False)])
def test_questionnaires_at_other_times_than_scores_are_refused(tmp_path: Path, at: int, shared: bool) -> None:
    """Who answers has moments at 1,000 and, without a score, at 60,980 s; somebody else has others."""
    (tmp_path / "asked.csv").write_text(f"who,when,felt\na,{at},1\n")
    rows = ["a,60980,,,,1", "a,1000,1,,,1", "b,61041,1,,,1", "b,939,1,,,1"]
    chosen = options(tmp_path, rows, {"report": "felt"}, questionnaires=tmp_path / "asked.csv")
    if shared:
        assert scores_of_table(chosen)[1] is not None
        return
    with pytest.raises(HarnessError, match=r"asked.csv: no questionnaire lies within 60 s of a moment"):
        scores_of_table(chosen)


def test_a_limit_of_the_error_is_a_share() -> None:
    with pytest.raises(ValueError, match="less than or equal to 1"):
        WearablesOptions.model_validate({"simulate": "clean", "limits": {"error": 10}})


def test_questionnaires_of_other_people_are_refused(tmp_path: Path) -> None:
    (tmp_path / "asked.csv").write_text("who,when,felt\nz,1,1\n")
    with pytest.raises(HarnessError, match="nobody of"):
        scores_of_table(options(tmp_path, ROWS, {"report": "felt"}, questionnaires=tmp_path / "asked.csv"))
