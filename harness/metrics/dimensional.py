"""CCC, Pearson's correlation, bias and RMSE of a dimension (valence, arousal, dominance), from sums of moments.

Shapes: N samples, R rows (see `harness.metrics.tally`). The seven statistics of a row: n, Σy, Σp, Σy², Σp², Σyp
of the samples with label y and prediction p, and the number of samples without a prediction. Moments are those of
the population (1/n).
"""

from __future__ import annotations

from functools import partial

import numpy as np

from harness.arrays import Floats, Ints
from harness.metrics.metric_facts import MetricFacts, Shown
from harness.metrics.tally import FIXED_POINT, FractionGradient, Metric, Tally, ratio, sum_by_row

RESOLUTION = 1.5 / FIXED_POINT
"""A smaller variance of values in [-1, 1] may come from the rounding of the sums alone (`sum_by_row`): the mean of
x² is off by at most half a multiple, that of x by as much, which counts 2 |x| ≤ 2 times."""

HARDLY_APART = 1e6 * RESOLUTION
"""Below this divisor, rounding may put a concordance outside [-1, 1] by more than a millionth."""

_OF_DIMENSION = partial(MetricFacts, needs=("dimensions",))

CCC = _OF_DIMENSION(
    name="ccc:<dimension>",
    title="CCC",
    meaning="concordance correlation; scored samples only; 1 is perfect, 0 is chance",
    low=-1.0,
    better="higher",
    chance="0",
    compared=True,
    shows_correctness=True,
    in_every_cell=True,
    shown=Shown.HEADLINE,
    order=60,
    lead=4,
)
PEARSON = _OF_DIMENSION(
    name="pearson:<dimension>",
    title="Pearson",
    meaning="linear correlation; scored samples only; 1 is perfect, 0 is chance",
    low=-1.0,
    better="higher",
    chance="0",
    shown=Shown.TERMINAL,
    order=180,
)
RMSE = _OF_DIMENSION(
    name="rmse:<dimension>",
    title="RMSE",
    meaning="root mean square error, labels from \N{MINUS SIGN}1 to 1; scored samples only; lower is better",
    high=np.inf,
    better="lower",
    interval="student_squares",
    chance="the standard deviation of the labels",
    shown=Shown.TERMINAL,
    order=190,
)
BIAS = _OF_DIMENSION(
    name="bias:<dimension>",
    title="Bias",
    meaning="how much higher the answers are than the labels; scored samples only; 0 is best",
    low=-np.inf,
    high=np.inf,
    better="zero",
    order=200,
)
FACTS = (CCC, PEARSON, BIAS, RMSE)


def dimensional(dimension: str, row_N: Ints, truth_N: Floats, predicted_N: Floats, *, num_rows: int) -> Tally:
    """Sum moments for the metrics ``ccc:<dimension>``, ``pearson:``, ``bias:`` and ``rmse:``.

    Args:
        dimension: its name.
        row_N: the row of each sample, 0 … R - 1.
        truth_N: finite.
        predicted_N: NaN if there is no prediction: excluded, and counted as unscored.
        num_rows: R.
    """
    metric = partial(Metric, num_samples=_num_samples, num_unscored=_num_unscored, part=dimension)
    metrics = [
        metric(facts=CCC, value=ccc, chance=_zero),
        metric(facts=PEARSON, value=pearson, chance=_zero),
        metric(facts=BIAS, value=bias, gradient=_bias_gradient),
        metric(facts=RMSE, value=rmse, chance=label_sd),
    ]
    sums_R7 = moments(row_N, truth_N, predicted_N, num_rows)
    return Tally(sums_R7, tuple(metrics))


def moments(row_N: Ints, truth_N: Floats, predicted_N: Floats, num_rows: int) -> Floats:
    """The seven statistics per row, ``[R, 7]``; labels are in [-1, 1], so that sums do not lose precision."""
    present_N = ~np.isnan(predicted_N)
    truth_N = np.where(present_N, truth_N, 0.0)
    predicted_N = np.where(present_N, predicted_N, 0.0)
    columns = (
        present_N,
        truth_N,
        predicted_N,
        truth_N**2,
        predicted_N**2,
        truth_N * predicted_N,
        ~present_N,
    )
    return np.stack([sum_by_row(row_N, column, num_rows) for column in columns], axis=-1)


def ccc(sums_7: Floats) -> Floats:
    """Concordance correlation coefficient, 2 s_yp / (s_y² + s_p² + (ȳ - p̄)²) (Lin 1989, doi:10.2307/2532051).

    NaN with fewer than two samples, or if label and prediction are the same constant: if both vary, and lie
    apart, by less than the sums can tell (0.000005).
    """
    mean_y, mean_p, var_y, var_p, cov = _central(sums_7)
    apart = var_y + var_p + (mean_y - mean_p) ** 2
    value = ratio(2 * cov, np.where(apart > RESOLUTION, apart, 0.0))
    # Not elsewhere: a bound would halve the numerical derivative of a perfect concordance.
    return _with_two(sums_7, np.where(apart < HARDLY_APART, np.clip(value, -1.0, 1.0), value))


def pearson(sums_7: Floats) -> Floats:
    """Pearson's correlation; NaN with fewer than two samples, or if label or prediction is constant."""
    _, _, var_y, var_p, cov = _central(sums_7)
    return _with_two(sums_7, np.clip(ratio(cov, np.sqrt(var_y * var_p)), -1.0, 1.0))


def rmse(sums_7: Floats) -> Floats:
    """Root of the mean squared difference, in the unit of the dimension."""
    num = sums_7[..., 0]
    return np.sqrt(np.maximum(ratio(sums_7[..., 3] - 2 * sums_7[..., 5] + sums_7[..., 4], num), 0.0))


def bias(sums_7: Floats) -> Floats:
    """The mean of prediction - label: above zero if predictions are too high."""
    return ratio(sums_7[..., 2] - sums_7[..., 1], sums_7[..., 0])


def label_sd(sums_7: Floats) -> Floats:
    """The standard deviation of the labels: the RMSE of always predicting their mean."""
    mean, mean_square = (ratio(sums_7[..., i], sums_7[..., 0]) for i in (1, 3))
    return np.sqrt(_variance(mean_square, mean))


_bias_gradient = FractionGradient([0, -1, 1, 0, 0, 0, 0], [1, 0, 0, 0, 0, 0, 0])


def _zero(sums_7: Floats) -> Floats:
    return np.zeros(sums_7.shape[:-1])


def _central(sums_7: Floats) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    num = sums_7[..., 0]
    mean_y, mean_p, mean_yy, mean_pp, mean_yp = (ratio(sums_7[..., i], num) for i in range(1, 6))
    var_y = _variance(mean_yy, mean_y)
    var_p = _variance(mean_pp, mean_p)
    cov = np.where((var_y > 0) & (var_p > 0), mean_yp - mean_y * mean_p, 0.0)
    return mean_y, mean_p, var_y, var_p, cov


def _variance(mean_square: Floats, mean: Floats) -> Floats:
    """E[x²] - E[x]², and exactly zero if the difference is no larger than rounding errors."""
    variance = mean_square - mean**2
    return np.where(variance > np.maximum(1e-10 * mean_square, RESOLUTION), variance, 0.0)


def _with_two(sums_7: Floats, values: Floats) -> Floats:
    return np.where(sums_7[..., 0] >= 2, values, np.nan)


def _num_samples(sums_7: Floats) -> Floats:
    return sums_7[..., 0]


def _num_unscored(sums_7: Floats) -> Floats:
    return sums_7[..., 6]
