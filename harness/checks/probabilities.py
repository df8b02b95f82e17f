"""Scores: are they probabilities that say something, and is the answer the class with the highest?

Shapes: N samples with scores, L labels of the model, U classes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from harness.arrays import Bools, Ints, Scores
from harness.checks.checked_system import CheckedSystem
from harness.metrics.probabilistic import RowKind, are_probabilities, decimals_of, row_kinds
from harness.tables.alignment import NO_LABEL
from harness.tables.results import Result
from harness.verdicts.judge import Judgement, checked, not_tested
from harness.wording import quantity

CHECK = "probabilities"
HIGHEST = "highest score"
NO_CALIBRATION = "Log-loss, Brier score and calibration say nothing here."
PERCENT_TOLERANCE = 0.02
"""Percentages, even rounded to whole ones, sum to 100 within this share."""

ALIKE = 1e-6
"""Scores closer than this are the same: they are stored in float32."""

MAX_DISAGREEMENT = 0.01


def probabilities(system: CheckedSystem) -> list[Result]:
    """Scores that are not probabilities, do not depend on the sample, or do not fit the answers."""
    scores_NL = system.aligned.label_scores
    if scores_NL is None:
        return [system.finding(CHECK, not_tested("The system gives no scores."))]
    kind_N = row_kinds(scores_NL)
    present_N = kind_N != RowKind.ABSENT
    judgement = _judged(scores_NL[present_N].astype(np.float64), kind_N[present_N])
    about_scores = system.finding(
        CHECK,
        judgement,
        value=float((kind_N == RowKind.OTHER).sum() / present_N.sum()),
        threshold=0.0,
        num_samples=int(present_N.sum()),
    )
    return [about_scores, *_highest_is_answered(system, scores_NL.astype(np.float64))]


def samples_behind(system: CheckedSystem, finding: Mapping[str, Any]) -> Bools:
    """The samples whose scores are wrong, or fit another answer; without such, all that have scores: ``[N]``.

    Args:
        system: that was checked.
        finding: of this check, as a row of the results.
    """
    scores_NL = system.aligned.label_scores
    if scores_NL is None:
        return np.zeros(system.samples.num_rows, bool)
    if finding["group"] == HIGHEST:
        both_N, lower_N = _answered_lower(system, scores_NL.astype(np.float64))
        return lower_N if lower_N.any() else both_N
    kind_N = row_kinds(scores_NL)
    found = (kind_N == kind for kind in (RowKind.OTHER, RowKind.ROUNDED))
    return next((kind_N for kind_N in found if kind_N.any()), kind_N != RowKind.ABSENT)


def _judged(scores_NL: Scores, kind_N: Ints) -> Judgement:
    if np.ptp(scores_NL, axis=0).max() <= ALIKE and len(scores_NL) > 1:
        return checked(
            True,
            f"All {quantity(len(scores_NL), 'sample')} have the same scores. Remedy: check that the input reaches "
            "the model.",
        )
    other_N = kind_N == RowKind.OTHER
    if other_N.any():
        return checked(True, _said_of_others(scores_NL[other_N], len(scores_NL)))
    if scores_NL.max(1).min() >= 1 - ALIKE:
        return checked(
            True,
            f"Every score is 0 or 1: these are answers, not probabilities. {NO_CALIBRATION} Remedy: export the "
            "scores before the decision.",
        )
    rounded_N = kind_N == RowKind.ROUNDED
    if rounded_N.any():
        decimals = int(decimals_of(scores_NL[rounded_N]).max())
        return checked(
            False,
            f"All scores are probabilities, rounded to {quantity(decimals, 'decimal')}; "
            f"{rounded_N.sum():,} of {len(scores_NL):,} rows do not sum to 1 for this reason and were normalised.",
        )
    return checked(False, "All scores are probabilities.")


def _said_of_others(other_NL: Scores, num: int) -> str:
    """What rows of scores look like that are no probabilities, and what to do."""
    total_N = other_NL.sum(1)
    what, remedy = f"sums from {_sum(total_N.min())} to {_sum(total_N.max())}", "export them after the softmax"
    if (other_NL < 0).any():
        what = f"the least is {other_NL.min():.3g}, as of logits or log-probabilities; {what}"
    elif (np.abs(total_N / 100 - 1) <= PERCENT_TOLERANCE).all():
        what, remedy = f"{what}: percentages", "divide them by 100"
    elif other_NL.max() <= 1:
        what = f"each lies between 0 and 1, but {what}"
        remedy = "export them after a softmax (scores of one sigmoid per label do not sum to 1)"
    if are_probabilities(len(other_NL), num):
        consequence = "They are left out of log-loss, Brier score and calibration."
    else:
        consequence = NO_CALIBRATION
    share = f"{len(other_NL):,} of {num:,} rows of scores"
    return f"{share} are not probabilities ({what}). {consequence} Remedy: {remedy}."


def _sum(total: float) -> str:
    """A sum with three digits, or with as many as show that it is not 1."""
    return next((text for digits in range(3, 9) if float(text := f"{total:.{digits}g}") != 1), "1")


def _highest_is_answered(system: CheckedSystem, scores_NL: Scores) -> Iterator[Result]:
    """Whether the answer is the label with the highest score; with another order of the scores it is not."""
    both_N, lower_N = _answered_lower(system, scores_NL)
    if not both_N.any():
        return
    other = float(lower_N[both_N].mean())
    if other > MAX_DISAGREEMENT:
        judgement = checked(
            True,
            f"In {other:.1%} of the samples the answer is not the label with the highest score. Remedy: check the "
            "order of the scores against the label list, or say in the card how the system decides.",
        )
    else:
        judgement = checked(False, "The answer is the label with the highest score.")
    yield system.finding(
        CHECK,
        judgement,
        group=HIGHEST,
        value=other,
        threshold=MAX_DISAGREEMENT,
        num_samples=int(both_N.sum()),
    )


def _answered_lower(system: CheckedSystem, scores_NL: Scores) -> tuple[Bools, Bools]:
    """Which samples have an answer and scores, and in which another label has a higher score: ``[N]`` each."""
    aligned, mapping = system.aligned, system.aligned.mapping
    both_N = ~np.isnan(scores_NL[:, 0]) & (aligned.answer != NO_LABEL)
    lower_N = np.zeros_like(both_N)
    if mapping is None or not both_N.any():
        return lower_N, lower_N
    column = {name: index for index, name in enumerate((*mapping.classes, *mapping.outside))}
    class_L = np.array([column[mapping.predicted[label]] for label in system.labels])
    of_answer_nL = class_L == aligned.answer[both_N, None]
    highest_n = np.where(of_answer_nL, scores_NL[both_N], -np.inf).max(1)
    lower_N[both_N] = highest_n < scores_NL[both_N].max(1) - ALIKE
    return both_N, lower_N
