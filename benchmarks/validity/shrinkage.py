"""Are shrunken values of small intersections nearer the truth, and do their intervals hold it?

Cells of unequally many subjects (negative binomial, one or more), beta-binomial clips, additive effects of several
attributes with a standard deviation of 0.05, interactions as said. *Raw* is the cell's pooled rate with Student's
interval from its own linearised standard error; cells of one subject have none.

    OMP_NUM_THREADS=1 python benchmarks/validity/shrinkage.py --runs 500
"""

from __future__ import annotations

import argparse
import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

from harness.statistics.intervals import Range
from harness.statistics.shrinkage import shrunken

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
ICC, CLIPS, RATE, ADDITIVE_SD = 0.1, (10, 40), 0.6, 0.05
SMALL = 5


@dataclass(frozen=True)
class Cells:
    """A kind of study: attributes' numbers of values, mean subjects per cell, the interactions' deviation."""

    values: tuple[int, ...]
    subjects: int
    interaction_sd: float


@dataclass(frozen=True)
class Outcome:
    """One study: squared errors and whether intervals hold, raw and shrunken; sizes; test; estimate."""

    squares: Floats
    held: Floats
    num_subjects: Ints
    p: float
    between_sd: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=500)
    runs = parser.parse_args().runs
    print(
        f"{runs} runs, nominal 95 %, Monte Carlo s.e. of the test at 5 %: {100 * math.sqrt(0.0475 / runs):.1f} %\n"
    )
    print(
        "| cells | subjects per cell | interactions | RMSE raw | RMSE shrunken | coverage raw | coverage shrunken "
        "| of small cells, raw | shrunken | interaction found | estimate |"
    )
    print("|---|---|---|---|---|---|---|---|---|---|---|")
    for values in ((2, 2), (2, 5), (2, 5, 3), (6,)):
        for subjects in (5, 20):
            for interaction_sd in (0.0, 0.03, 0.08):
                print(row(Cells(values, subjects, interaction_sd), runs), flush=True)


def row(kind: Cells, runs: int) -> str:
    """One line of the table."""
    studies = [study(kind, np.random.default_rng([*kind.values, kind.subjects, run])) for run in range(runs)]
    squares = np.concatenate([s.squares for s in studies], axis=1)
    held = np.concatenate([s.held for s in studies], axis=1)
    small = np.concatenate([s.num_subjects for s in studies]) <= SMALL
    raw, drawn = np.sqrt(np.nanmean(squares, axis=1))
    shown = (
        " by ".join(map(str, kind.values)),
        str(kind.subjects),
        f"{kind.interaction_sd:g}",
        f"{raw:.3f}",
        f"{drawn:.3f}",
        *(f"{share:.1%}" for share in np.nanmean(held, axis=1)),
        *(f"{share:.1%}" for share in np.nanmean(held[:, small], axis=1)),
        f"{np.nanmean([s.p < 0.05 for s in studies]):.1%}",
        f"{np.nanmean([s.between_sd for s in studies]):.3f}",
    )
    return f"| {' | '.join(shown)} |"


def study(kind: Cells, rng: np.random.Generator) -> Outcome:
    parts = np.stack([axis.ravel() for axis in np.indices(kind.values)], axis=1)
    additive = sum(rng.normal(0, ADDITIVE_SD, num)[parts[:, i]] for i, num in enumerate(kind.values))
    between = kind.interaction_sd * rng.standard_normal(len(parts))
    truth = np.clip(RATE + between + (additive if len(kind.values) > 1 else 0.0), 0.05, 0.97)
    num = np.maximum(1, rng.negative_binomial(1.5, 1.5 / (1.5 + kind.subjects), len(parts)))
    value, error = np.array([pooled(rate, size, rng) for rate, size in zip(truth, num, strict=True)]).T
    found = shrunken(value, error, parts, num_subjects_G=num, level=0.95, within=Range(0.0, 1.0))
    half_width = stats.t.ppf(0.975, np.maximum(num - 1, 1)) * error
    return Outcome(
        squares=np.stack([(value - truth) ** 2, (found.value - truth) ** 2]),
        held=np.stack(
            [
                np.where(np.isfinite(error), np.abs(value - truth) <= half_width, np.nan),
                np.where(np.isfinite(found.lo), (found.lo <= truth) & (truth <= found.hi), np.nan),
            ]
        ),
        num_subjects=num,
        p=found.interaction_p,
        between_sd=found.between_sd,
    )


def pooled(rate: float, num: int, rng: np.random.Generator) -> tuple[float, float]:
    """A cell's rate over all clips, and its standard error over subjects."""
    samples = rng.integers(*CLIPS, num)
    right = rng.binomial(samples, rng.beta(rate * (1 / ICC - 1), (1 - rate) * (1 / ICC - 1), num))
    value = right.sum() / samples.sum()
    if num == 1:
        return value, math.nan
    return value, math.sqrt(((right - value * samples) ** 2).sum() * num / (num - 1)) / samples.sum()


if __name__ == "__main__":
    main()
