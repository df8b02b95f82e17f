"""How often does the blind control blame a system that looks, and how often does it find one that does not?

A system gives one of 3 or 7 answers; the commonest takes half, 80 or 95 % of all, and the more the answers to one
person agree (intra-class correlation), the fewer people have another. Without the medium it answers

- always the commonest (a system that says "neutral" to grey), or
- half of the time as before, else anything, as often as before: just what is accepted.

Then systems that do not look: all answers stay the same, 98 or 90 % do, and the others are any.

    OMP_NUM_THREADS=1 python benchmarks/validity/blind_answers.py     (prints the tables of blind_answers.md)
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from dataclasses import dataclass, replace
from functools import cache
from unittest import mock

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from printed_table import print_head, print_row
from systems import class_names, system_of

from harness.checks import unchanged_answers
from harness.checks.blind import blind
from harness.tables.probe_tables import AS_GIVEN, BLIND, PROBES

Ints = npt.NDArray[np.int64]

SUBJECTS, CLIPS, ICCS, COMMONEST, CLASSES = (8, 16, 40, 100), (1, 4, 20), (0.0, 0.3, 0.9), (0.5, 0.8, 0.95), (3, 7)
LOOKING = ("commonest", "half")
NOT_LOOKING = (1.0, 0.98, 0.9)
COARSE = 0.95
"""The score that a service states of every answer."""


@dataclass(frozen=True)
class Cell:
    """One kind of study.

    Attributes:
        subjects: their number.
        clips: of each.
        icc: intra-class correlation of the answers to one person.
        commonest: the share of the commonest answer.
        classes: the number of answers.
        without: what is answered without the medium: one of `LOOKING`, or the share that stays the same.
        scores: whether each answer comes with a score of two decimals.
    """

    subjects: int
    clips: int
    icc: float
    commonest: float
    classes: int
    without: str | float
    scores: bool = False


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=150, help="of each cell with 3 and with 7 answers")
    runs = parser.parse_args().runs
    start = time.process_time()
    print("### Systems that look: `not_met`, in percent of studies\n")
    by_kind = [f"{name}: {clips}" for name in LOOKING for clips in CLIPS]
    print_head(["subjects", "commonest", "ICC", *by_kind])
    for subjects in SUBJECTS:
        for commonest in COMMONEST:
            for icc in ICCS:
                found = [_share(runs, "not_met", subjects, c, icc, commonest, w) for w in LOOKING for c in CLIPS]
                print_row([subjects, f"{commonest:.0%}", icc, *found])
    print("\n### The same where each answer comes with a score of two decimals\n")
    print_head(["subjects", "commonest", "ICC", *by_kind])
    for subjects in (8, 16, 40):
        found = [
            _share(runs, "not_met", subjects, clips, 0.9, 0.95, without, scores=True)
            for without in LOOKING
            for clips in CLIPS
        ]
        print_row([subjects, "95%", 0.9, *found])
    for verdict, title in (("not_met", "found (`not_met`)"), ("met", "passed (`met`)")):
        print(f"\n### Systems that do not look, {title}, in percent of studies\n")
        print_head(
            ["subjects", "commonest", *(f"{same:.0%} the same: {c}" for same in NOT_LOOKING for c in CLIPS)]
        )
        for subjects in SUBJECTS:
            for commonest in COMMONEST:
                found = [_share(runs, verdict, subjects, c, 0.3, commonest, w) for w in NOT_LOOKING for c in CLIPS]
                print_row([subjects, f"{commonest:.0%}", *found])
    print(f"\n{2 * runs} studies of each cell, {(time.process_time() - start) / 60:.0f} minutes of one processor.")


def _share(
    runs: int,
    verdict: str,
    subjects: int,
    clips: int,
    icc: float,
    commonest: float,
    without: str | float,
    *,
    scores: bool = False,
) -> str:
    cells = [Cell(subjects, clips, icc, commonest, num, without, scores) for num in CLASSES]
    given = sum((verdicts(cell, runs) for cell in cells), Counter[str]())
    return f"{100 * given[verdict] / given.total():.1f}"


@cache
def verdicts(cell: Cell, runs: int) -> Counter[str]:
    """How many studies get each verdict."""
    rng = np.random.default_rng(np.random.SeedSequence([*repr(cell).encode()]))
    subject = np.repeat(np.arange(cell.subjects), cell.clips)
    truth = np.arange(len(subject)) % cell.classes
    scores = np.tile([COARSE] + [0.01] * (cell.classes - 1), (len(subject), 1)) if cell.scores else None
    system = system_of(subject, truth, truth, cell.classes, scores=scores)
    rows, names = asked(system.samples), pa.array(class_names(cell.classes))
    given: Counter[str] = Counter()
    with mock.patch.object(unchanged_answers, "PERMUTATIONS", 1):  # the verdict does not depend on them
        for _ in range(runs):
            own = answers(cell, rng)
            of_study = answered(rows, names, own, without_medium(cell, own, rng))
            (found,) = blind(replace(system, probes=of_study))
            given[str(found.verdict)] += 1
    return given


def answers(cell: Cell, rng: np.random.Generator) -> Ints:
    """To every clip of every subject, with the medium."""
    share = np.array([cell.commonest, *[(1 - cell.commonest) / (cell.classes - 1)] * (cell.classes - 1)])
    return drawn(share, cell, rng)


def without_medium(cell: Cell, own: Ints, rng: np.random.Generator) -> Ints:
    """The same without it."""
    if cell.without == "commonest":
        return np.zeros_like(own)
    if cell.without == "half":
        stays = drawn(np.array([0.5, 0.5]), cell, rng) == 0
        return np.where(stays, own, answers(cell, rng))
    stays = rng.random(len(own)) < float(cell.without)
    return np.where(stays, own, (own + rng.integers(1, cell.classes, len(own))) % cell.classes)


def drawn(share: npt.NDArray[np.float64], cell: Cell, rng: np.random.Generator) -> Ints:
    """Codes with these shares, alike within a subject: Dirichlet-distributed around them."""
    if cell.icc == 0.0:
        return rng.choice(len(share), cell.subjects * cell.clips, p=share)
    gamma = rng.gamma(share * (1 - cell.icc) / cell.icc, size=(cell.subjects, len(share))) + 1e-300
    bounds = np.cumsum(gamma / gamma.sum(1, keepdims=True), axis=1).repeat(cell.clips, axis=0)
    code = (rng.random(len(bounds))[:, None] > bounds).sum(1)
    return np.minimum(code, len(share) - 1)


def asked(samples: pa.Table) -> pa.Table:
    """The stored probes without what was answered: each sample as it is, and without its medium."""
    num = samples.num_rows
    columns = {
        "sample_id": samples["sample_id"].to_pylist() * 2,
        "probe": [BLIND] * 2 * num,
        "variant": [AS_GIVEN] * num + ["removed"] * num,
        "outcome": ["scored"] * 2 * num,
    }
    arrays = [pa.array(columns.get(field.name, [None] * 2 * num), field.type) for field in PROBES]
    return pa.table(arrays, schema=PROBES)


def answered(rows: pa.Table, names: pa.Array, own: Ints, other: Ints) -> pa.Table:
    """The same with the answers; those with the same label come with the same scores."""
    answered = {
        "label": names.take(pa.array(np.concatenate([own, other]))),
        "max_difference": pa.array(np.concatenate([np.zeros(len(own)), np.where(own == other, 0.0, COARSE)])),
    }
    return pa.table([answered.get(name, rows[name]) for name in rows.column_names], schema=PROBES)


if __name__ == "__main__":
    main()
