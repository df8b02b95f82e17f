"""The notes that stand beside a level: who is too few, and which classes a group lacks."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from one_axis import pairs_of

from harness.measurement.levels import class_support, group_levels, overall_levels
from harness.measurement.measure_settings import MeasureSettings
from harness.measurement.result_rows import RowFactory
from harness.metrics.categorical import categorical
from harness.metrics.outcomes import outcomes
from harness.metrics.tally import Tally
from harness.tables.results import ResultBlock, results_table

CLASSES = ("anger", "fear")
RUN = RowFactory("d", "m", "noise", MeasureSettings(resamples=100, permutations=100, min_subjects=3, level=0.9))


def answers(shown: list[str]) -> Tally:
    """A row per person, with a right clip of each class that it shows; a and f are the two classes."""
    row = np.array([person for person, classes in enumerate(shown) for _ in classes])
    truth = np.array(["af".index(name) for classes in shown for name in classes])
    return categorical(row, truth, truth, num_rows=len(shown), classes=CLASSES, per_class=True)


def coverage(num: int, failed: tuple[int, ...] = ()) -> Tally:
    outcome = np.isin(np.arange(num), failed) * 2
    return outcomes(np.arange(num), outcome, np.full(num, -1), num_rows=num, reasons=())


def rows_of(*blocks: ResultBlock) -> list[SimpleNamespace]:
    """The rows as they stand in the table."""
    return [SimpleNamespace(**row) for row in results_table(blocks).to_pylist()]


def in_groups(
    shown: list[str], group: list[int], names: tuple[str, ...]
) -> dict[tuple[str, str], SimpleNamespace]:
    pairs = pairs_of([answers(shown)], group, names)
    return {(r.metric, r.group): r for r in rows_of(*group_levels(RUN, pairs, CLASSES))}


def test_a_row_says_whose_it_is_and_what_it_rests_on() -> None:
    rows = {row.metric: row for row in rows_of(overall_levels(RUN, [coverage(8, failed=(0, 3))]))}
    row = rows["coverage"]
    assert (row.dataset, row.model, row.condition) == ("d", "m", "noise")
    assert (row.axis, row.group, row.statistic) == ("overall", "all", "level")
    assert (row.value, row.n_samples, row.n_subjects, row.n_unscored) == (0.75, 8, 8, 2)
    assert row.level == 0.9
    assert row.lo is not None
    assert row.lo < 0.75
    assert (row.verdict, row.reason) == (None, None)


@pytest.mark.parametrize(("num", "reason"), [(2, "2 subjects; at least 3 are needed"), (3, None)])
def test_fewer_subjects_than_the_plan_asks_for_are_not_tested(num: int, reason: str | None) -> None:
    (row,) = [r for r in rows_of(overall_levels(RUN, [coverage(num, failed=(0,))])) if r.metric == "coverage"]
    assert (row.reason, row.verdict) == (reason, "not_tested" if reason else None)


def test_one_subject_has_no_interval_and_one_reason() -> None:
    (row,) = [r for r in rows_of(overall_levels(RUN, [coverage(1)])) if r.metric == "coverage"]
    assert (row.lo, row.hi, row.level) == (None, None, None)
    assert row.reason == "1 subject; at least 3 are needed"


def test_a_mean_over_classes_says_which_the_group_lacks() -> None:
    """Of x all four show both; of y one alone shows fear; of z none does."""
    both, one = "af" * 10, "a" * 10
    shown = [both] * 4 + [both, one, one, one] + [one] * 3
    rows = in_groups(shown, [0] * 4 + [1] * 4 + [2] * 3, ("x", "y", "z"))
    for metric in ("uar", "macro_f1"):
        assert rows[metric, "x"].reason is None
        assert rows[metric, "y"].reason == "fear: 1 subject"
        assert rows[metric, "z"].reason == "no fear"
    assert rows["accuracy", "y"].reason is None
    assert rows["recall:anger", "z"].reason is None


def test_chance_is_that_of_the_classes_that_a_group_shows() -> None:
    """Of x's eight clips half are of either class; of y's five four are of anger; of z's three all."""
    rows = in_groups(["af"] * 4 + ["af", "a", "a", "a"] + ["a"] * 3, [0] * 4 + [1] * 4 + [2] * 3, ("x", "y", "z"))
    assert [rows["uar", group].chance for group in "xyz"] == [1 / 2, 1 / 2, 1]
    assert [rows["accuracy", group].chance for group in "xyz"] == [1 / 2, 4 / 5, 1]
    assert [rows["macro_f1", group].chance for group in "xyz"] == pytest.approx([1 / 3, 4 / 9, 1])
    assert rows["recall:anger", "x"].chance is None


def test_classes_are_counted_whichever_of_their_metrics_are_asked_for() -> None:
    tally = answers(["af" * 10] * 4 + ["a" * 10] * 3)
    uar = replace(tally, metrics=tuple(m for m in tally.metrics if m.name == "uar"))
    grouped = pairs_of([coverage(7), uar], [0] * 4 + [1] * 3, ("x", "y"))
    assert class_support(grouped, 2).tolist() == [[4, 4], [3, 0]]
    rows = {(r.metric, r.group): r for r in rows_of(*group_levels(RUN, grouped, CLASSES))}
    assert rows["uar", "y"].reason == "no fear"


def test_as_many_as_the_group_has_are_enough_for_a_class() -> None:
    """Two people are too few for the group, and both show both classes."""
    rows = in_groups(["af" * 10] * 2, [0, 0], ("x",))
    assert rows["uar", "x"].reason == "2 subjects; at least 3 are needed"


def test_several_reasons_stand_side_by_side() -> None:
    rows = in_groups(["a" * 10] * 2, [0, 0], ("x",))
    assert rows["uar", "x"].reason == "2 subjects; at least 3 are needed; no fear"


def test_a_class_of_few_samples_gives_no_interval_and_says_so() -> None:
    """Each of x's four people shows fear twice and anger seven times."""
    rows = in_groups(["aaaaaaaff"] * 4, [0] * 4, ("x",))
    for metric in ("uar", "macro_f1"):
        row = rows[metric, "x"]
        assert (row.lo, row.hi, row.level, row.method, row.verdict) == (None, None, None, None, None)
        assert row.reason == "only 8 of the 10 samples of the smallest class that an interval needs"
    assert rows["recall:fear", "x"].reason == "only 8 of the 25 samples that an interval needs"
    assert rows["recall:anger", "x"].reason is None
    assert rows["recall:anger", "x"].lo is not None
    assert rows["accuracy", "x"].lo is not None


def test_a_declared_group_of_nobody_is_listed_with_every_metric() -> None:
    rows = in_groups(["af"] * 4, [0] * 4, ("x", "nobody"))
    absent = [row for (_, group), row in rows.items() if group == "nobody"]
    assert {row.metric for row in absent} == {row.metric for (_, group), row in rows.items() if group == "x"}
    assert {(row.n_samples, row.n_subjects, row.verdict) for row in absent} == {(0, 0, "not_tested")}
    assert {row.value for row in absent} == {None}


def test_support_counts_people_and_not_their_samples() -> None:
    pairs = pairs_of([coverage(4), answers(["aaa", "af", "f", "ff"])], [0, 0, 1, 1], "xy")
    assert class_support(pairs, 2).tolist() == [[2, 1], [0, 2]]
    assert class_support(pairs, 0).tolist() == [[], []]
