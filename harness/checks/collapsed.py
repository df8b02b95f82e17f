"""Collapsed predictions: a system that answers nearly always the same.

Shapes: N samples, S subjects, U classes (those of the truth, then those that only the model knows).
"""

from __future__ import annotations

import numpy as np

from harness.arrays import Floats
from harness.checks.checked_system import MAX_CLASSES, CheckedSystem
from harness.metrics.metric_facts import MetricFacts
from harness.metrics.tally import Metric, Tally, ratio
from harness.statistics.bootstrap import MetricEstimate, estimates
from harness.tables.alignment import NO_LABEL
from harness.tables.results import Result
from harness.verdicts.judge import Judgement, checked, not_tested
from harness.wording import listed

CHECK = "collapsed"
MIN_DIVERSITY = 0.5
"""Answers that use less than half of the classes that there are have collapsed."""

RESAMPLES = 1000


def collapsed(system: CheckedSystem) -> list[Result]:
    """How many classes the answers use beside how many there are, both as the exponential of their entropy.

    The figure is the ratio of the two, over labelled samples with an answer: about 1 for a system that answers as
    often as the classes occur. A class with enough subjects that is never answered is found, too.
    """
    mapping = system.aligned.mapping
    names = (*mapping.classes, *mapping.outside) if mapping else ()
    counts_S2U = _counts(system, len(names)) if mapping and len(names) <= MAX_CLASSES else np.zeros((0, 2, 0))
    if mapping is None or len(mapping.classes) < 2 or not counts_S2U.any():
        reason = f"There are no answers to between 2 and {MAX_CLASSES} classes."
        return [system.finding(CHECK, not_tested(reason))]
    tally = Tally(counts_S2U, (_DIVERSITY,))
    estimate = estimates([tally], resamples=RESAMPLES, level=system.level, seed=system.seed)[0]
    truth_U, answered_U = counts_S2U.sum(0)
    enough_U = np.count_nonzero(counts_S2U[:, 0], axis=0) >= system.min_subjects
    reachable = set(mapping.predicted.values())
    never = [
        name for name, n, ok in zip(names, answered_U, enough_U, strict=True) if ok and not n and name in reachable
    ]
    top = int(answered_U.argmax())
    usual = (
        f"The most frequent answer, {listed([names[top]])}, is {answered_U[top] / answered_U.sum():.0%} of the "
        f"answers and {truth_U[top] / truth_U.sum():.0%} of the truth"
    )
    return [
        system.finding(
            CHECK,
            _judged(estimate, never, usual),
            value=estimate.value,
            interval=(estimate.interval.lo, estimate.interval.hi),
            threshold=MIN_DIVERSITY,
            method=estimate.interval.method,
            num_samples=estimate.num_samples,
            num_subjects=estimate.num_subjects,
        )
    ]


def _counts(system: CheckedSystem, num_classes: int) -> Floats:
    """Per subject, how often each class is the truth and how often it is answered, ``[S, 2, U]``."""
    aligned = system.aligned
    both_N = (aligned.truth != NO_LABEL) & (aligned.answer != NO_LABEL)
    cells = aligned.num_subjects * num_classes
    tables = [
        np.bincount(aligned.subject[both_N] * num_classes + column_N[both_N], minlength=cells)
        for column_N in (aligned.truth, aligned.answer)
    ]
    return np.stack([table.reshape(-1, num_classes) for table in tables], axis=1).astype(np.float64)


def _judged(estimate: MetricEstimate, never: list[str], usual: str) -> Judgement:
    lo, hi = estimate.interval.lo, estimate.interval.hi
    remedy = "Remedy: check the scale and colour order of the input, the weights and the decision rule."
    if hi is not None and hi < MIN_DIVERSITY:
        missing = f"; {listed(never)} never" if never else ""
        return checked(True, f"The answers have collapsed. {usual}{missing}. {remedy}")
    if never:
        return checked(True, f"Never answered, though it can be: {listed(never)}. {usual}. {remedy}")
    if lo is None or lo < MIN_DIVERSITY:
        return checked(None, f"{usual}; too few subjects to say whether the answers have collapsed.")
    return checked(False, f"{usual}.")


def _diversity(counts_2U: Floats) -> Floats:
    """Effective number of answers per effective number of classes: exp(H(answers) - H(truth)) (Hill 1973)."""
    share_2U = ratio(counts_2U, counts_2U.sum(-1, keepdims=True))
    logs_2U = np.log(share_2U, where=share_2U > 0, out=np.zeros_like(share_2U))
    entropy_2 = -(share_2U * logs_2U).sum(-1)
    diversity: Floats = np.exp(entropy_2[..., 1] - entropy_2[..., 0])
    return diversity


_DIVERSITY = Metric(
    facts=MetricFacts(
        name=CHECK,
        title="Diversity",
        meaning="effective number of answers per effective number of classes",
        high=float(MAX_CLASSES),
    ),
    value=_diversity,
    num_samples=lambda counts: counts[..., 0, :].sum(-1),
    num_unscored=lambda counts: np.zeros(counts.shape[:-2]),
)
