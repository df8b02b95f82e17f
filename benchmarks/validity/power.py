"""Does the power that a plan promises come true?

For each kind of study the plan says which gap is found with 80 % power, and within which tolerance alike groups
are certified. Here such studies are simulated and compared as the harness compares them
(`harness.statistics.max_t`): how often is a gap of just that size found, and the absence of one certified? 80 % is
promised.

    OMP_NUM_THREADS=1 python benchmarks/validity/power.py --runs 400
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from harness.metrics.tally import ratio
from harness.statistics import max_t
from harness.statistics.contrasts import Contrasts
from harness.statistics.design import Design
from harness.statistics.intervals import Range
from harness.statistics.power import (
    Assumptions,
    certifiable_gap,
    degrees_of_freedom,
    detectable_gap_between,
    gap_errors,
)
from harness.statistics.relabelling import AmongSubjects
from harness.statistics.sides import Additive, Rows

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
LEVEL = 0.95
DRAWS = 399


@dataclass(frozen=True)
class Kind:
    """A kind of study: subjects in each group, and whether they have equally many clips."""

    sizes: tuple[int, ...]
    clips: str
    icc: float = 0.1

    def samples(self, rng: np.random.Generator) -> Ints:
        """Clips per subject: 50, or few people with many (log-normal with a mean of 50)."""
        num = sum(self.sizes)
        if self.clips == "equal":
            return np.full(num, 50)
        return np.maximum(1, np.round(50 * rng.lognormal(-0.18, 0.6, num))).astype(np.int64)


def kinds() -> Iterator[Kind]:
    for num_groups in (2, 6, 12):
        for subjects in (10, 30, 100):
            yield Kind((subjects,) * num_groups, "equal")
    for subjects in (20, 30, 100):
        yield Kind((subjects,) * 6, "unequal")
    yield Kind((10, 30, 30, 60, 60, 100), "equal")
    yield Kind((30,) * 6, "equal", icc=0.02)
    yield Kind((30,) * 6, "equal", icc=0.3)
    for sizes in ((5, 200), (200, 5), (8, 40), (10, 100), (20, 80), (5, 5, 200)):
        yield Kind(sizes, "equal")
    yield Kind((20, 80), "unequal")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=400)
    runs = parser.parse_args().runs
    print(f"{runs} runs, Monte Carlo s.e. at 80 %: {100 * math.sqrt(0.16 / runs):.1f} %\n")
    print("| groups of subjects | clips | ICC | gap to be found | found | tolerance to be certified | certified |")
    print("|---|---|---|---|---|---|---|")
    for number, kind in enumerate(kinds()):
        print(row(kind, runs, np.random.default_rng(number)), flush=True)


def row(kind: Kind, runs: int, rng: np.random.Generator) -> str:
    """One line of the table. The first two groups differ; the others lie between them."""
    gaps, tolerances, found, certified = np.empty((4, runs))
    for run in range(runs):
        samples_S = kind.samples(rng)
        gaps[run], tolerances[run] = promised(kind, samples_S)
        of_gap = compared(kind, samples_S, gaps[run], rng, run)
        lo, hi = (float(bound_K[0]) for bound_K in of_gap.bounds(LEVEL))
        found[run] = lo > 0 or hi < 0
        alike = compared(kind, samples_S, 0.0, rng, run)
        lo, hi = (float(bound_K[0]) for bound_K in alike.bounds(LEVEL))
        certified[run] = max(-lo, hi) < tolerances[run]
    sizes = sorted(set(kind.sizes))
    shown = f"{len(kind.sizes)} of {sizes[0]}"
    if len(sizes) > 1:
        shown = " and ".join(map(str, kind.sizes)) if len(kind.sizes) < 4 else f"{shown} to {sizes[-1]}"
    cells = (
        shown,
        kind.clips,
        f"{kind.icc:g}",
        f"{gaps.mean():.3f}",
        f"{found.mean():.1%}",
        f"{tolerances.mean():.3f}",
        f"{certified.mean():.1%}",
    )
    return f"| {' | '.join(cells)} |"


def promised(kind: Kind, samples_S: Ints) -> tuple[float, float]:
    """What the plan says of the first two groups."""
    assumed = Assumptions(rate=0.6, icc=kind.icc, power=0.8, level=LEVEL)
    num_groups = len(kind.sizes)
    samples_SG = np.zeros((len(samples_S), num_groups), dtype=np.int64)
    samples_SG[np.arange(len(samples_S)), np.repeat(np.arange(num_groups), kind.sizes)] = samples_S
    error = float(gap_errors(samples_SG, assumed).error[0, 1])
    freedom = degrees_of_freedom(samples_SG[:, :2], assumed)
    num_pairs = num_groups * (num_groups - 1) // 2
    return (
        detectable_gap_between(samples_SG[:, :2], num_pairs=num_pairs, assumed=assumed),
        certifiable_gap(error, freedom, num_pairs=num_pairs, assumed=assumed),
    )


def compared(kind: Kind, samples_S: Ints, gap: float, rng: np.random.Generator, run: int) -> Contrasts:
    """A simulated study, with all pairs compared."""
    num_groups = len(kind.sizes)
    group_S = np.repeat(np.arange(num_groups), kind.sizes)
    rate_S = 0.6 + gap * np.array([-0.5, 0.5, *[0.0] * (num_groups - 2)])[group_S]
    spread = 1 / kind.icc - 1
    right_S = rng.binomial(samples_S, rng.beta(rate_S * spread, (1 - rate_S) * spread))
    first, second = np.triu_indices(num_groups, 1)
    return max_t.contrasts(
        Additive(
            np.stack([right_S, samples_S], axis=1).astype(np.float64),
            lambda sums: ratio(sums[..., 0], sums[..., 1]),
            within=Range(0.0, 1.0),
        ),
        Rows(np.arange(len(group_S)), group_S, len(group_S), num_groups),
        Design(np.eye(num_groups, dtype=bool), np.eye(num_groups)[first] - np.eye(num_groups)[second]),
        AmongSubjects(np.arange(len(group_S)), group_S),
        draws=DRAWS,
        seed=run,
    )


if __name__ == "__main__":
    main()
