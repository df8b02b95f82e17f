from __future__ import annotations

import pickle

import numpy as np
import pytest
from scipy import stats
from threadpoolctl import threadpool_limits

from harness.arrays import Floats
from harness.metrics.tally import ratio
from harness.statistics import max_t
from harness.statistics.contrasts import Contrasts, null_ranges
from harness.statistics.max_t import (
    MANY_SUBJECTS,
    PERMUTED,
    STUDENT,
    Design,
    contrasts,
    contrasts_of,
    side_estimates,
)
from harness.statistics.relabelling import AmongSubjects
from harness.statistics.sides import Additive, Rows


def share(sums: Floats) -> Floats:
    return ratio(sums[..., 0], sums[..., 1])


def clips(sizes: list[int], seed: int = 0, num: int = 40) -> tuple[Additive, Rows]:
    """Right and all of `num` clips of each subject, and who is in which group."""
    rng = np.random.default_rng(seed)
    num_subjects = sum(sizes)
    right = rng.binomial(num, rng.beta(6, 4, num_subjects))
    group = np.repeat(np.arange(len(sizes)), sizes)
    statistics = np.stack([right, np.full(num_subjects, num)], axis=1).astype(np.float64)
    return Additive(statistics, share), Rows(np.arange(num_subjects), group, num_subjects, len(sizes))


def pairs(num_groups: int, num_labels: int | None = None) -> Design:
    first, second = np.triu_indices(num_groups, 1)
    groups = np.eye(num_groups)
    sides = np.eye(num_labels or num_groups, dtype=bool)[:num_groups]
    return Design(sides, groups[first] - groups[second])


def compare(metric: Additive, rows: Rows, design: Design, draws: int = 199) -> Contrasts:
    among = AmongSubjects(rows.subject, rows.label)
    return contrasts(metric, rows, design, among, draws=draws, seed=0)


def null_differences(found: Contrasts) -> Floats:
    """Between three groups, in every draw."""
    return found.null_sides @ pairs(3).weights.T


def same(first: Contrasts, second: Contrasts) -> bool:
    return pickle.dumps(first) == pickle.dumps(second)


def test_with_equal_clips_it_is_welchs_t_of_the_subjects_means() -> None:
    metric, rows = clips([7, 12])
    found = compare(metric, rows, pairs(2))
    means = metric.statistics[:, 0] / metric.statistics[:, 1]
    welch = stats.ttest_ind(means[:7], means[7:], equal_var=False).statistic
    assert found.value[0] / found.error[0] == pytest.approx(welch, rel=1e-6)


def test_p_is_that_of_a_permutation_test() -> None:
    """All 252 ways to choose 5 of 10 subjects against 20,000 drawn ones (standard error 0.003)."""
    metric, rows = clips([5, 5], seed=3)
    means = metric.statistics[:, 0] / metric.statistics[:, 1]

    def welch(first: Floats, second: Floats, axis: int) -> Floats:
        statistic = stats.ttest_ind(first, second, equal_var=False, axis=axis).statistic
        return np.abs(np.asarray(statistic)).round(9)

    exact = stats.permutation_test((means[:5], means[5:]), welch, alternative="greater", vectorized=True)
    found = compare(metric, rows, pairs(2), draws=20_000)
    assert 0.05 < exact.pvalue < 0.9
    assert found.p[0] == pytest.approx(exact.pvalue, abs=0.014)


def test_subjects_in_both_groups_are_compared_with_themselves() -> None:
    metric, _ = clips([9, 9])
    means = (metric.statistics[:, 0] / metric.statistics[:, 1]).reshape(2, 9)
    rows = Rows(np.tile(np.arange(9), 2), np.repeat([0, 1], 9), 9, 2)
    found = compare(metric, rows, pairs(2), draws=20_000)
    paired = stats.ttest_rel(means[0], means[1])
    assert found.value[0] / found.error[0] == pytest.approx(paired.statistic, rel=1e-6)
    flips = np.array(np.meshgrid(*[[-1, 1]] * 9)).reshape(9, -1).T * (means[0] - means[1])
    t = np.abs(stats.ttest_1samp(flips, 0, axis=1).statistic)
    assert found.p[0] == pytest.approx(np.mean(t >= abs(paired.statistic) - 1e-9), abs=0.014)


def test_a_group_and_the_rest_are_two_sides() -> None:
    metric, rows = clips([6, 9, 12])
    one, rest = np.array([[True, False, False]]), np.array([[False, True, True]])
    found = compare(metric, rows, Design(np.concatenate([one, rest]), np.array([[1.0, -1.0]])))
    means = metric.statistics[:, 0] / metric.statistics[:, 1]
    welch = stats.ttest_ind(means[:6], means[6:], equal_var=False).statistic
    assert found.value[0] / found.error[0] == pytest.approx(welch, rel=1e-6)


