"""Whether a score drifts, what its documented variables explain of it, and whether two devices say the same."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import numpy as np

from harness.arrays import Bools, Floats
from harness.metrics.dimensional import dimensional
from harness.practice_tests.practice_rows import measured_row
from harness.practice_tests.questions import Question
from harness.practice_tests.reasons import reason
from harness.practice_tests.wearables.movement import ANY, columns
from harness.practice_tests.wearables.scores import Scores
from harness.statistics.estimates import estimates
from harness.statistics.remodelled import explained_variance
from harness.statistics.skew_corrected import corrected_mean
from harness.statistics.within_person import person_relations, standardised_within
from harness.tables.results import Result


def drift_question(scores: Scores, limit: float, least: int) -> Question:
    """Whether the score moves from the start to the end of a person's time, whatever happens to them.

    Known stressors, movement and felt stress are held constant where they are known throughout.

    Args:
        scores: of one device.
        limit: of the change, in a person's standard deviations.
        least: people that it needs.
    """
    scaled_n = standardised_within(scores.score_n, scores.subject_n)
    elapsed_n = _elapsed(scores)
    others = [scores.stressor_n, scores.moving_n, *scores.reports.values()]
    known = [values for values in others if np.isfinite(values).all() and np.ptp(values) > 0]
    relations = person_relations(scaled_n, np.stack([elapsed_n, *known], axis=1), scores.subject_n)
    if known and relations.defined.sum() < least:  # somebody who never moved has no relation with movement
        relations = person_relations(scaled_n, elapsed_n[:, None], scores.subject_n)
    change_S = relations.coefficients[relations.defined, 0]
    num = len(change_S)
    behind_n = scores.available_n & np.isin(scores.subject_n, relations.subjects[relations.defined])
    return Question(
        metric="drift",
        limit=limit,
        better="zero",
        measure=lambda level: corrected_mean(change_S, np.arange(num), level, ANY),
        too_few=None if num >= least else reason("too_few_scores", num=num, least=least),
        columns=columns(scores, behind_n, "all", np.ones(len(scores.score_n), np.bool_)),
    )


def explained_rows(scores: Scores, level: float) -> Iterator[Result]:
    """R² of the score by its documented variables, and by all but each of them."""
    names = [name for name, values in scores.documented.items() if np.isfinite(values).any()]
    if not names:
        return
    variables_nP = np.stack([scores.documented[name] for name in names], axis=1)
    known_n: Bools = np.asarray(np.isfinite(variables_nP).all(axis=1))
    whole_n = scores.available_n & known_n
    part = scores.within(whole_n)
    if part.num_subjects < 3:
        return
    shared = columns(scores, whole_n, "all", known_n)
    outcome_n, known_nP = part.score_n, variables_nP[whole_n]
    yield measured_row("explained", explained_variance(outcome_n, known_nP, part.subject_n, level), level, shared)
    for index, name in enumerate(names) if len(names) > 1 else ():
        rest_nP = np.delete(known_nP, index, axis=1)
        found = explained_variance(outcome_n, rest_nP, part.subject_n, level)
        yield measured_row(f"explained_without:{name}", found, level, shared)


def together_rows(scores: Scores, level: float) -> Iterator[Result]:
    """Concordance of every two devices on the moments that both scored."""
    for first, second in combinations(scores.devices, 2):
        one, other = scores.of_device(first), scores.of_device(second)
        keys = [list(zip(part.subject_n.tolist(), part.time_s_n.tolist(), strict=True)) for part in (one, other)]
        place = {key: index for index, key in enumerate(keys[1])}
        pairs = [(index, place[key]) for index, key in enumerate(keys[0]) if key in place]
        index_n, other_n = np.array(pairs, np.int64).reshape(-1, 2).T
        both = one.available_n[index_n] & other.available_n[other_n]
        _, code_n = np.unique(one.subject_n[index_n][both], return_inverse=True)
        if not len(code_n):
            continue
        values = other.score_n[other_n][both], one.score_n[index_n][both]
        tally = dimensional("score", code_n, *values, num_rows=int(code_n.max()) + 1)
        chosen = np.isin(np.arange(len(one.score_n)), index_n[both])
        shared = columns(one, chosen, "all") | {"versus_model": second, "n_unscored": int((~both).sum())}
        for estimate in estimates([tally], resamples=None, level=level, seed=0)[:3]:
            found = estimate.value, estimate.interval
            yield measured_row(f"worn_together_{estimate.metric}", found, level, shared)


def _elapsed(scores: Scores) -> Floats:
    """From 0 at a person's first moment to 1 at the last."""
    _, code_n = np.unique(scores.subject_n, return_inverse=True)
    first_S = np.full(code_n.max() + 1, np.inf)
    last_S = np.full(code_n.max() + 1, -np.inf)
    np.minimum.at(first_S, code_n, scores.time_s_n)
    np.maximum.at(last_S, code_n, scores.time_s_n)
    length_S = np.where(last_S > first_S, last_S - first_S, 1.0)
    return (scores.time_s_n - first_S[code_n]) / length_S[code_n]
