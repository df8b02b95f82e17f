from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy import stats
from scipy.special import expit, logit

from harness.arrays import Floats
from harness.metrics.categorical import categorical
from harness.metrics.metric_facts import IntervalKind
from harness.statistics import jackknife
from harness.statistics.estimates import MetricEstimate, estimates
from harness.statistics.intervals import ALL_ALIKE, Interval, Range
from harness.statistics.jackknife import JACKKNIFE, LOGARITHM, LOGIT, RECIPROCAL, jackknife_intervals
from harness.statistics.max_t import side_estimates
from harness.statistics.sides import Additive, Rows

SHARE, LOSS, ANY = Range(0.0, 1.0), Range(0.0, np.inf), Range(-np.inf, np.inf)


def of_means(values: Floats, within: Range, level: float = 0.95, kind: IntervalKind = "student") -> Interval:
    """The interval of the mean of one sample of each subject."""
    left_out = (values.sum() - values) / (len(values) - 1)
    size = np.ones((1, len(values)))
    value = np.array([values.mean()])
    return jackknife_intervals(value, left_out[None], size, level=level, within=[within], kinds=[kind])[0]


def ends(interval: Interval) -> tuple[float, float]:
    assert interval.bounds is not None
    return interval.bounds


def test_of_a_mean_without_a_range_it_is_students_interval() -> None:
    values = np.array([0.3, -0.5, 0.45, 0.7])
    found = of_means(values, ANY)
    assert found.bounds == pytest.approx(stats.t.interval(0.95, 3, loc=values.mean(), scale=stats.sem(values)))
    assert found.method == JACKKNIFE


def test_of_a_share_and_of_a_loss_it_is_students_interval_on_a_scale_without_ends() -> None:
    values = np.array([0.7, 0.95, 0.9, 0.85, 0.99, 0.6, 0.8])
    mean, error = values.mean(), stats.sem(values)
    on_logit = expit(stats.t.interval(0.95, 6, loc=logit(mean), scale=error / (mean * (1 - mean))))
    logarithmic = np.exp(stats.t.interval(0.95, 6, loc=np.log(mean), scale=error / mean))
    assert of_means(values, SHARE).bounds == pytest.approx(on_logit)
    assert of_means(values, LOSS).bounds == pytest.approx(logarithmic)
    assert of_means(values * 2 - 1, Range(-1.0, 1.0)).bounds == pytest.approx(on_logit * 2 - 1)
    assert (of_means(values, SHARE).method, of_means(values, LOSS).method) == (LOGIT, LOGARITHM)


def ratios(counts_S2: Floats) -> tuple[Floats, Floats, Floats]:
    """A ratio of two sums, without each subject in turn, and the samples of each."""
    above, below = counts_S2.T
    left_out = (above.sum() - above) / (below.sum() - below)
    return np.array([above.sum() / below.sum()]), left_out[None], below[None]


def bell_mccaffrey(size: Floats, icc: float) -> float:
    """The degrees of freedom by their matrices."""
    share, num = size / size.sum(), len(size)
    within = np.eye(num) - np.outer(np.ones(num), share)
    spread = within.T @ np.diag(share**2) @ within @ np.diag(icc + (1 - icc) / size)
    return float(np.trace(spread) ** 2 / np.trace(spread @ spread))


def test_subjects_of_unequal_size_have_the_error_of_the_comparison_of_groups() -> None:
    """The infinitesimal jackknife by the gradient, with the degrees of freedom of Bell & McCaffrey."""
    rng = np.random.default_rng(0)
    below = rng.geometric(1 / 40, 9).astype(float)
    counts = np.stack([rng.binomial(below.astype(int), rng.beta(8, 3, 9)), below], axis=1).astype(float)
    rows = Rows(np.arange(9), np.zeros(9, dtype=np.int64), 9, 1, below)
    metric = Additive(counts, lambda sums: sums[..., 0] / sums[..., 1])
    value, error, _ = (each[0] for each in side_estimates(metric, rows, np.ones((1, 1), dtype=np.bool_)))
    freedom = bell_mccaffrey(below, 0.05)
    half_width = stats.t.ppf(0.95, freedom) * error
    assert freedom < 7
    found = jackknife_intervals(*ratios(counts), level=0.9, within=[ANY], kinds=["student"])[0]
    assert found.bounds == pytest.approx((value - half_width, value + half_width), rel=1e-7)


def test_the_root_of_a_mean_of_squares_has_an_interval_on_the_reciprocal_scale() -> None:
    """With seven subjects of one sample each there are three degrees of freedom, half of six."""
    values = np.array([0.3, 0.1, 0.25, 0.2, 0.35, 0.4, 0.15])
    mean, error = values.mean(), stats.sem(values)
    inverse = stats.t.interval(0.95, 3, loc=1 / mean, scale=error / mean**2)
    found = of_means(values, LOSS, kind="student_squares")
    assert found.bounds == pytest.approx((1 / inverse[1], 1 / inverse[0]))
    assert found.method == RECIPROCAL
    assert of_means(np.array([0.1, 0.1, 2.0]), LOSS, kind="student_squares").reason == (
        "varies too much between so few subjects: no upper bound"
    )


DRAWN: dict[str, tuple[Range, Callable[[np.random.Generator], Floats]]] = {
    "share": (SHARE, lambda rng: rng.beta(5, 1, rng.integers(2, 12))),
    "share near its end": (SHARE, lambda rng: rng.beta(30, 0.3, rng.integers(2, 40))),
    "loss": (LOSS, lambda rng: rng.lognormal(-1, 2, rng.integers(2, 12))),
    "error": (ANY, lambda rng: rng.standard_t(2, rng.integers(2, 12))),
    "correlation": (Range(-1.0, 1.0), lambda rng: rng.uniform(-1, 1, rng.integers(2, 12))),
}


