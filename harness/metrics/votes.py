"""Answers measured against raters' votes, and raters against each other, from sums.

The *plurality* of a sample is the label with the most votes. Where several labels have the most, the raters do not
agree: such samples are kept, an answer with any of these labels is right, and their share is a metric.

The *human ceiling* is the expected accuracy of one rater against the plurality of the others: with each rater left
out in turn, whether that rater's label is among those with the most votes of the others. It is a mean over raters
within a sample and over samples, of those with two votes or more. `ACCURACY_AS_RATER` is the system's share of
right answers under the same rule, so that both are judged by the same raters, one fewer than voted. Nili et al.
2014 (doi:10.1371/journal.pcbi.1003553) bound what models can reach by leaving out one person in the same way.

Shapes: N samples, R rows (see `harness.metrics.tally`), V classes that somebody voted for, A answers.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from functools import partial

import numpy as np

from harness.arrays import Bools, Floats, Ints
from harness.metrics.metric_facts import MetricFacts, Shown
from harness.metrics.tally import FractionGradient, Metric, Tally, ratio, sum_by_row

UNSCORED = -1

_VOTES = partial(MetricFacts, better="higher", needs=("labels", "votes"), shown=Shown.RESULTS)

PLURALITY_ACCURACY = _VOTES(
    name="plurality_accuracy",
    title="Accuracy, plurality",
    meaning="share of the rated samples answered with a label that has the most votes, any of them where several "
    "do; samples without a score count as wrong",
    shown=Shown.TRACKED,
    order=300,
)
AGREED_ACCURACY = _VOTES(
    name="agreed_accuracy",
    title="Accuracy, raters agree",
    meaning="share of right answers among the rated samples in which one label has the most votes; samples "
    "without a score count as wrong",
    order=302,
)
WEIGHTED_ACCURACY = _VOTES(
    name="agreement_weighted_accuracy",
    title="Accuracy, weighted by agreement",
    meaning="plurality_accuracy, each sample weighted by the share of its votes for the label that has the most",
    shown=Shown.TRACKED,
    order=304,
)
TIED_ACCURACY = _VOTES(
    name="no_agreement_accuracy",
    title="Accuracy, no agreement",
    meaning="share of the samples without agreement that are answered with one of the labels that have the most "
    "votes; samples without a score count as wrong",
    order=306,
)
HUMAN_CEILING = _VOTES(
    name="human_ceiling",
    title="Human ceiling",
    meaning="expected accuracy of one rater against the plurality of the others; samples with two votes or more; "
    "a property of the samples",
    shown=Shown.TRACKED,
    order=308,
)
ACCURACY_AS_RATER = _VOTES(
    name="accuracy_as_rater",
    title="Accuracy, as one rater",
    meaning="the system in the place of one rater: share of right answers against the plurality of the others; "
    "samples without a score count as wrong",
    order=310,
)
ABOVE_CEILING = _VOTES(
    name="above_ceiling",
    title="Above the human ceiling",
    meaning="accuracy_as_rater minus human_ceiling, on the same samples; below 0: worse than one rater",
    low=-1.0,
    shown=Shown.REPORT,
    order=312,
)
NO_AGREEMENT = MetricFacts(
    name="no_agreement",
    title="No agreement",
    meaning="share of the rated samples in which several labels have the most votes; a property of the samples",
    needs=("labels", "votes"),
    order=314,
)
RATED = MetricFacts(
    name="rated",
    title="Rated",
    meaning="share of the samples with at least one vote; a property of the samples",
    needs=("labels", "votes"),
    shown=Shown.RESULTS,
    order=316,
)
TIED_ANSWER = MetricFacts(
    name="no_agreement_answer:<class>",
    title="Answer, no agreement",
    meaning="share of the samples without agreement that are answered with this label",
    needs=("labels", "votes"),
    shown=Shown.RESULTS,
    order=330,
)
FACTS = (
    PLURALITY_ACCURACY,
    AGREED_ACCURACY,
    WEIGHTED_ACCURACY,
    TIED_ACCURACY,
    HUMAN_CEILING,
    ACCURACY_AS_RATER,
    ABOVE_CEILING,
    NO_AGREEMENT,
    RATED,
    TIED_ANSWER,
)


class Sum(IntEnum):
    """The statistics of a row; the samples without agreement follow, by answer."""

    SAMPLES = 0
    RATED = 1
    RATED_UNSCORED = 2
    RIGHT = 3
    AGREED = 4
    AGREED_UNSCORED = 5
    AGREED_RIGHT = 6
    WEIGHT = 7
    WEIGHT_RIGHT = 8
    SHARED = 9
    SHARED_UNSCORED = 10
    RATER_RIGHT = 11
    SYSTEM_RIGHT = 12


def votes(
    row_N: Ints, votes_NV: Floats, answer_N: Ints, voted_N: Ints, *, num_rows: int, answers: Sequence[str]
) -> Tally:
    """Sum what answers and raters have in common with the votes.

    Args:
        row_N: the row of each sample, 0 … R - 1.
        votes_NV: how many raters chose each class; whole numbers.
        answer_N: 0 … A - 1, or `UNSCORED`.
        voted_N: the answer as a class of the votes, 0 … V - 1; negative where nobody voted for it, or unscored.
        num_rows: R.
        answers: the A names.
    """
    total_N, most_N = votes_NV.sum(1), votes_NV.max(1)
    rated_N, unscored_N = total_N > 0, answer_N == UNSCORED
    agreed_N = rated_N & ((votes_NV == most_N[:, None]).sum(1) == 1)
    own_N = np.where(voted_N >= 0, np.take_along_axis(votes_NV, np.maximum(voted_N, 0)[:, None], 1)[:, 0], 0.0)
    right_N = rated_N & (own_N == most_N)
    weight_N = np.where(rated_N, ratio(most_N, total_N), 0.0)
    shared_N = total_N >= 2
    columns: dict[Sum, Bools | Floats] = {
        Sum.SAMPLES: np.ones(len(row_N), dtype=np.bool_),
        Sum.RATED: rated_N,
        Sum.RATED_UNSCORED: rated_N & unscored_N,
        Sum.RIGHT: right_N,
        Sum.AGREED: agreed_N,
        Sum.AGREED_UNSCORED: agreed_N & unscored_N,
        Sum.AGREED_RIGHT: agreed_N & right_N,
        Sum.WEIGHT: weight_N,
        Sum.WEIGHT_RIGHT: weight_N * right_N,
        Sum.SHARED: shared_N,
        Sum.SHARED_UNSCORED: shared_N & unscored_N,
        Sum.RATER_RIGHT: np.where(shared_N & agreed_N, weight_N, 0.0),
        Sum.SYSTEM_RIGHT: np.where(shared_N, right_as_rater(votes_NV, voted_N, own_N), 0.0),
    }
    of_sums = [sum_by_row(row_N, columns[each], num_rows) for each in Sum]
    tied_N = rated_N & ~agreed_N
    of_answers = [sum_by_row(row_N, tied_N & (answer_N == index), num_rows) for index in range(len(answers))]
    return Tally(np.stack([*of_sums, *of_answers], axis=-1), _metrics(answers))


def right_as_rater(votes_NV: Floats, voted_N: Ints, own_N: Floats) -> Floats:
    """How often an answer is among the labels with the most votes if each rater is left out in turn ``[N]``.

    An answer with more votes than any other always is. One with as many as another is, unless the rater who is
    left out gave one of its votes. One with a vote less is if the rater who is left out gave one of the votes of
    a single label with more.

    Args:
        votes_NV: how many raters chose each class; whole numbers.
        voted_N: the class of the answer, negative where nobody voted for it.
        own_N: the votes for the answer.
    """
    others_NV = votes_NV.copy()
    known = np.flatnonzero(voted_N >= 0)
    others_NV[known, voted_N[known]] = -1.0
    most_N, total_N = np.maximum(others_NV.max(1), 0.0), votes_NV.sum(1)
    is_single_N = (others_NV == most_N[:, None]).sum(1) == 1
    times_N = np.select(
        [own_N > most_N, own_N == most_N, (own_N == most_N - 1) & is_single_N],
        [total_N, total_N - own_N, most_N],
        default=0.0,
    )
    return np.where(total_N > 0, ratio(times_N, total_N), 0.0)


def _metrics(answers: Sequence[str]) -> tuple[Metric, ...]:
    num = len(Sum) + len(answers)
    part = partial(_share, num=num)
    rated = partial(part, below={Sum.RATED: 1}, unscored={Sum.RATED_UNSCORED: 1})
    shared = partial(part, below={Sum.SHARED: 1}, unscored={Sum.SHARED_UNSCORED: 1})
    tied = partial(
        part,
        below={Sum.RATED: 1, Sum.AGREED: -1},
        unscored={Sum.RATED_UNSCORED: 1, Sum.AGREED_UNSCORED: -1},
    )
    return (
        rated(PLURALITY_ACCURACY, {Sum.RIGHT: 1}),
        part(AGREED_ACCURACY, {Sum.AGREED_RIGHT: 1}, {Sum.AGREED: 1}, {Sum.AGREED_UNSCORED: 1}),
        rated(WEIGHTED_ACCURACY, {Sum.WEIGHT_RIGHT: 1}, below={Sum.WEIGHT: 1}, samples={Sum.RATED: 1}),
        tied(TIED_ACCURACY, {Sum.RIGHT: 1, Sum.AGREED_RIGHT: -1}),
        shared(HUMAN_CEILING, {Sum.RATER_RIGHT: 1}, unscored={}),
        shared(ACCURACY_AS_RATER, {Sum.SYSTEM_RIGHT: 1}),
        shared(ABOVE_CEILING, {Sum.SYSTEM_RIGHT: 1, Sum.RATER_RIGHT: -1}),
        rated(NO_AGREEMENT, {Sum.RATED: 1, Sum.AGREED: -1}, unscored={}),
        part(RATED, {Sum.RATED: 1}, {Sum.SAMPLES: 1}, {}),
        *(tied(TIED_ANSWER, {len(Sum) + index: 1}, name=name) for index, name in enumerate(answers)),
    )


def _share(
    facts: MetricFacts,
    above: dict[int, int],
    below: dict[int, int],
    unscored: dict[int, int],
    *,
    num: int,
    samples: dict[int, int] | None = None,
    name: str | None = None,
) -> Metric:
    """A ratio of sums of the statistics, each with its weight.

    Args:
        facts: of the metric.
        above: the numerator.
        below: the denominator.
        unscored: the samples without a score.
        num: the number of statistics.
        samples: the number of samples, where that is not the denominator.
        name: of its class, where there are several.
    """
    above_F, below_F, unscored_F, samples_F = (
        np.array([weights.get(index, 0) for index in range(num)], dtype=np.float64)
        for weights in (above, below, unscored, samples or below)
    )
    return Metric(
        facts=facts,
        part=name,
        value=lambda sums: ratio(sums @ above_F, sums @ below_F),
        num_samples=lambda sums: sums @ samples_F,
        num_unscored=lambda sums: sums @ unscored_F,
        gradient=FractionGradient(above_F, below_F),
    )
