"""Sides of subjects summed by label are those that are measured one by one."""

from __future__ import annotations

import numpy as np
import pytest

from harness.arrays import Floats
from harness.metrics.tally import FractionGradient, ratio
from harness.statistics.labelled_subjects import LabelledSubjects
from harness.statistics.sides import Additive, Labelled, Rows

GROUPS = np.eye(11, dtype=np.bool_)[:10]  # nobody has the last label
SEVERAL = np.array(
    [[label in labels for label in range(11)] for labels in ({1, 2}, {0, 1, 2, 3, 4, 5, 6}, {5, 10})]
)
SIDES = np.concatenate([GROUPS, ~GROUPS, SEVERAL])


def share(sums: Floats) -> Floats:
    return ratio(sums[..., 0], sums[..., 1])


def test_values_errors_and_freedom_are_those_of_every_side_by_itself() -> None:
    rng = np.random.default_rng(1)
    label = np.arange(200) % 10
    rows = Rows(np.arange(200), label, 200, 11, rng.integers(1, 30, 200).astype(float))
    right = rng.integers(0, 9, 200).astype(float)
    metric = Additive(np.stack([right, np.full(200, 9.0)], axis=1), share)
    labels = rng.permuted(np.tile(label, (50, 1)), axis=1)
    found = LabelledSubjects(rows, SIDES, labels).measure(metric)
    expected = Labelled(rows, SIDES, labels, apart=True).measure(metric)
    np.testing.assert_array_equal(found.value, expected.value)
    np.testing.assert_allclose(found.covariance, expected.covariance, rtol=1e-12)
    np.testing.assert_allclose(found.overlap, expected.overlap, rtol=1e-12)


def test_a_side_whose_subjects_are_alike_has_no_error_beside_one_that_varies() -> None:
    label = np.repeat([0, 1, 2], 4)
    right = np.array([0.0, 1, 2, 4, *[2.0] * 8])
    metric = Additive(np.stack([right, np.full(12, 4.0)], axis=1), share, FractionGradient([1, 0], [0, 1]))
    sides = np.array([[1, 0, 0], [0, 1, 0], [0, 1, 1]], dtype=np.bool_)
    found = LabelledSubjects(Rows(np.arange(12), label, 12, 3), sides, label[None]).measure(metric)
    # The variance of a mean: that of 0, 1/4, 1/2 and 1 with n - 1, divided by n.
    assert found.variance[0] == pytest.approx([np.var([0, 0.25, 0.5, 1], ddof=1) / 4, 0, 0], rel=1e-9, abs=0)


def test_a_group_of_one_subject_has_a_value_and_no_error() -> None:
    metric = Additive(np.array([[1.0, 2], [1, 2], [0, 2]]), share)
    rows = Rows(np.arange(3), np.array([0, 0, 1]), 3, 2)
    found = LabelledSubjects(rows, np.eye(2, dtype=np.bool_), rows.label[None]).measure(metric)
    assert found.value.tolist() == [[0.5, 0.0]]
    assert np.isnan(found.error).tolist() == [[False, True]]


def test_sums_of_statistics_are_computed_once_for_metrics_that_follow_each_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    computed: list[int] = []
    on_sides = LabelledSubjects._on_sides

    def counted(labelled: LabelledSubjects, statistics: Floats) -> Floats:
        computed.append(statistics.shape[1])
        return on_sides(labelled, statistics)

    rows = Rows(np.arange(40), np.arange(40) % 10, 40, 11)
    rng = np.random.default_rng(2)
    shared, other = rng.random((40, 2)), rng.random((40, 3))
    monkeypatch.setattr(LabelledSubjects, "_on_sides", counted)
    labelled = LabelledSubjects(rows, SIDES, rows.label[None])
    computed.clear()
    found = [labelled.measure(Additive(statistics, share)).value for statistics in (shared, shared, other, shared)]
    assert computed == [2, 3, 2]
    np.testing.assert_array_equal(found[0], found[1])
    np.testing.assert_array_equal(found[0], found[3])
    assert (found[0] != found[2]).all()


def test_sums_over_all_but_one_label_are_exact() -> None:
    """Thirds cannot be added exactly, nor a sum taken off again: without rounding, 1e-17 is left of nothing."""
    third = np.array([1 / 3, 1 / 3, 1 / 3, 1 / 7, 1 / 7, 0.0])
    rows = Rows(np.arange(6), np.array([0, 0, 0, 1, 1, 2]), 6, 3)
    first_two = np.array([[1, 1, 0], [1, 0, 0]], dtype=np.bool_)
    statistics = np.stack([third, np.ones(6)], axis=1)
    labelled = LabelledSubjects(rows, np.concatenate([~np.eye(3, dtype=np.bool_), first_two]), rows.label[None])
    sums = labelled._on_sides(statistics)[0, :, 0]
    assert sums.tolist() == pytest.approx([2 / 7, 1, 1 + 2 / 7, 1 + 2 / 7, 1], rel=1e-15)
    assert sums[1] == sums[4]
    assert sums[2] == sums[3] == sums[0] + sums[1]