@pytest.mark.parametrize("draws", [100, 199, 250, 399, 990])
def test_p_and_interval_agree(draws: int) -> None:
    """Few clips, so that ties are common."""
    for seed in range(20):
        metric, rows = clips([6, 6, 6], seed=seed, num=4)
        found = compare(metric, rows, pairs(3), draws=draws)
        assert ((found.p <= 0.3 + 1e-9) == (np.abs(found.value) > found.critical(0.7) * found.error)).all()


def test_many_subjects_are_students_t() -> None:
    metric, rows = clips([250, 300])
    found = compare(metric, rows, pairs(2), draws=20_000)
    assert found.method == STUDENT
    assert found.critical(0.95)[0] == pytest.approx(stats.t.ppf(0.975, 249), abs=0.05)
    assert found.p[0] == pytest.approx(2 * stats.t.sf(abs(found.value[0]) / found.error[0], 249), abs=0.014)


@pytest.mark.parametrize(("num", "method"), [(MANY_SUBJECTS - 1, PERMUTED), (MANY_SUBJECTS, STUDENT)])
def test_so_many_subjects_in_the_smallest_group_are_many(num: int, method: str) -> None:
    metric, rows = clips([num, MANY_SUBJECTS + 10])
    assert compare(metric, rows, pairs(2), draws=100).method.startswith(method)


def test_many_groups_of_many_subjects_are_tukeys_range() -> None:
    metric, rows = clips([400] * 6)
    found = compare(metric, rows, pairs(6), draws=20_000)
    assert found.critical(0.95)[0] == pytest.approx(
        stats.studentized_range.ppf(0.95, 6, 2394) / np.sqrt(2), abs=0.08
    )


def test_permutations_and_students_t_meet_where_subjects_are_many() -> None:
    metric, rows = clips([220, 220, 220])
    among = AmongSubjects(rows.subject, rows.label)
    permuted = contrasts_of([metric], rows, pairs(3), among, draws=2000, seed=0, always_permute=True)[0]
    drawn = compare(metric, rows, pairs(3), draws=2000)
    assert permuted.method.startswith(PERMUTED)
    assert permuted.critical(0.95)[0] == pytest.approx(drawn.critical(0.95)[0], abs=0.15)
    assert null_differences(permuted).std() == pytest.approx(null_differences(drawn).std(), rel=0.1)


def test_students_t_of_two_comparisons_is_drawn_apart() -> None:
    """With the same draws both would be beyond chance in the same ones, as if there were one test, not two."""
    metric, rows = clips([300, 300])
    among = AmongSubjects(rows.subject, rows.label)
    first, second = (
        contrasts_of([metric], rows, pairs(2), among, draws=2000, seed=0, number=number)[0] for number in (1, 2)
    )
    assert first.method == second.method == STUDENT
    assert abs(np.corrcoef(first.largest[0], second.largest[0])[0, 1]) < 0.07  # three standard errors


def test_every_family_has_its_own_critical_value() -> None:
    metric, rows = clips([8, 8, 8, 8])
    design = pairs(4)
    both = Design(design.sides, design.weights, np.array([0, 1, 1, 1, 1, 1]))
    found = compare(metric, rows, both)
    alone = compare(metric, rows, Design(design.sides, design.weights[:1]))
    found_K, alone_K = found.critical_deviates(0.95), alone.critical_deviates(0.95)
    assert found_K[0] == alone_K[0] < found_K[1] == found_K[5]
    assert found.p[0] == alone.p[0]


def test_metrics_of_the_same_rows_do_not_meet() -> None:
    metric, rows = clips([8, 8, 8])
    other = Additive(metric.statistics[::-1].copy(), share)
    among = AmongSubjects(rows.subject, rows.label)
    together = contrasts_of([other, metric], rows, pairs(3), among, draws=199, seed=0)
    assert same(together[1], compare(metric, rows, pairs(3)))


@pytest.mark.parametrize("cells", [1, 500, 10**7])
def test_the_size_of_chunks_changes_nothing(cells: int, monkeypatch: pytest.MonkeyPatch) -> None:
    metric, rows = clips([6, 9, 5, 5])
    # The last five subjects are those of the group before them, once more: in two groups each.
    rows = Rows(np.array([*range(20), *range(15, 20)]), rows.label, 20, 4)
    whole = compare(metric, rows, pairs(4))
    monkeypatch.setattr(max_t, "MAX_CHUNK_VALUES", cells)
    assert same(compare(metric, rows, pairs(4)), whole)


def test_it_is_told_which_part_of_the_draws_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(max_t, "MAX_CHUNK_VALUES", 2_000)
    metric, rows = clips([6, 6, 6])
    among = AmongSubjects(rows.subject, rows.label)
    seen: list[float] = []
    told = contrasts_of([metric], rows, pairs(3), among, draws=199, seed=0, told=seen.append)[0]
    assert len(seen) > 2
    assert seen == sorted(set(seen))
    assert seen[-1] == 1.0
    assert same(told, contrasts_of([metric], rows, pairs(3), among, draws=199, seed=0)[0])


