"""Scores: are they probabilities that say something, and is the answer the class with the highest?

Shapes: N samples with scores, L labels of the model, U classes.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from harness.arrays import Scores
from harness.checks.checked_system import CheckedSystem
from harness.metrics.probabilistic import SUM_TOLERANCE
from harness.tables.alignment import NO_LABEL
from harness.tables.results import Result
from harness.verdicts.judge import Judgement, checked, not_tested
from harness.wording import quantity

CHECK = "probabilities"
ALIKE = 1e-6
"""Scores closer than this are the same: they are stored in float32."""

MAX_DISAGREEMENT = 0.01


def probabilities(system: CheckedSystem) -> list[Result]:
    """Scores that are not probabilities, do not depend on the sample, or do not fit the answers."""
    scores_NL = system.aligned.label_scores
    if scores_NL is None:
        return [system.finding(CHECK, not_tested("The system gives no scores."))]
    scores_NL = scores_NL.astype(np.float64)
    present = scores_NL[~np.isnan(scores_NL[:, 0])]
    bad_N = (present < 0).any(1) | (np.abs(present.sum(1) - 1) > SUM_TOLERANCE)
    bad = float(bad_N.mean())
    about_scores = system.finding(CHECK, _judged(present, bad), value=bad, threshold=0.0, num_samples=len(present))
    return [about_scores, *_highest_is_answered(system, scores_NL)]


def _judged(scores_NL: Scores, bad: float) -> Judgement:
    no_calibration = "Log-loss, Brier score and calibration say nothing here."
    if np.ptp(scores_NL, axis=0).max() <= ALIKE and len(scores_NL) > 1:
        return checked(
            True,
            f"All {quantity(len(scores_NL), 'sample')} have the same scores. Remedy: check that the input reaches "
            "the model.",
        )
    if bad:
        least, total = scores_NL.min(), scores_NL.sum(1)
        return checked(
            True,
            f"{bad:.1%} of the scores are not probabilities (the least is {least:.3g}; sums from "
            f"{total.min():.3g} to {total.max():.3g}). {no_calibration} Remedy: export them after the softmax.",
        )
    if scores_NL.max(1).min() >= 1 - ALIKE:
        return checked(
            True,
            f"Every score is 0 or 1: these are answers, not probabilities. {no_calibration} Remedy: export the "
            "scores before the decision.",
        )
    return checked(False, "All scores are probabilities.")


def _highest_is_answered(system: CheckedSystem, scores_NL: Scores) -> Iterator[Result]:
    """Whether the answer is the label with the highest score; with another order of the scores it is not."""
    aligned, mapping = system.aligned, system.aligned.mapping
    both_N = ~np.isnan(scores_NL[:, 0]) & (aligned.answer != NO_LABEL)
    if mapping is None or not both_N.any():
        return
    column = {name: index for index, name in enumerate((*mapping.classes, *mapping.outside))}
    class_L = np.array([column[mapping.predicted[label]] for label in system.labels])
    of_answer_NL = class_L == aligned.answer[both_N, None]
    highest_N = np.where(of_answer_NL, scores_NL[both_N], -np.inf).max(1)
    other = float((highest_N < scores_NL[both_N].max(1) - ALIKE).mean())
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
        group="highest score",
        value=other,
        threshold=MAX_DISAGREEMENT,
        num_samples=int(both_N.sum()),
    )
