"""What is held against chance: the lower end of Student's interval of UAR or CCC."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from one_axis import pairs_of, tone
from scipy import stats

from harness.measurement.cells import GroupTallies
from harness.measurement.groups.better_than_chance import BetterThanChance
from harness.metrics.categorical import categorical
from harness.metrics.dimensional import dimensional
from harness.metrics.outcomes import outcomes
from harness.metrics.tally import Tally

CLIPS = 10


def tallies_of(right_of_person: list[int]) -> Tally:
    """Two classes, five clips each; the first so many pairs of clips are right, so that UAR is their share."""
    row = np.repeat(np.arange(len(right_of_person)), CLIPS)
    truth = np.tile(np.arange(CLIPS) % 2, len(right_of_person))
    right = np.tile(np.arange(CLIPS), len(right_of_person)) < np.repeat(right_of_person, CLIPS)
    return categorical(
        row,
        truth,
        np.where(right, truth, 1 - truth),
        num_rows=len(right_of_person),
        classes=("a", "b"),
        per_class=False,
    )


def held(pairs: GroupTallies, tally: Tally, metric: str, level: float, margin: float = 0.0) -> list[bool] | None:
    """Of each of the groups x and y, and of the rest of x."""
    chosen = next(m for m in tally.metrics if m.name == metric)
    return BetterThanChance(pairs, level, margin).of(chosen, [(0,), (1,), (1,)])


GROUP = [0] * 4 + [1] * 4


@pytest.mark.parametrize("of_x", [[6, 6, 6, 8], [4, 6, 8, 6], [4, 6, 8, 8], [10, 10, 10, 10], [4, 4, 4, 4]])
def test_it_is_the_lower_end_of_students_interval(of_x: list[int]) -> None:
    tally = tallies_of([*of_x, 2, 4, 6, 8])
    pairs = pairs_of([tally], GROUP, "xy")
    share = np.array(of_x) / CLIPS
    lower = share.mean() - stats.t.ppf(0.975, 3) * stats.sem(share)
    found = held(pairs, tally, "accuracy", 0.95)
    assert found == [bool(lower > 0.5), False, False]


def test_the_lower_end_has_to_be_above_chance_by_the_margin() -> None:
    share = np.array([6, 6, 6, 8]) / CLIPS
    above = share.mean() - stats.t.ppf(0.6, 3) * stats.sem(share) - 0.5
    pairs = pairs_of([tally := tallies_of([6, 6, 6, 8, 2, 4, 6, 8])], GROUP, "xy")
    found = [held(pairs, tally, "accuracy", 0.2, margin) for margin in (above - 1e-9, above + 1e-9)]
    assert [of_x for of_x, *_ in found if of_x is not None] == [True, False]


def test_a_lower_level_is_easier_to_reach() -> None:
    tally = tallies_of([4, 6, 8, 6, 2, 4, 6, 8])
    pairs = pairs_of([tally], GROUP, "xy")
    found = [held(pairs, tally, "accuracy", level) for level in (0.95, 0.6)]
    assert found == [[False, False, False], [True, False, False]]


def test_people_without_a_sample_add_no_degree_of_freedom() -> None:
    """Student's t for 3 degrees of freedom is 3.18, for 4 it is 2.78: in between lies what has to be reached."""
    share = np.array([6, 6, 6, 8]) / CLIPS
    needed = (share.mean() - 0.5) / stats.sem(share)
    assert stats.t.ppf(0.975, 3) > needed > stats.t.ppf(0.975, 4)
    sums = tallies_of([6, 6, 6, 8, 2, 4, 6, 8]).sums
    tally = replace(tallies_of([6] * 9), sums=np.concatenate([sums, np.zeros_like(sums[:1])]))
    pairs = pairs_of([tally], [*GROUP, 0], "xy")
    assert held(pairs, tally, "accuracy", 0.95) == [False, False, False]


def test_a_person_in_both_groups_is_one_person_among_everybody() -> None:
    """Shares right of 0.6 and 0.4 of one person, in x and in y, and of four others who are always right.

    The influence of both is added up before squaring: Student's lower end lies below 1/2, where that of six
    separate people would lie above.
    """
    tally = tallies_of([6, 4, 10, 10, 10, 10])
    share = np.array([6, 4, 10, 10, 10, 10]) / CLIPS
    influence = (share - share.mean()) / 6
    by_person = np.array([influence[0] + influence[1], *influence[2:]])
    reach = stats.t.ppf(0.975, 4) * np.array(
        [np.sqrt(5 / 4 * (by_person**2).sum()), np.sqrt(6 / 5 * (influence**2).sum())]
    )
    assert share.mean() - reach[0] < 0.5 < share.mean() - reach[1]
    group = np.array([0, 1, 0, 0, 1, 1])
    pairs = GroupTallies([tally], np.array([0, 0, 1, 2, 3, 4]), group, tone("xy", group.tolist()))
    assert BetterThanChance(pairs, 0.95).of(tally.metrics[0], [(0, 1)]) == [False]


def test_one_person_alone_proves_nothing() -> None:
    tally = tallies_of([10, 6, 8, 8])
    group = [0, 1, 1, 1]
    pairs = pairs_of([tally], group, "xy")
    assert held(pairs, tally, "accuracy", 0.6) == [False, True, True]


def test_dimensions_are_held_against_their_own_ccc() -> None:
    """Valence is answered right and arousal by a constant; what is compared decides which of them counts."""
    rng = np.random.default_rng(0)
    row, truth = np.repeat(np.arange(8), CLIPS), rng.uniform(-1, 1, 8 * CLIPS)
    valence = dimensional("valence", row, truth, truth + 0.01 * rng.normal(size=len(truth)), num_rows=8)
    arousal = dimensional("arousal", row, truth, rng.uniform(-1, 1, len(truth)), num_rows=8)
    coverage = outcomes(row, np.zeros(len(row), int), np.full(len(row), -1), num_rows=8, reasons=())
    pairs = pairs_of([valence, arousal, coverage], GROUP, "xy")
    for tally, metric, expected in (
        (valence, "rmse:valence", True),
        (arousal, "bias:arousal", False),
        (coverage, "coverage", False),  # of several dimensions the first by name: arousal
    ):
        found = held(pairs, tally, metric, 0.95)
        assert found == [expected] * 3


def test_without_labels_or_dimensions_there_is_nothing_to_hold_against_chance() -> None:
    row = np.repeat(np.arange(8), CLIPS)
    tally = outcomes(row, np.zeros(len(row), int), np.full(len(row), -1), num_rows=8, reasons=())
    pairs = pairs_of([tally], GROUP, "xy")
    assert held(pairs, tally, "coverage", 0.95) is None