def test_the_number_of_threads_changes_nothing() -> None:
    metric, rows = clips([30] * 6)
    found = []
    for threads in (1, 4):
        with threadpool_limits(threads):
            found.append(compare(metric, rows, pairs(6)))
    assert same(*found)


def test_where_contrasts_lie_by_chance_is_numpys_quantile_of_the_draws_in_which_they_are_defined() -> None:
    found = compare(*clips([8, 8, 8]), pairs(3))
    null = null_differences(found)
    null[::7, 1] = np.nan
    null[:, 2] = np.nan
    expected = [
        np.quantile(null[:, 0], [0.025, 0.975]),
        np.quantile(null[~np.isnan(null[:, 1]), 1], [0.025, 0.975]),
    ]
    ranges = null_ranges(null)
    assert ranges[0] == pytest.approx(tuple(expected[0]))
    assert ranges[1] == pytest.approx(tuple(expected[1]))
    assert ranges[2] == (None, None)
    assert found.null_ranges[0] == ranges[0]


def test_an_empty_group_spoils_only_its_own_differences() -> None:
    metric, rows = clips([8, 8])
    with_empty = Rows(rows.subject, rows.label, rows.num_subjects, 3)
    found = compare(metric, with_empty, pairs(3))
    without = compare(metric, rows, pairs(2))
    assert np.isnan(found.value).tolist() == np.isnan(found.p).tolist() == [False, True, True]
    assert found.value[0] == without.value[0]
    assert found.p[0] == without.p[0]
    assert found.critical(0.95)[0] == without.critical(0.95)[0]
    assert found.defined.tolist() == [1, 0, 0]


def test_one_subject_has_a_value_and_no_error() -> None:
    metric, rows = clips([8, 8, 1])
    found = compare(metric, rows, pairs(3))
    assert np.isfinite(found.value).all()
    assert np.isnan(found.error).tolist() == [False, True, True]
    assert found.p[1:].tolist() == [1, 1]
    assert found.error[0] == pytest.approx(compare(*clips([8, 8, 1]), pairs(2, 3)).error[0])
    value, error, freedom = side_estimates(metric, rows, pairs(3).sides)
    assert freedom[:2] == pytest.approx([7, 7])
    assert np.array_equal(value, found.sides)
    assert np.isnan(error).tolist() == [False, False, True]


def test_subjects_without_an_error_differ_in_nothing() -> None:
    metric, rows = clips([6, 6])
    perfect = Additive(np.full_like(metric.statistics, 40.0), share)
    found = compare(perfect, rows, pairs(2))
    assert found.value.tolist() == found.error.tolist() == [0]
    assert found.p.tolist() == [1]


def test_groups_apart_without_any_spread_are_beyond_chance() -> None:
    right = np.repeat([40.0, 20.0], 8)
    metric = Additive(np.stack([right, np.full(16, 40.0)], axis=1), share)
    found = compare(metric, Rows(np.arange(16), np.repeat([0, 1], 8), 16, 2), pairs(2))
    assert found.value.tolist() == [0.5]
    assert found.p[0] < 0.05


def test_a_metric_undefined_in_a_draw_is_counted() -> None:
    """Only three subjects have what the metric counts: in some draws, none of them is in the first group."""
    metric, rows = clips([4, 12])
    rare = metric.statistics.copy()
    rare[[0, 5, 9]], rare[[1, 2, 3, 4, 6, 7, 8, *range(10, 16)]] = [1, 2], 0
    found = compare(Additive(rare, share), rows, pairs(2), draws=2000)
    none_in_first = stats.hypergeom.pmf(0, 16, 3, 4)
    all_in_first = stats.hypergeom.pmf(3, 16, 3, 4)
    assert found.defined[0] == pytest.approx(1 - none_in_first - all_in_first, abs=0.045)


def test_draws_that_are_all_alike_do_not_make_an_interval_of_no_width() -> None:
    """Squared deviations of two halves of what is right as a whole are equal, however it is halved."""
    right = np.array([1.0, 2.0] * 10)
    metric = Additive(np.stack([right, np.full(20, 3.0)], axis=1), lambda sums: (share(sums) - 0.5) ** 2)
    found = compare(metric, Rows(np.arange(20), np.repeat([0, 1], 10), 20, 2), pairs(2))
    assert np.abs(found.null_sides[:, 0] - found.null_sides[:, 1]).max() < 1e-12
    assert found.critical(0.95)[0] >= stats.norm.ppf(0.975)


def test_two_subjects_in_a_group_leave_the_critical_value_finite() -> None:
    metric = Additive(np.array([[1.0, 1], [1, 1], [0, 1], [0, 1]]), share)
    found = compare(metric, Rows(np.arange(4), np.array([0, 0, 1, 1]), 4, 2), pairs(2))
    assert np.isfinite(found.critical(0.95)).all()
    assert np.isfinite(found.critical(0.95) * found.error).all()
