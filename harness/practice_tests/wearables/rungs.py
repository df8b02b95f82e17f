"""The three rungs on which a stress score can be tested: known stressors, felt stress day by day, and specificity.

What a score does in a laboratory says little about daily life: of 781 people, for most a watch's score had no
overlap with felt stress, and for a quarter the opposite sign; of 95, it followed positive arousal, not negative.
Relations are taken within people; the one between people stands beside them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from harness.arrays import Floats
from harness.practice_tests.practice_rows import measured_row
from harness.practice_tests.questions import Question
from harness.practice_tests.reasons import Reason, reason
from harness.practice_tests.wearables.movement import ANY, columns, of_both_sides
from harness.practice_tests.wearables.scores import NEGATIVE, POSITIVE, REPORT, Scores
from harness.statistics.correlation import correlation
from harness.statistics.intervals import Interval
from harness.statistics.skew_corrected import corrected_difference, corrected_mean
from harness.statistics.subject_means import SHARE, mean_over_subjects
from harness.statistics.within_person import (
    PersonRelations,
    false_discoveries_bounded,
    person_means,
    person_relations,
    standardised_within,
)
from harness.tables.results import Result

FALSE_DISCOVERIES = 0.05
"""The largest share of false ones among the people who are said to have a relation."""


@dataclass(frozen=True)
class RungLimits:
    """What a score must reach, in standard deviations: of a person, or of both score and report."""

    reaction: float
    felt_stress: float
    positive_less_negative: float


def rung_questions(scores: Scores, pairs: Scores, limits: RungLimits, least: int) -> Iterator[Question]:
    """A question for each rung that the data allow to ask.

    Args:
        scores: of one device, all moments.
        pairs: of the same device, moments with a report.
        limits: of the rungs.
        least: people that each needs.
    """
    if np.isfinite(scores.stressor_n).any():
        yield _reaction(scores, limits.reaction, least)
    if REPORT in pairs.reports:
        relations = related(pairs, REPORT)
        yield _mean_question(pairs, "felt_stress", "higher", limits.felt_stress, relations, np.array([1.0]), least)
    if {POSITIVE, NEGATIVE} <= set(pairs.reports):
        both, weights = related(pairs, POSITIVE, NEGATIVE), np.array([1.0, -1.0])
        limit = limits.positive_less_negative
        yield _mean_question(pairs, "positive_less_negative", "lower", limit, both, weights, least)


def rung_rows(pairs: Scores, level: float) -> Iterator[Result]:
    """The relations behind the second and third rung, and the shares of people who have which."""
    if REPORT in pairs.reports:
        relations = related(pairs, REPORT)
        yield _mean_row(pairs, "within_person:report", relations, 0, level)
        yield from _share_rows(pairs, relations, level)
        yield _between_row(pairs, level)
        yield _control_row(pairs, level)
    if {POSITIVE, NEGATIVE} <= set(pairs.reports):
        both = related(pairs, POSITIVE, NEGATIVE)
        for index, name in enumerate((POSITIVE, NEGATIVE)):
            yield _mean_row(pairs, f"within_person:{name}", both, index, level)


def related(pairs: Scores, *names: str) -> PersonRelations:
    """The relation of the score with reports within each person, both in that person's standard deviations."""
    known_n = pairs.available_n & np.isfinite(np.stack([pairs.reports[name] for name in names])).all(axis=0)
    part = pairs.within(known_n)
    scaled_n = standardised_within(part.score_n, part.subject_n)
    reports_nP = np.stack([standardised_within(part.reports[name], part.subject_n) for name in names], axis=1)
    return person_relations(scaled_n, reports_nP, part.subject_n)


def _reaction(scores: Scores, limit: float, least: int) -> Question:
    """How much higher the score is under known stressors than without, at rest where that is known."""
    scaled_n = standardised_within(scores.score_n, scores.subject_n)
    asked_n, under_n = np.isfinite(scores.stressor_n) & ~(scores.moving_n == 1), scores.stressor_n == 1
    known_n = of_both_sides(asked_n & np.isfinite(scaled_n), under_n, scores.subject_n)
    num_people = len(np.unique(scores.subject_n[known_n]))
    return Question(
        metric="reaction_to_stressors",
        limit=limit,
        better="higher",
        measure=lambda level: corrected_difference(
            scaled_n[known_n], under_n[known_n], scores.subject_n[known_n], level, ANY, ANY
        ),
        too_few=_too_few(num_people, least, "too_few_stressor"),
        columns={
            **columns(scores, known_n, "all", of_both_sides(asked_n, under_n, scores.subject_n)),
            "axis": "stressor",
            "attributes": ("stressor",),
            "group": "stressor",
            "group_values": ("stressor",),
            "versus": "none",
            "statistic": "difference",
        },
    )


