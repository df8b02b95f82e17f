"""How often does `harness compare --equivalence` call two systems equivalent that are not, and that are?

The second of two deployments answers four clips in five as the first does, else anew. It is worse by the margin,
by half of it or not at all: for everybody a little, or for 3 in 10 people much. People differ in how well they are
read (intra-class correlation 0.1 or 0.3) and have 20 clips each, or a geometric number with mean 20. Classes have
shares of 48, 24, 14, 9 and 5 %. Coverage is 0.95, other metrics are 0.6.

    OMP_NUM_THREADS=1 python benchmarks/validity/equivalence.py     (prints the tables of equivalence.md)
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from printed_table import percent, print_head, print_row
from systems import aligned_of

from harness.attributes.group import Group
from harness.attributes.groups import Groups
from harness.measurement.measure_settings import MeasureSettings
from harness.measurement.model_counts import count_model
from harness.measurement.models.equivalence import equivalence
from harness.measurement.models.shared_metrics import ComparedModel
from harness.tables.alignment import NO_LABEL, Aligned

Ints = npt.NDArray[np.int64]

MARGIN = 0.05
PERMUTATIONS = 399
CLIPS, SAME = 20, 0.8
SHARES = np.array([0.48, 0.24, 0.14, 0.09, 0.05])
LEVEL = {"accuracy": 0.6, "uar": 0.6, "coverage": 0.95}
PEOPLE = {"accuracy": (10, 20, 60), "uar": (20, 60), "coverage": (20,)}
FEW = 8
"""People of the small group, where there is one."""


@dataclass(frozen=True)
class Cell:
    """One kind of study.

    Attributes:
        metric: of `LEVEL`.
        subjects: their number.
        equal: whether they have as many clips each.
        icc: intra-class correlation.
        affected: the share of people for whom the second is worse.
    """

    metric: str
    subjects: int
    equal: bool
    icc: float
    affected: float

    def words(self) -> list[str]:
        """Its columns."""
        whom = "everybody" if self.affected == 1.0 else f"{self.affected:.0%} of people"
        return [self.metric, str(self.subjects), "20" if self.equal else "geometric", f"{self.icc:g}", whom]


HEAD = ["metric", "subjects", "clips", "ICC", "worse for"]
WORSE = (MARGIN, MARGIN / 2, 0.0)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=250)
    runs = parser.parse_args().runs
    start = time.process_time()
    print(f"### The whole: said to be equivalent within ±{MARGIN:g}, in percent of studies\n")
    print_head(
        [*HEAD, "worse by 0.05: wrongly equivalent", "`not_met`", "by 0.025: equivalent", "alike: equivalent"]
    )
    for cell in cells():
        given = [verdicts(cell, worse, runs)["whole"] for worse in WORSE]
        at_margin = [percent(given[0][verdict], runs) for verdict in ("met", "not_met")]
        print_row([*cell.words(), *at_margin, *(percent(each["met"], runs) for each in given[1:])])
    print(f"\n### Of whole and two groups, {FEW} people in the first, worse by 0.05 in that group alone\n")
    print_head([*HEAD, "that group: wrongly equivalent", "whole and both groups: wrongly equivalent"])
    for cell in cells():
        if cell.metric != "uar" and cell.subjects >= 20 and cell.affected == 1.0:
            found = verdicts(cell, MARGIN, runs, in_group=True)
            print_row([*cell.words(), percent(found["small"]["met"], runs), percent(found["all"]["met"], runs)])
    minutes = (time.process_time() - start) / 60
    print(f"\n{runs} studies of each cell, {PERMUTATIONS} permutations, {minutes:.0f} minutes of one processor.")


def cells() -> Iterator[Cell]:
    """All of them."""
    for metric, numbers in PEOPLE.items():
        for subjects in numbers:
            yield Cell(metric, subjects, equal=True, icc=0.1, affected=1.0)
            yield Cell(metric, subjects, equal=False, icc=0.3, affected=1.0)
            yield Cell(metric, subjects, equal=True, icc=0.1, affected=0.3)
            yield Cell(metric, subjects, equal=False, icc=0.3, affected=0.3)


def verdicts(cell: Cell, worse: float, runs: int, *, in_group: bool = False) -> dict[str, Counter[str]]:
    """How many studies get each verdict on the whole, and with ``in_group`` on the small group and on all."""
    rng = np.random.default_rng(np.random.SeedSequence([*f"{cell}{worse}{in_group}".encode()]))
    given: dict[str, Counter[str]] = {"whole": Counter(), "small": Counter(), "all": Counter()}
    for run in range(runs):
        whole, *groups = study(cell, worse, rng, run, in_group=in_group)
        given["whole"][whole] += 1
        if in_group:
            given["small"][groups[0]] += 1
            given["all"]["met" if {whole, *groups} == {"met"} else "other"] += 1
    return given


def study(cell: Cell, worse: float, rng: np.random.Generator, run: int, *, in_group: bool) -> list[str]:
    """The verdicts on the whole and, with ``in_group``, on the two groups."""
    num_S = np.full(cell.subjects, CLIPS) if cell.equal else rng.geometric(1 / CLIPS, cell.subjects)
    subject = np.repeat(np.arange(cell.subjects), num_S)
    level, spread = LEVEL[cell.metric], (1 - cell.icc) / cell.icc
    right_S = rng.beta(level * spread, (1 - level) * spread, cell.subjects)
    is_worse_S = rng.random(cell.subjects) < cell.affected
    is_worse_S &= (not in_group) | (np.arange(cell.subjects) < FEW)
    other_S = right_S * (1 - is_worse_S * worse / cell.affected / level)
    drawn = rng.random(len(subject))
    again = np.where(rng.random(len(subject)) < SAME, drawn, rng.random(len(subject)))
    truth = rng.choice(len(SHARES), len(subject), p=SHARES)
    axes = [_sizes(subject)] if in_group else []
    models = [
        ComparedModel(name, count_model(_aligned(cell, subject, truth, is_right), axes))
        for name, is_right in (("file", drawn < right_S[subject]), ("service", again < other_S[subject]))
    ]
    settings = MeasureSettings(permutations=PERMUTATIONS, gaps=(cell.metric,), seed=run)
    return [d.verdict for d in equivalence(models, axes, settings, margin=MARGIN, answers=[]).differences]


def _aligned(cell: Cell, subject: Ints, truth: Ints, is_right: npt.NDArray[np.bool_]) -> Aligned:
    """A wrong answer is another class; of coverage, no answer."""
    if cell.metric == "coverage":
        answer = np.where(is_right, truth, NO_LABEL)
        return aligned_of(subject, truth, answer, len(SHARES), scored=is_right)
    return aligned_of(subject, truth, np.where(is_right, truth, (truth + 1) % len(SHARES)), len(SHARES))


def _sizes(subject: Ints) -> Groups:
    return Groups(("group",), (Group.of("small"), Group.of("other")), (subject >= FEW).astype(np.int64))


if __name__ == "__main__":
    main()
