"""Collapsed answers: a system that answers nearly always the same, or far too often the same.

Shapes: N samples, S subjects, U classes (those of the truth, then those that only the model knows).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from harness.arrays import Bools, Floats, Ints
from harness.checks.checked_system import MAX_CLASSES, CheckedSystem
from harness.metrics.metric_facts import MetricFacts
from harness.metrics.tally import Metric, Tally, ratio
from harness.statistics.estimates import MetricEstimate, estimates
from harness.tables.alignment import NO_LABEL
from harness.tables.results import Result
from harness.verdicts.judge import Judgement, checked, not_tested
from harness.wording import listed

CHECK = "collapsed"
ALL, ONE_ANSWER = "all", "one answer"
MIN_DIVERSITY = 0.5
"""Answers that use less than half of the classes have collapsed."""

MAX_EXCESS = 0.25
"""By how much the share of an answer may exceed that of its class."""

CORRELATION = 0.3
"""The assumed intra-class correlation of answers to one person: five of their clips are worth 2.3."""

UNLIKELY = 0.05
"""A class that guessing would leave out less often than this, over all classes, should have been answered."""

RESAMPLES = 1000
REMEDY = "Remedy: check the scale and colour order of the input, the weights and the decision rule."


def collapsed(system: CheckedSystem) -> list[Result]:
    """Whether the answers use too few of the classes, or one answer is far more frequent than its class.

    The first figure is the ratio of the exponentials of the entropies of answers and labels, over labelled samples
    with an answer: about 1 for a system that answers as often as the classes occur. A class that is never answered
    is a fault if a system that guesses would have answered it. The second figure, of the group ``one answer``, is
    the largest excess of a class's share of the answers over its share of the labels.
    """
    mapping = system.aligned.mapping
    names = (*mapping.classes, *mapping.outside) if mapping else ()
    counts_S2U = _counts(system, len(names)) if mapping and len(names) <= MAX_CLASSES else np.zeros((0, 2, 0))
    if mapping is None or len(mapping.classes) < 2 or not counts_S2U.any():
        reason = f"There are no answers to between 2 and {MAX_CLASSES} classes."
        return [system.finding(CHECK, not_tested(reason))]
    tally = Tally(counts_S2U, (_DIVERSITY, _EXCESS))
    diversity, excess = estimates([tally], resamples=RESAMPLES, level=system.level, seed=system.seed)
    never = [names[index] for index in _never_answered(counts_S2U, names, set(mapping.predicted.values()))]
    shares_2U = _shares(counts_S2U)
    said = [_said(names, shares_2U, index) for index in (_usual(shares_2U), _favoured(shares_2U))]
    return [
        _finding(system, ALL, diversity, MIN_DIVERSITY, _judged(diversity, never, said[0])),
        _finding(system, ONE_ANSWER, excess, MAX_EXCESS, _drawn(excess, said[1])),
    ]


def samples_behind(system: CheckedSystem, finding: Mapping[str, Any]) -> Bools:
    """The samples of the answer that a finding is about, or those whose class is never answered: ``[N]``.

    Args:
        system: that was checked.
        finding: of this check, as a row of the results.
    """
    aligned, mapping = system.aligned, system.aligned.mapping
    both_N: Bools = (aligned.truth != NO_LABEL) & (aligned.answer != NO_LABEL)
    if mapping is None or finding["value"] is None or not both_N.any():
        return both_N
    names = (*mapping.classes, *mapping.outside)
    counts_S2U = _counts(system, len(names))
    shares_2U = _shares(counts_S2U)
    has_collapsed = finding["hi"] is not None and finding["hi"] < MIN_DIVERSITY
    never = _never_answered(counts_S2U, names, set(mapping.predicted.values()))
    of_answer = _favoured(shares_2U) if finding["group"] == ONE_ANSWER else _usual(shares_2U)
    chosen_N: Bools = aligned.answer == of_answer
    if finding["group"] != ONE_ANSWER and len(never) and not has_collapsed:
        chosen_N = np.isin(aligned.truth, never)
    return both_N & chosen_N


def surely_answered(truth_SU: Floats, num_reachable: int) -> npt.NDArray[np.bool_]:
    """Which classes a system that guesses would almost surely answer on their own samples ``[U]``.

    It guesses among all that the system can answer. As the samples of a person are alike, their number is divided
    by the design effect (Kish 1965).

    Args:
        truth_SU: samples by subject and class.
        num_reachable: the classes that the system can answer.
    """
    per_person_SU = 1 + (truth_SU - 1) * CORRELATION
    worth_U = np.where(truth_SU > 0, truth_SU / per_person_SU, 0.0).sum(0)
    missed_U = (1 - 1 / max(2, num_reachable)) ** worth_U
    surely_U: npt.NDArray[np.bool_] = missed_U * num_reachable < UNLIKELY
    return surely_U


def _never_answered(counts_S2U: Floats, names: Sequence[str], reachable: Collection[str]) -> Ints:
    """The classes that are never answered, though they can be and a system that guesses would have."""
    can_be_U = np.array([name in reachable for name in names])
    expected_U = surely_answered(counts_S2U[:, 0], len(reachable)) & ~counts_S2U[:, 1].any(0)
    return np.flatnonzero(expected_U & can_be_U)


def _shares(counts_S2U: Floats) -> Floats:
    """The share of each class of the labels, and of the answers."""
    shares_2U: Floats = counts_S2U.sum(0) / counts_S2U.sum((0, 2))[:, None]
    return shares_2U


def _usual(shares_2U: Floats) -> int:
    """The most frequent answer."""
    return int(shares_2U[1].argmax())


def _favoured(shares_2U: Floats) -> int:
    """The answer that exceeds its share of the labels the most."""
    return int((shares_2U[1] - shares_2U[0]).argmax())


def _finding(
    system: CheckedSystem, group: str, found: MetricEstimate, threshold: float, judgement: Judgement
) -> Result:
    return system.finding(
        CHECK,
        judgement,
        group=group,
        value=found.value,
        interval=(found.interval.lo, found.interval.hi),
        threshold=threshold,
        method=found.interval.method,
        num_samples=found.num_samples,
        num_subjects=found.num_subjects,
    )


def _said(names: tuple[str, ...], shares_2U: Floats, index: int) -> str:
    truth, answered = shares_2U[:, index]
    return f"{listed([names[index]])}, is {answered:.0%} of the answers and {truth:.0%} of the labels"


def _counts(system: CheckedSystem, num_classes: int) -> Floats:
    """Per subject, how often each class is the label and how often it is answered, ``[S, 2, U]``."""
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
    usual = f"The most frequent answer, {usual}"
    if hi is not None and hi < MIN_DIVERSITY:
        missing = f"; {listed(never)} never" if never else ""
        return checked(True, f"The answers have collapsed. {usual}{missing}. {REMEDY}")
    if never:
        return checked(True, f"Never answered, though it can be: {listed(never)}. {usual}. {REMEDY}")
    if lo is None or lo < MIN_DIVERSITY:
        return checked(None, f"{usual}; too few subjects to say whether the answers have collapsed.")
    return checked(False, f"{usual}.")


def _drawn(estimate: MetricEstimate, favoured: str) -> Judgement:
    lo, hi = estimate.interval.lo, estimate.interval.hi
    favoured = f"The answer with the largest excess, {favoured}"
    if lo is not None and lo > MAX_EXCESS:
        return checked(True, f"{favoured}: far more than its share. {REMEDY}")
    if hi is None or hi > MAX_EXCESS:
        return checked(None, f"{favoured}; too few subjects to say whether this is far more than its share.")
    return checked(False, f"{favoured}.")


def _diversity(counts_2U: Floats) -> Floats:
    """Effective number of answers per effective number of classes: exp(H(answers) - H(truth)) (Hill 1973)."""
    share_2U = ratio(counts_2U, counts_2U.sum(-1, keepdims=True))
    logs_2U = np.log(share_2U, where=share_2U > 0, out=np.zeros_like(share_2U))
    entropy_2 = -(share_2U * logs_2U).sum(-1)
    diversity: Floats = np.exp(entropy_2[..., 1] - entropy_2[..., 0])
    return diversity


def _excess(counts_2U: Floats) -> Floats:
    """The largest difference, over all classes, between the share of the answers and that of the labels."""
    share_2U = ratio(counts_2U, counts_2U.sum(-1, keepdims=True))
    excess: Floats = (share_2U[..., 1, :] - share_2U[..., 0, :]).max(-1)
    return excess


def _metric(name: str, meaning: str, high: float, value: Callable[[Floats], Floats]) -> Metric:
    return Metric(
        facts=MetricFacts(name=name, title=name, meaning=meaning, high=high),
        value=value,
        num_samples=lambda counts: counts[..., 0, :].sum(-1),
        num_unscored=lambda counts: np.zeros(counts.shape[:-2]),
    )


_DIVERSITY = _metric(
    CHECK, "effective number of answers per effective number of classes", float(MAX_CLASSES), _diversity
)
_EXCESS = _metric("answer_excess", "share of the answers less share of the labels", 1.0, _excess)