@pytest.mark.parametrize("kind", DRAWN)
def test_it_holds_the_value_lies_in_the_range_and_nests_by_level_in_any_order_of_subjects(kind: str) -> None:
    within, draw = DRAWN[kind]
    for seed in range(50):
        values = draw(np.random.default_rng(seed))
        (low, high), (inner_low, inner_high) = (ends(of_means(values, within, level)) for level in (0.95, 0.9))
        assert within.low <= low <= inner_low <= values.mean() <= inner_high <= high <= within.high
        assert low < inner_low or low == within.low
        shuffled = np.random.default_rng(seed).permutation(values)
        assert of_means(shuffled, within).bounds == pytest.approx((low, high), abs=2e-12)


def test_subjects_without_samples_do_not_count() -> None:
    rng = np.random.default_rng(1)
    counts = np.stack([rng.integers(1, 9, 7), rng.integers(9, 20, 7)], axis=1).astype(float)
    with_others = np.concatenate([counts, np.zeros((30, 2))])
    alone, among = (
        jackknife_intervals(*ratios(of), level=0.95, within=[SHARE], kinds=["student"])
        for of in (counts, with_others)
    )
    assert alone[0].bounds == pytest.approx(ends(among[0]))


def test_a_value_at_the_end_of_its_range_that_varies_stays_on_its_own_scale() -> None:
    found = jackknife_intervals(
        np.array([0.0]),
        np.array([[-0.1, 0.1, 0.05]]),
        np.ones((1, 3)),
        level=0.95,
        within=[SHARE],
        kinds=["student"],
    )[0]
    error = np.sqrt(3 / 2 * (2 / 3) ** 2 * (0.1**2 + 0.1**2 + 0.05**2))
    assert found.bounds == pytest.approx((0.0, stats.t.ppf(0.975, 2) * error))


@pytest.mark.parametrize(
    ("values", "within", "expected"),
    [
        ([0.5], SHARE, "1 subject: no interval"),
        ([np.nan, 0.5, 0.2], SHARE, "undefined on these samples"),
        ([2.0, 2.0, 2.0], LOSS, "all subjects alike: no interval"),
    ],
)
def test_why_there_is_no_interval(values: list[float], within: Range, expected: str) -> None:
    with np.errstate(invalid="ignore"):
        found = of_means(np.array(values), within)
    assert (found.bounds, found.reason) == (None, expected)


def test_a_metric_undefined_without_a_subject_has_no_interval() -> None:
    found = jackknife_intervals(
        np.array([0.5, 0.5]),
        np.array([[0.4, np.nan, 0.6], [0.4, np.nan, 0.6]]),
        np.array([[1.0, 1.0, 1.0], [1.0, 0.0, 1.0]]),
        level=0.95,
        within=[SHARE, SHARE],
        kinds=["student", "student"],
    )
    assert found[0].reason == "undefined without one of the subjects: no interval"
    assert found[1].bounds is not None


@pytest.mark.parametrize("num_subjects", [5, 20])
def test_subjects_that_are_all_right_do_not_give_certainty(num_subjects: int) -> None:
    """The bound is Clopper & Pearson's for n of n."""
    expected = stats.binomtest(num_subjects, num_subjects).proportion_ci(0.95, method="exact").low
    found = of_means(np.ones(num_subjects), SHARE)
    assert found.bounds == pytest.approx((expected, 1.0))
    assert found.method == ALL_ALIKE


def test_a_class_of_one_subject_makes_a_mean_over_classes_uncertain() -> None:
    """Its recall does not vary within the sample; without the subject there is none."""
    subject, truth = np.repeat(np.arange(10), 40), np.tile([0, 1], 200)
    truth[:10] = 2
    answer = np.where(np.random.default_rng(0).random(400) < 0.8, truth, (truth + 1) % 2)
    answer[:10] = 0

    def uar(rows: slice) -> MetricEstimate:
        who, shown = subject[rows], truth[rows]
        tally = categorical(who, shown, answer[rows], num_rows=10, classes=("a", "b", "c"), per_class=False)
        found = estimates([tally], resamples=None, level=0.95, seed=0)
        return next(estimate for estimate in found if estimate.metric == "uar")

    (low, high), (without_low, without_high) = (
        ends(uar(rows).interval) for rows in (slice(0, 400), slice(10, 400))
    )
    assert high - low > 3 * (without_high - without_low)


def test_many_metrics_are_measured_in_blocks_like_few(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    size = rng.poisson(3.0, (30, 12)).astype(float)
    value, left_out = rng.random(30), rng.random((30, 12))
    left_out[3] = value[3]
    left_out[4, size[4] > 0] = np.nan
    ranges = [SHARE, LOSS, ANY] * 10

    def found() -> list[Interval]:
        return jackknife_intervals(value, left_out, size, level=0.95, within=ranges, kinds=["student"] * 30)

    together = found()
    monkeypatch.setattr(jackknife, "BLOCK_CELLS", 40)
    assert found() == together
    alone = [
        jackknife_intervals(*each, level=0.95, within=[within], kinds=["student"])[0]
        for *each, within in zip(value[:, None], left_out[:, None], size[:, None], ranges, strict=True)
    ]
    assert alone == together
    assert together[3].method is None or together[3].method == ALL_ALIKE
    assert together[4].reason == "undefined without one of the subjects: no interval"
