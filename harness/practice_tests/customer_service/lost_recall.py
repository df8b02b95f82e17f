"""What is lost when less is heard: UAR of the same calls, whole and under a condition, or of people and a system.

Shapes: n calls, S people, C classes.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from harness.arrays import Bools, Floats
from harness.metrics.categorical import OF_A_MEAN
from harness.metrics.tally import ratio
from harness.practice_tests.customer_service.calls import Answers, Calls
from harness.practice_tests.questions import Question
from harness.practice_tests.reasons import Reason, reason
from harness.statistics.intervals import Interval, Range
from harness.statistics.skew_corrected import corrected_of_sums
from harness.statistics.subject_means import DIFFERENCE, SHARE, of_sums_over_subjects
from harness.tables.schemas import CLEAN

FULL, LESS, NUM = range(3)
"""The sums of a person and class: right answers with all that can be heard, with less, and calls."""


def loss_question(calls: Calls, metric: str, condition: str, limit: float, least: int) -> Question:
    """Whether hearing less costs no more UAR than a limit.

    A system that is no better than chance to begin with has nothing to lose, and is not tested.

    Args:
        calls: with the answers to whole calls and under the condition.
        metric: the name of the question.
        condition: that is compared with whole calls.
        limit: of the loss.
        least: people that it needs.
    """
    full, less = calls.answers[CLEAN], calls.answers[condition]
    part_n = less.applicable_n
    sums_S3C, size_S = _sums(calls, full, less, part_n)
    return Question(
        metric=metric,
        limit=limit,
        better="lower",
        measure=lambda level: corrected_of_sums(sums_S3C, _loss, size_S, level, DIFFERENCE),
        too_few=_too_few(calls, part_n, least) or _no_better_than_chance(sums_S3C, size_S),
        columns=calls.columns(part_n, condition),
    )


def cue_question(calls: Calls, cue: str, condition: str, limit: float, least: int) -> Question:
    """Whether the system can do without a cue: what share of its UAR beyond chance is lost with it.

    The share is 0 where nothing is lost, 1 where the system is no better than chance, and below 0 where it is
    better without the cue; it is kept within -1 and 1. A system that is no better than chance to begin with has
    nothing to lose, and is not tested.

    Args:
        calls: with the answers to whole calls and under the condition.
        cue: its name.
        condition: that changes or removes it.
        limit: of the share.
        least: people that it needs.
    """
    full, less = calls.answers[CLEAN], calls.answers[condition]
    part_n = less.applicable_n
    sums_S3C, size_S = _sums(calls, full, less, part_n)
    return Question(
        metric=f"rests_on:{cue}",
        limit=limit,
        better="lower",
        measure=partial(_measured_share, sums_S3C, size_S, _chance(sums_S3C)),
        too_few=_too_few(calls, part_n, least)
        or _small_class(sums_S3C)
        or _no_better_than_chance(sums_S3C, size_S),
        columns=calls.columns(part_n, condition),
    )


def people_question(calls: Calls, people: Answers | None, limit: float, least: int) -> Question:
    """Whether the system is as good as people who heard the same calls.

    Args:
        calls: of the system.
        people: the label that most of them chose; None where nobody voted.
        limit: UAR that the system may have less.
        least: people (who speak) that it needs.
    """
    everywhere_n = np.ones(len(calls.subject_n), np.bool_)
    columns = calls.columns(everywhere_n)
    if people is None:
        return Question("less_than_people", limit, "lower", None, reason("no_votes"), columns)
    sums_S3C, size_S = _sums(calls, people, calls.answers[CLEAN], everywhere_n)
    return Question(
        metric="less_than_people",
        limit=limit,
        better="lower",
        measure=lambda level: corrected_of_sums(sums_S3C, _loss, size_S, level, DIFFERENCE),
        too_few=_too_few(calls, everywhere_n, least),
        columns=columns,
    )


def recognised(calls: Calls, level: float) -> tuple[float, Interval]:
    """UAR of the answers to whole calls, over the classes that occur."""
    everywhere_n, answers = np.ones(len(calls.subject_n), np.bool_), calls.answers[CLEAN]
    sums_S3C, size_S = _sums(calls, answers, answers, everywhere_n)
    return of_sums_over_subjects(sums_S3C, lambda sums: _recalls(sums)[0], size_S, level, SHARE)


def _sums(calls: Calls, full: Answers, less: Answers, part_n: Bools) -> tuple[Floats, Floats]:
    """The three sums of each person in every class that occurs, and the calls of each person."""
    subject_n, class_n = calls.subject_n[part_n], calls.class_n[part_n]
    people, subject_n = np.unique(subject_n, return_inverse=True)
    classes, class_n = np.unique(class_n, return_inverse=True)
    sums_S3C = np.zeros((len(people), 3, len(classes)))
    for place, counts_n in ((FULL, full.right_n), (LESS, less.right_n), (NUM, np.ones_like(part_n))):
        np.add.at(sums_S3C[:, place], (subject_n, class_n), counts_n[part_n].astype(np.float64))
    return sums_S3C, sums_S3C[:, NUM].sum(axis=1)


def _recalls(sums: Floats) -> tuple[Floats, Floats]:
    """UAR with all that can be heard, and with less."""
    full, less = (ratio(sums[..., side, :], sums[..., NUM, :]).mean(-1) for side in (FULL, LESS))
    return full, less


def _loss(sums: Floats) -> Floats:
    full, less = _recalls(sums)
    return full - less


def _measured_share(sums_S3C: Floats, size_S: Floats, chance: float, level: float) -> tuple[float, Interval]:
    """The share that is lost, on its own scale; only the exact bound where people are alike needs its ends."""
    share = partial(_share_lost, chance=chance)
    value, interval = corrected_of_sums(sums_S3C, share, size_S, level, Range(-np.inf, np.inf))
    if interval.bounds is not None:
        return value, interval
    return corrected_of_sums(sums_S3C, share, size_S, level, DIFFERENCE)


def _share_lost(sums: Floats, chance: float) -> Floats:
    full, less = _recalls(sums)
    return np.clip(ratio(full - less, full - chance), -1.0, 1.0)


def _too_few(calls: Calls, part_n: Bools, least: int) -> Reason | None:
    num = len(np.unique(calls.subject_n[part_n]))
    if num >= least:
        return None
    left_out = int((~part_n).sum())
    if not left_out:
        return reason("too_few", num=num, least=least)
    return reason("too_few_changed", num=num, least=least, left_out=left_out)


def _chance(sums_S3C: Floats) -> float:
    """The UAR of guessing, over the classes that occur."""
    return 1 / max(int(sums_S3C.shape[2]), 1)


def _small_class(sums_S3C: Floats) -> Reason | None:
    """Why a share of the UAR cannot be measured; None if it can."""
    few = sums_S3C[:, NUM].sum(axis=0).min() < OF_A_MEAN
    return reason("small_class", least=OF_A_MEAN) if few else None


def _no_better_than_chance(sums_S3C: Floats, size_S: Floats) -> Reason | None:
    """Why there is nothing to lose; None if there is."""
    _, interval = of_sums_over_subjects(sums_S3C, lambda sums: _recalls(sums)[0], size_S, 0.95, SHARE)
    if interval.lo is not None and interval.lo > _chance(sums_S3C):
        return None
    return reason("not_above_chance")
