"""How often does the check `answers` say that retried samples, groups or days differ, and how often do they?

Whether a sample must be asked for again, has no answer, or is answered right depends on the person (beta
distributions, intra-class correlation 0.1). Retried are a tenth of the samples, unanswered 5 %, right 60 %.

- The accuracy of retried samples is that of the others, or lower by 0.1 or 0.2.
- Samples of one group are retried as often as others, more often by 0.05, which is tolerated, or by 0.15. Groups
  are of equal size, or the one that is retried more has 6 people.
- On one day as many samples are unanswered as on others, or more by 0.05 or 0.15. Every person is asked about on
  all days, or all samples of a person on one.

    OMP_NUM_THREADS=1 python benchmarks/validity/retried_answers.py     (prints the tables of retried_answers.md)
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from printed_table import percent, print_head, print_row
from systems import numbered, system_of

from harness.attributes.group import Group
from harness.attributes.groups import Groups
from harness.checks.checked_system import CheckedSystem
from harness.checks.single_answers import answers
from harness.tables.alignment import NO_LABEL
from harness.tables.schemas import ANSWERS

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

ICC = 0.1
RETRIED, UNANSWERED, RIGHT = 0.1, 0.05, 0.6
TOLERATED, MUCH = 0.05, 0.15
CLASSES = 4
FEW = 6


@dataclass(frozen=True)
class People:
    """How many people, and the clips of each: a number, or geometric with mean 20."""

    subjects: int
    clips: int | None

    def subject(self, rng: np.random.Generator) -> Ints:
        """The person of every sample."""
        num = rng.geometric(1 / 20, self.subjects) if self.clips is None else np.full(self.subjects, self.clips)
        return np.repeat(np.arange(self.subjects), num)

    def words(self) -> list[str]:
        """Its columns."""
        return [str(self.subjects), "geometric" if self.clips is None else str(self.clips)]


PEOPLE = [People(subjects, clips) for subjects in (20, 60, 200) for clips in (4, 20, None)]
FEWER = [people for people in PEOPLE if people.subjects < 200]


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=250)
    runs = parser.parse_args().runs
    start = time.process_time()
    print("### Accuracy of retried samples, in percent of studies\n")
    print_head(["subjects", "clips", "alike: found", "lower by 0.1: found", "by 0.2: found"])
    for people in PEOPLE:
        found = [_given(runs, "retried", partial(_retried, people, lower)) for lower in (0.0, 0.1, 0.2)]
        print_row([*people.words(), *(percent(each["not_met"], runs) for each in found)])
    print("\n### Retried by group\n")
    print_head(["subjects", "clips", "groups", *_COLUMNS])
    for people in FEWER:
        for groups in ("2 alike", "6 alike", f"{FEW} people and others"):
            if groups.startswith("6 alike") and people.subjects < 60:
                continue  # groups of three people are not compared
            make = partial(_by_group, people, groups)
            print_row([*people.words(), groups, *_verdicts(runs, "retried by group", make)])
    print("\n### Unanswered by day\n")
    print_head(["subjects", "clips", "days", *_COLUMNS])
    for people in FEWER:
        for days, each in ((2, "all"), (2, "one"), (7, "all"), (7, "one")):
            make = partial(_by_day, people, days, each == "one")
            print_row([*people.words(), f"{days}, {each} of a person", *_verdicts(runs, "days", make)])
    minutes = (time.process_time() - start) / 60
    print(f"\n{runs} studies of each cell, {minutes:.0f} minutes of one processor.")


_COLUMNS = (
    *("alike: found", "alike: passed", "more by 0.05: found", "more by 0.05: passed"),
    "more by 0.15: found",
)


def _verdicts(runs: int, about: str, make: partial[CheckedSystem]) -> list[str]:
    alike, tolerated, much = (_given(runs, about, partial(make, more)) for more in (0.0, TOLERATED, MUCH))
    shown = [alike["not_met"], alike["met"], tolerated["not_met"], tolerated["met"], much["not_met"]]
    return [percent(count, runs) for count in shown]


def _given(runs: int, about: str, make: partial[CheckedSystem]) -> Counter[str]:
    """How many studies get each verdict from the finding about something."""
    seed = f"{about} {make.func.__name__} {make.args}"
    rng = np.random.default_rng(np.random.SeedSequence([*seed.encode()]))
    every = ({found.group: str(found.verdict) for found in answers(make(rng))} for _ in range(runs))
    return Counter(of_study.get(about, "nothing was retried") for of_study in every)


def _retried(people: People, lower: float, rng: np.random.Generator) -> CheckedSystem:
    subject = people.subject(rng)
    is_retried = _drawn(RETRIED, subject, rng)
    is_right = _drawn(RIGHT, subject, rng) & ~(is_retried & (rng.random(len(subject)) < lower / RIGHT))
    return _system(subject, is_right, is_retried=is_retried)


def _by_group(people: People, groups: str, more: float, rng: np.random.Generator) -> CheckedSystem:
    subject = people.subject(rng)
    number = 2 if groups.startswith("2") else 6
    group_S = np.minimum(np.arange(people.subjects) // FEW, 1) if "and" in groups else None
    group = (np.arange(people.subjects) % number if group_S is None else group_S)[subject]
    is_retried = _drawn(RETRIED, subject, rng) | ((group == 0) & (rng.random(len(subject)) < more / (1 - RETRIED)))
    names = tuple(Group.of(f"g{code}") for code in range(int(group.max()) + 1))
    axes = [Groups(("group",), names, group)]
    return _system(subject, _drawn(RIGHT, subject, rng), is_retried=is_retried, axes=axes)


def _by_day(people: People, days: int, one_each: bool, more: float, rng: np.random.Generator) -> CheckedSystem:
    subject = people.subject(rng)
    day = subject % days if one_each else rng.integers(0, days, len(subject))
    is_lost = _drawn(UNANSWERED, subject, rng) | (
        (day == 0) & (rng.random(len(subject)) < more / (1 - UNANSWERED))
    )
    return _system(subject, _drawn(RIGHT, subject, rng), is_lost=is_lost, day=day)


def _drawn(share: float, subject: Ints, rng: np.random.Generator) -> Bools:
    """Which samples, of this share on average, which differs between people."""
    spread = (1 - ICC) / ICC
    return (
        rng.random(len(subject)) < rng.beta(share * spread, (1 - share) * spread, int(subject.max()) + 1)[subject]
    )


def _system(
    subject: Ints,
    is_right: Bools,
    *,
    is_retried: Bools | None = None,
    is_lost: Bools | None = None,
    day: Ints | None = None,
    axes: Sequence[Groups] = (),
) -> CheckedSystem:
    """A system with what it said of single answers."""
    num = len(subject)
    truth = np.arange(num) % CLASSES
    answer = np.where(is_right, truth, (truth + 1) % CLASSES)
    scored = np.ones(num, np.bool_) if is_lost is None else ~is_lost
    system = system_of(subject, truth, np.where(scored, answer, NO_LABEL), CLASSES, scored=scored, axes=axes)
    said = {
        "sample_id": system.samples["sample_id"],
        "model": pa.repeat("toy", num),
        "condition": pa.repeat("clean", num),
        "attempts": pa.array(np.ones(num, np.int32) + (0 if is_retried is None else is_retried), pa.int32()),
        **({} if day is None else {"day": numbered("2026-11-", day)}),
    }
    arrays = [said.get(field.name, pa.nulls(num, field.type)) for field in ANSWERS]
    return replace(system, answers=pa.table(arrays, schema=ANSWERS))


if __name__ == "__main__":
    main()
