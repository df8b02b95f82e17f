"""Columns that answers must not go with, such as the hour.

A system that reads people answers two of them alike if they show the same, whatever the hour.
"""

from __future__ import annotations

from harness.checks.answered_target import AnsweredTarget
from harness.checks.checked_system import CheckedSystem
from harness.checks.shared_context import DIFFERENCE, Estimate, SharedContext
from harness.statistics.other_people import SameAnswers, same_answers
from harness.tables.results import Result
from harness.verdicts.judge import Judgement, checked, not_tested
from harness.wording import quantity

MIN_GAIN = 0.02
"""The gain is a variance of shares of answers: 0.02 if about a sixth of the answers are those of the context."""


def answers_by(column: str) -> str:
    """What a finding about a column is about."""
    return f"answers by {column}"


def outcome_finding(
    system: CheckedSystem, answered: AnsweredTarget, column: str, level: float, check: str
) -> Result:
    """How much more often two people with the same label get the same answer where the column is the same.

    Args:
        system: the system and its samples.
        answered: labels and answers.
        column: its name.
        level: of the interval.
        check: the name of the finding.
    """
    about = answers_by(column)
    shared = SharedContext.of(answered, system.samples, column)
    if shared is None:
        return system.finding(
            check, not_tested(f"There are no two values of {column} that people share."), group=about
        )
    total, left_out = same_answers(shared.answer, shared.label, shared.subject, shared.context, shared.num_classes)
    gain = shared.estimate(total.gain, left_out.gain, level, DIFFERENCE)
    drawn = f" ({quantity(shared.num_subjects, 'subject')}, drawn at random)" if answered.label.drawn else ""
    return system.finding(
        check,
        _judged(total, gain, f"{column}{shared.bins}", drawn),
        group=about,
        value=gain.value,
        interval=gain.bounds or (None, None),
        method=gain.interval.method,
        threshold=MIN_GAIN,
        sides=(float(total.together), float(total.anywhere)),
        num_samples=len(shared.rows),
        num_subjects=shared.num_subjects,
    )


def _judged(total: SameAnswers, gain: Estimate, column: str, drawn: str) -> Judgement:
    bounds = gain.bounds
    text = (
        f"Two people with the same label get the same answer with a probability of {float(total.together):.3f} if "
        f"their {column} is the same, too, and of {float(total.anywhere):.3f} whatever it is{drawn}: a gain of "
        f"{gain.shown('+')}"
    )
    if bounds is not None and bounds[0] > 0 and gain.value >= MIN_GAIN:
        return checked(
            True,
            f"{text}. The answers go with {column}, of which they should know nothing. It does not show how: "
            "the system may read it, or people show a label otherwise there. Remedy: change it alone for the same "
            "samples, or vary it within people and labels, and compare.",
        )
    if bounds is None or bounds[1] > MIN_GAIN:
        return checked(None, f"{text}. With these people it may be chance.")
    return checked(False, f"{text}.")
