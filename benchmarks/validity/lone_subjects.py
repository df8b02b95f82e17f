"""Rates whose variation rests on one subject, or a few: from how many deviating subjects on is the spread enough?

In one group a share of the people fails in some clips and everybody else never; in the other nobody does, or as
many. The interval of the difference is compared with the truth, with the exact bound on the share of such people
(`harness.statistics.intervals.deviating_bounds`) in place of the spread where fewer subjects deviate than asked.

Run: ``OMP_NUM_THREADS=1 python benchmarks/validity/lone_subjects.py`` (5 minutes); it prints the table of
``lone_subjects.md``.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from unittest import mock

import numpy as np

from harness.attributes.group import Group
from harness.attributes.groups import Groups
from harness.measurement.cells import GroupTallies
from harness.measurement.groups import exact_sides
from harness.measurement.groups.axis_comparison import plan_axis
from harness.measurement.groups.group_comparison import GroupComparison, compare_planned
from harness.measurement.groups.simultaneous_bounds import simultaneous_bounds
from harness.measurement.measure_settings import MeasureSettings
from harness.measurement.result_rows import RowFactory
from harness.metrics.metric_facts import MetricFacts
from harness.metrics.tally import FractionGradient, Metric, Tally, ratio

CLIPS, LEVEL, TOLERANCE = 20, 0.95, 0.05
THRESHOLDS = (1, 2, 3)
"""The fewest deviating subjects whose spread is trusted; with 1, a bound is exact only where nobody deviates."""

HEAD = (
    *("subjects", "fail, expected", "clips wrong", "fail in"),
    *("holds: by the spread", "exact for 1", "exact for 1 or 2"),
    *("holds where 1 fails: by the spread", "exact for 1"),
    *("`met` wrongly: by the spread", "exact for 1"),
    *("`met` at 0.05: never for 1", "exact for 1"),
)
FACTS = MetricFacts(name="accuracy", title="Accuracy", meaning="share of right answers", better="higher")


@dataclass(frozen=True)
class Cell:
    """One kind of study: the subjects of two groups, the share who fail in the first, and in how many clips.

    Attributes:
        sizes: subjects per group.
        share: who fail.
        wrong: the share of their clips that is wrong.
        both: whether as many fail in the second group.
    """

    sizes: tuple[int, int]
    share: float
    wrong: float
    both: bool = False

    @property
    def truth(self) -> float:
        """The true difference."""
        return 0.0 if self.both else -self.share * self.wrong


CELLS = [
    Cell(sizes, expected / sizes[0], wrong, both)
    for sizes in ((10, 10), (20, 20), (60, 60), (200, 200), (500, 500), (20, 80))
    for expected in (1.0, 2.0, 4.0)
    for wrong, both in ((0.9, False), (0.3, False), (0.9, True))
]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=400)
    runs = parser.parse_args().runs
    print(f"| {' | '.join(HEAD)} |")
    print("| --- " * len(HEAD) + "|")
    for cell in CELLS:
        print(row(cell, runs), flush=True)


def row(cell: Cell, runs: int) -> str:
    """How often the interval holds, and how often it lets the groups pass as alike."""
    rng = np.random.default_rng([*cell.sizes, round(-cell.truth * 1e6)])
    bounds = np.zeros((runs, len(THRESHOLDS), 2))
    is_lone = np.zeros(runs, dtype=bool)
    for run in range(runs):
        compared = study(cell, rng, run)
        is_lone[run] = any(side.carried_by == 1 for side in compared.sides)
        for index, threshold in enumerate(THRESHOLDS):
            with mock.patch.object(exact_sides, "MIN_DEVIATING", threshold):
                lo_K, hi_K = simultaneous_bounds(compared, LEVEL)
            bounds[run, index] = lo_K[0], hi_K[0]
    held = (bounds[..., 0] - 1e-9 <= cell.truth) & (cell.truth <= bounds[..., 1] + 1e-9)
    reach = np.abs(bounds).max(-1)
    wrongly, met = reach < abs(cell.truth), reach <= TOLERANCE
    where = "both" if cell.both else "one"
    cells = (
        *(f"{cell.sizes[0]} and {cell.sizes[1]}", f"{cell.share * cell.sizes[0]:.0f}", f"{cell.wrong:.0%}", where),
        *(percent(held[:, index]) for index in range(3)),
        *(percent(held[is_lone, index]) for index in range(2)),
        *(percent(wrongly[:, index]) for index in range(2)),
        percent(met[:, 0] & ~is_lone),
        percent(met[:, 1]),
    )
    return f"| {' | '.join(cells)} |"


def study(cell: Cell, rng: np.random.Generator, run: int) -> GroupComparison:
    """One study, as `measure` compares its groups."""
    group_S = np.repeat([0, 1], cell.sizes)
    fails_S = (rng.random(len(group_S)) < cell.share) & (cell.both | (group_S == 0))
    wrong_S = rng.binomial(CLIPS, np.where(fails_S, cell.wrong, 0.0))
    sums = np.stack([CLIPS - wrong_S, np.full(len(group_S), CLIPS)], axis=1).astype(np.float64)
    axis = Groups(("tone",), (Group.of("first"), Group.of("second")), group_S)
    grouped = GroupTallies([Tally(sums, (accuracy(),))], np.arange(len(group_S)), group_S, axis)
    settings = MeasureSettings(gaps=("accuracy",), permutations=399, seed=run)
    planned = plan_axis(RowFactory("d", "m", "clean", settings), grouped, ()).as_they_are
    (compared,) = compare_planned(planned, settings)
    return compared


def accuracy() -> Metric:
    """Right of all clips."""
    return Metric(
        facts=FACTS,
        value=lambda sums: ratio(sums[..., 0], sums[..., 1]),
        num_samples=lambda sums: sums[..., 1],
        num_unscored=lambda sums: np.zeros(sums.shape[:-1]),
        gradient=FractionGradient([1, 0], [0, 1]),
    )


def percent(chosen: np.ndarray) -> str:
    """A share of studies; nothing where there are fewer than 20."""
    return f"{100 * chosen.mean():.1f}" if len(chosen) >= 20 else ""


if __name__ == "__main__":
    main()