def _mean_question(
    pairs: Scores,
    metric: str,
    better: Any,
    limit: float,
    relations: PersonRelations,
    weights: Floats,
    least: int,
) -> Question:
    value_S = relations.coefficients[relations.defined] @ weights
    return Question(
        metric=metric,
        limit=limit,
        better=better,
        measure=lambda level: corrected_mean(value_S, np.arange(len(value_S)), level, ANY),
        too_few=_too_few(len(value_S), least, "too_few_answers"),
        columns=_of_people(pairs, relations),
    )


def _mean_row(pairs: Scores, metric: str, relations: PersonRelations, index: int, level: float) -> Result:
    value_S = relations.coefficients[relations.defined, index]
    found = (
        mean_over_subjects(value_S, np.arange(len(value_S)), level, ANY)
        if len(value_S)
        else (np.nan, Interval(None, None, None, "nobody with enough answers"))
    )
    return measured_row(metric, found, level, _of_people(pairs, relations))


def _share_rows(pairs: Scores, relations: PersonRelations, level: float) -> Iterator[Result]:
    """How many people have a positive relation, none that can be shown, and a reversed one."""
    of_person = relations.coefficients[relations.defined, 0], relations.p_values[relations.defined, 0]
    coefficient_S, p_S = of_person
    shown_S = false_discoveries_bounded(p_S, FALSE_DISCOVERIES)
    kinds = {
        "positive": shown_S & (coefficient_S > 0),
        "none": ~shown_S,
        "reversed": shown_S & (coefficient_S < 0),
    }
    for name, is_S in kinds.items() if len(p_S) else ():
        share = mean_over_subjects(is_S.astype(np.float64), np.arange(len(is_S)), level, SHARE)
        yield measured_row(f"people_with_relation:{name}", share, level, _of_people(pairs, relations))


def _between_row(pairs: Scores, level: float) -> Result:
    """Whether people who score high on average are those who report much."""
    reported_n = np.isfinite(pairs.reports[REPORT])
    known_n = pairs.available_n & reported_n
    part = pairs.within(known_n)
    means = person_means(part.score_n, part.subject_n), person_means(part.reports[REPORT], part.subject_n)
    shared = columns(pairs, known_n, "all", reported_n)
    return measured_row("between_people:report", correlation(*means, level), level, shared)


def _control_row(pairs: Scores, level: float) -> Result:
    """The same relation with the reports of another person: what design and chance alone give.

    Who is paired with whom depends on neither names nor the order of rows: people stand in a ring in the order of
    the digests of what they said and got.
    """
    known_n = pairs.available_n & np.isfinite(pairs.reports[REPORT])
    part = pairs.within(known_n)
    people = sorted(np.unique(part.subject_n).tolist(), key=lambda person: _digest(part, person))
    reports_n = np.full(len(part.score_n), np.nan)
    for person, other in zip(people, np.roll(people, -1), strict=True):
        own, borrowed = np.flatnonzero(part.subject_n == person), part.reports[REPORT][part.subject_n == other]
        num = min(len(own), len(borrowed))
        reports_n[own[:num]] = borrowed[:num]
    if len(people) < 2:
        reports_n[:] = np.nan
    swapped = replace(part, reports={REPORT: reports_n}).within(np.isfinite(reports_n))
    return _mean_row(pairs, "within_person:report_of_others", related(swapped, REPORT), 0, level)


def _digest(pairs: Scores, person: int) -> bytes:
    """Of the scores and reports of one person, in the order of time."""
    own_n = pairs.subject_n == person
    values = np.stack([pairs.score_n[own_n], pairs.reports[REPORT][own_n]]) + 0.0  # one zero, not two
    return hashlib.sha256(values.astype("<f8").tobytes()).digest()


def _of_people(pairs: Scores, relations: PersonRelations) -> dict[str, Any]:
    defined_S = relations.defined
    return {
        "dataset": pairs.dataset,
        "model": str(pairs.device_n[0]),
        "n_samples": int(relations.num_moments[defined_S].sum()),
        "n_subjects": int(defined_S.sum()),
        "n_unscored": pairs.num_subjects - int(defined_S.sum()),
        "note": "unscored: people with too few answers, or whose answers never vary",
    }


def _too_few(num: int, least: int, which: str) -> Reason | None:
    return None if num >= least else reason(which, num=num, least=least)
