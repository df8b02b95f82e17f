"""A mean per side, whose standard error and covariance are known in closed form."""

from __future__ import annotations

import gc
import weakref

import numpy as np
import pytest
from scipy import stats

from harness.arrays import Floats, Ints
from harness.metrics.tally import ratio
from harness.statistics.labelled_subjects import LabelledSubjects
from harness.statistics.sides import Additive, Labelled, Rows

VALUES = np.array([0.2, 0.9, 0.4, 0.7, 0.1, 0.6, 0.8])
GROUP = np.array([0, 0, 0, 1, 1, 1, 1])


def mean(sums: Floats) -> Floats:
    return ratio(sums[..., 0], sums[..., 1])


def means_of(values: Floats) -> Additive:
    return Additive(np.stack([values, np.ones(len(values))], axis=1), mean)


def on_sides(rows: Rows, sides: list[list[bool]], labels: Ints | None = None) -> Labelled:
    return Labelled(rows, np.array(sides), rows.label[None] if labels is None else labels)


def test_a_mean_has_its_textbook_standard_error() -> None:
    rows = Rows(np.arange(7), GROUP, 7, 2)
    measured = on_sides(rows, [[True, False], [False, True]]).measure(means_of(VALUES))
    assert measured.value[0] == pytest.approx([0.5, 0.55])
    assert measured.error[0] == pytest.approx([stats.sem(VALUES[:3]), stats.sem(VALUES[3:])], rel=1e-6)
    assert measured.covariance[0, 0, 1] == 0.0  # nobody is on both sides


def test_sides_that_share_people_covary() -> None:
    """Of everybody and of the first group: Σ over the three of (x - m_all)/7 · (x - m_0)/3, times √(7/6 · 3/2)."""
    rows = Rows(np.arange(7), GROUP, 7, 2)
    measured = on_sides(rows, [[True, True], [True, False]]).measure(means_of(VALUES))
    shared = ((VALUES[:3] - VALUES.mean()) / 7 * (VALUES[:3] - 0.5) / 3).sum()
    assert measured.covariance[0, 0, 1] == pytest.approx(np.sqrt(7 / 6 * 3 / 2) * shared, rel=1e-6)


def test_a_person_in_two_groups_counts_once_with_both_parts() -> None:
    """The influence of two people in both groups on the side of both is added up before squaring."""
    rows = Rows(np.array([0, 1, 0, 1, 2]), np.array([0, 0, 1, 1, 1]), 3, 2)
    both = on_sides(rows, [[True, True], [True, False]])
    assert both.num_subjects.tolist() == [[3, 2]]
    values = np.array([0.1, 0.5, 0.9, 0.2, 0.3])
    influence = (values - values.mean()) / 5
    by_person = np.array([influence[0] + influence[2], influence[1] + influence[3], influence[4]])
    assert both.measure(means_of(values)).error[0, 0] == pytest.approx(
        np.sqrt(3 / 2 * (by_person**2).sum()), rel=1e-6
    )


def test_every_labelling_is_measured_for_itself() -> None:
    swapped = np.stack([GROUP, 1 - GROUP])
    measured = on_sides(Rows(np.arange(7), GROUP, 7, 2), [[True, False], [False, True]], swapped).measure(
        means_of(VALUES)
    )
    assert measured.value[1] == pytest.approx(measured.value[0][::-1])
    assert measured.error[1] == pytest.approx(measured.error[0][::-1])


def test_one_person_has_no_standard_error_and_people_who_are_alike_have_none_to_speak_of() -> None:
    rows = Rows(np.arange(4), np.array([0, 1, 1, 1]), 4, 2)
    measured = on_sides(rows, [[True, False], [False, True]]).measure(means_of(np.array([0.3, 0.7, 0.7, 0.7])))
    assert np.isnan(measured.error[0, 0])
    assert measured.error[0, 1] == 0.0


def test_a_derivative_that_is_given_is_taken() -> None:
    metric = Additive(np.array([[2.0, 4.0]]), mean, lambda sums: np.full(sums.shape, 7.0))
    assert metric.derived(np.array([2.0, 4.0])).tolist() == [7.0, 7.0]
    by_differences = Additive(metric.statistics, mean).derived(np.array([2.0, 4.0]))
    assert by_differences == pytest.approx([1 / 4, -2 / 16])


@pytest.mark.parametrize("kind", [Labelled, LabelledSubjects])
def test_large_arrays_go_with_what_holds_them(kind: type[Labelled | LabelledSubjects]) -> None:
    """A circle of references kept 10 GB of a study under six conditions until the garbage collector came by."""
    rows = Rows(np.arange(12), np.arange(12) % 3, 12, 3)
    metric = means_of(np.linspace(0, 1, 12))
    gc.collect()
    gc.disable()
    try:
        labelled = kind(rows, np.eye(3, dtype=np.bool_), rows.label[None])
        labelled.measure(metric)
        still_there = weakref.ref(labelled)
        del labelled
        assert still_there() is None
    finally:
        gc.enable()
