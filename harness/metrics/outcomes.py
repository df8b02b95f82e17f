"""Coverage, and the rates of abstention and failure by reason.

Shapes: N samples, R rows, Q reasons. The statistics of a row: samples, abstained, failed, and each reason.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from harness.arrays import Floats, Ints
from harness.metrics.metric_facts import MetricFacts, Shown
from harness.metrics.tally import FractionGradient, Metric, Tally, ratio

SCORED, ABSTAINED, FAILED = 0, 1, 2

COVERAGE = MetricFacts(
    name="coverage",
    title="Coverage",
    meaning="share of samples with a score",
    better="higher",
    compared=True,
    in_every_cell=True,
    shown=Shown.HEADLINE,
    order=70,
    lead=9,
)
_SHARE = partial(MetricFacts, better="lower", shown=Shown.RESULTS)
_WHOLE = {
    "abstained": _SHARE(
        name="abstained",
        title="Abstained",
        meaning="share of samples that the system declined to answer; lower is better",
        order=240,
    ),
    "failed": _SHARE(
        name="failed",
        title="Failed",
        meaning="share of samples for which no answer was obtained; lower is better",
        order=250,
    ),
}
_BY_REASON = {
    "abstained": _SHARE(
        name="abstained:<reason>",
        title="Abstained",
        meaning="share of samples that the system declined to answer for this reason (the ten most frequent ones)",
        order=260,
    ),
    "failed": _SHARE(
        name="failed:<reason>",
        title="Failed",
        meaning="share of samples for which no answer was obtained for this reason (the ten most frequent ones)",
        order=270,
    ),
}
FACTS = (COVERAGE, *_WHOLE.values(), *_BY_REASON.values())


def outcomes(row_N: Ints, outcome_N: Ints, reason_N: Ints, *, num_rows: int, reasons: Sequence[str]) -> Tally:
    """Count outcomes for the metrics ``coverage``, ``abstained``, ``failed`` and those of the reasons.

    All are shares of all samples.

    Args:
        row_N: the row of each sample, 0 … R - 1.
        outcome_N: `SCORED`, `ABSTAINED` or `FAILED`.
        reason_N: 0 … Q - 1, or -1 for any other reason.
        num_rows: R.
        reasons: their metrics' names, such as ``failed:no_face``.
    """
    counts_R3 = _count_codes(row_N, outcome_N, num_rows, 3)
    reasons_RQ = _count_codes(row_N, np.where(reason_N < 0, len(reasons), reason_N), num_rows, len(reasons) + 1)
    sums_RF = np.concatenate([counts_R3.sum(1, keepdims=True), counts_R3[:, 1:], reasons_RQ[:, :-1]], axis=1)
    return _tally(sums_RF, reasons)


def is_of_outcomes(tally: Tally) -> bool:
    """Whether a tally is one of `outcomes`."""
    return tally.metrics[0].facts is COVERAGE


def with_reasons(tally: Tally, reasons: Sequence[str]) -> Tally:
    """A tally of `outcomes` with a different set of reasons; those that it did not count have no samples.

    Args:
        tally: with all its metrics.
        reasons: their metrics' names.
    """
    column = {metric.name: index for index, metric in enumerate(tally.metrics)}
    nothing_R = np.zeros(len(tally.sums))
    columns = [tally.sums[:, column[name]] if name in column else nothing_R for name in reasons]
    return _tally(np.column_stack([tally.sums[:, :3], *columns]), reasons)


def _tally(sums_RF: Floats, reasons: Sequence[str]) -> Tally:
    each = np.eye(sums_RF.shape[1])
    metric = partial(Metric, num_samples=lambda sums: sums[..., 0], num_unscored=_num_unscored)
    by_reason = (name.partition(":") for name in reasons)
    shares = [
        *((facts, None) for facts in _WHOLE.values()),
        *((_BY_REASON[outcome], reason) for outcome, _, reason in by_reason),
    ]
    return Tally(
        sums_RF,
        (
            metric(
                facts=COVERAGE,
                value=_coverage,
                gradient=FractionGradient(each[0] - each[1] - each[2], each[0]),
            ),
            *(
                metric(
                    facts=facts,
                    part=reason,
                    value=partial(_share, index=index),
                    gradient=FractionGradient(each[index], each[0]),
                )
                for index, (facts, reason) in enumerate(shares, start=1)
            ),
        ),
    )


def _count_codes(row_N: Ints, code_N: Ints, num_rows: int, num_codes: int) -> Floats:
    counts = np.bincount(row_N * num_codes + code_N, minlength=num_rows * num_codes)
    return counts.reshape(num_rows, num_codes).astype(np.float64)


def _coverage(sums_F: Floats) -> Floats:
    return ratio(sums_F[..., 0] - _num_unscored(sums_F), sums_F[..., 0])


def _share(sums_F: Floats, index: int) -> Floats:
    return ratio(sums_F[..., index], sums_F[..., 0])


def _num_unscored(sums_F: Floats) -> Floats:
    return sums_F[..., 1] + sums_F[..., 2]
