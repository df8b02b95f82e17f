from __future__ import annotations

import pytest

from harness.packs.lines import Status
from harness.packs.numbers_promises import frozen_line
from harness.tables.results import Result, results_table
from harness.verdicts.judge import Judgement, checked, not_tested


def _row(model: str, judgement: Judgement) -> Result:
    about = {"dataset": "d", "model": model, "kind": "check", "metric": "frozen", "statistic": "index"}
    return Result(**about, n_samples=9, n_subjects=3, n_unscored=0, value=None, judgement=judgement)


@pytest.mark.parametrize(
    ("judgement", "status", "text"),
    [
        (
            checked(False, "No\x1b[2J change."),
            Status.HOLDS,
            "it stayed the same while it was measured. No\ufffd[2J change",
        ),
        (checked(True, "The system changed."), Status.OPEN, "The system changed"),
        (checked(None, "It varies."), Status.OPEN, "It varies"),
        (not_tested("It was not asked."), Status.OPEN, "It was not asked"),
    ],
)
def test_whether_the_system_stayed_the_same_is_said_in_one_line(
    judgement: Judgement, status: Status, text: str
) -> None:
    rows = [_row("other", checked(True, "Another system changed.")), _row("acme", judgement)]
    line = frozen_line(results_table(rows), "acme")
    assert (line.status, line.text) == (status, f"System: {text}")


def test_a_run_that_did_not_look_says_so() -> None:
    line = frozen_line(results_table([_row("other", checked(False, ""))]), "acme")
    assert (line.status, "did not look" in line.text) == (Status.OPEN, True)
