"""Does the search for groups flag only what is there, and does it find what is there?

Beta-binomial subjects of unequally many clips (5 to 100), two to four attributes with unequal groups. Where nobody
differs, 5 % of searches may flag somebody.

    OMP_NUM_THREADS=1 python benchmarks/validity/search.py --runs 1000
"""

from __future__ import annotations

import argparse
import math
import time
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from harness.statistics.search import Found, search

Ints = npt.NDArray[np.int64]
VALUES = (2, 5, 6, 3)
WORSE = ((0, 1), (1, 3))
"""Where there is something to find: the cell of these values."""


@dataclass(frozen=True)
class Kind:
    """A kind of search.

    Attributes:
        subjects: people.
        depth: attributes that make a cell at most.
        icc: of being right.
        within: whether a further attribute of three values varies within subjects.
        spread: whether the spread of people's rates differs between the groups of the first attribute (ICC ÷ 3).
        effect: how much worse the cell `WORSE` is.
    """

    subjects: int
    depth: int = 2
    icc: float = 0.1
    within: bool = False
    spread: bool = False
    effect: float = 0.0


ALIKE = [
    Kind(20),
    Kind(30),
    Kind(60),
    Kind(200),
    Kind(200, depth=3),
    Kind(60, icc=0.02),
    Kind(60, icc=0.3),
    Kind(60, within=True),
    Kind(60, icc=0.3, within=True),
    Kind(60, spread=True),
    Kind(200, spread=True),
]
WORSE_OFF = [Kind(num, effect=effect) for num in (200, 600, 2000) for effect in (0.1, 0.2)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=1000)
    runs = parser.parse_args().runs
    print(f"{runs} runs, Monte Carlo s.e. at 5 %: {100 * math.sqrt(0.0475 / runs):.1f} %\n")
    print("| subjects | depth | ICC | | cells searched | skipped | flags anybody |\n|---|---|---|---|---|---|---|")
    for number, kind in enumerate(ALIKE):
        found = [looked(kind, number, run) for run in range(runs)]
        special = " ".join(name for name in ("within", "spread") if getattr(kind, name))
        counts = (np.mean([f.num_cells for f in found]), np.mean([f.num_skipped for f in found]))
        flagged = np.mean([bool(f.flags) for f in found])
        cells = (kind.subjects, kind.depth, kind.icc, special, *(f"{c:.0f}" for c in counts), f"{flagged:.1%}")
        print(f"| {' | '.join(map(str, cells))} |", flush=True)
    print("\n| subjects | worse by | found | anything flagged that does not meet it |\n|---|---|---|---|")
    for number, kind in enumerate(WORSE_OFF):
        found = [looked(kind, 100 + number, run) for run in range(runs // 4)]
        hit = np.mean([any(flag.parts == WORSE for flag in f.flags) for f in found])
        apart = np.mean([any(_apart(flag.parts) for flag in f.flags) for f in found])
        print(f"| {kind.subjects} | {kind.effect:g} | {hit:.1%} | {apart:.1%} |", flush=True)
    print(speed())


def looked(kind: Kind, number: int, run: int) -> Found:
    """One search."""
    rng = np.random.default_rng([number, run])
    right, samples, codes, subject = people(kind, rng)
    return search(
        right.astype(np.float64),
        samples.astype(np.float64),
        codes,
        depth=kind.depth,
        min_subjects=5,
        permutations=199,
        level=0.95,
        seed=run,
        subject_R=subject,
    )


def people(kind: Kind, rng: np.random.Generator) -> tuple[Ints, Ints, Ints, Ints]:
    """Right answers, samples, attributes and subject of every row."""
    num = kind.subjects
    codes = np.stack([rng.choice(n, num, p=np.arange(1, n + 1) / (n * (n + 1) / 2)) for n in VALUES], axis=1)
    hit = np.all([codes[:, attribute] == value for attribute, value in WORSE], axis=0)
    rate = 0.6 - kind.effect * hit
    icc = np.where(kind.spread & (codes[:, 0] == 1), kind.icc / 3, kind.icc)
    chance, samples = rng.beta(rate * (1 / icc - 1), (1 - rate) * (1 / icc - 1)), rng.integers(5, 101, num)
    if not kind.within:
        return rng.binomial(samples, chance), samples, codes, np.arange(num)
    num_rows = rng.integers(1, 4, num)
    subject = np.repeat(np.arange(num), num_rows)
    light = np.concatenate([rng.permutation(3)[:rows] for rows in num_rows])
    samples = rng.integers(5, 51, len(subject))
    return rng.binomial(samples, chance[subject]), samples, np.column_stack([codes[subject], light]), subject


def speed() -> str:
    """One search among many people."""
    right, samples, codes, subject = people(Kind(10_000), np.random.default_rng(0))
    start = time.perf_counter()
    found = search(
        right.astype(np.float64),
        samples.astype(np.float64),
        codes,
        depth=4,
        min_subjects=5,
        permutations=1000,
        level=0.95,
        seed=0,
        subject_R=subject,
    )
    seconds = time.perf_counter() - start
    return f"\n10,000 subjects, {found.num_cells} cells, 1,000 permutations: {seconds:.1f} s"


def _apart(parts: tuple[tuple[int, int], ...]) -> bool:
    """Whether a cell has nobody of the cell `WORSE` in it, and is none of the attributes that make it."""
    return all(attribute > 1 for attribute, _ in parts)


if __name__ == "__main__":
    main()
