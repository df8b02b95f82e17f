"""Whether conditions compared with clean media are said to matter as often as they do.

    OMP_NUM_THREADS=1 python benchmarks/validity/conditions.py [--studies 400]

A system reads people in two groups, 20 clips for each, in four classes. People differ in how well they are read
(beta distribution, mean 0.7), in how much a condition costs them (half of them 1.5 times as much as on average,
the others half), and half of the clips are equally difficult with and without the condition. Each study has
severities 1, 2 and 3 and is measured as a run is, on accuracy. Where *everybody fails*, the answers at severity 3
are guesses.

Prints the table of ``conditions.md``. *Covered*: the intervals of the difference, over the whole and both groups
at once, hold the true ones; those of the area likewise; the interval of the relative error and that of the share
of unchanged answers, over the whole. *Found*: the interval of the difference of differences excludes zero.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from printed_table import print_head, print_row
from systems import aligned_of

from harness.attributes.group import Group
from harness.attributes.groups import Groups
from harness.measurement.conditions.paired_counts import PairedCounts
from harness.measurement.conditions.versus_clean import versus_clean_rows
from harness.measurement.levels import overall_levels
from harness.measurement.measure_settings import MeasureSettings
from harness.measurement.model_counts import count_model
from harness.measurement.result_rows import RowFactory
from harness.tables.alignment import Aligned
from harness.tables.results import Result

NUM_CLASSES = 4
CLIPS = 20
SEVERITIES = (1, 2, 3)


@dataclass(frozen=True)
class Setting:
    """A kind of study.

    Attributes:
        people: in both groups.
        drop: in the share of right answers at severity 3, on average; a third and two thirds of it below.
        gap: how much less often the second group is read right, with and without the condition.
        extra: what the condition costs the second group in addition, at severity 3.
        fails: whether everybody fails at severity 3.
    """

    people: tuple[int, int]
    drop: float = 0.0
    gap: float = 0.0
    extra: float = 0.0
    fails: bool = False

    def __str__(self) -> str:
        parts = [f"{self.people[0]} and {self.people[1]} people", f"drop {self.drop:g}"]
        parts += [f"gap {self.gap:g}"] if self.gap else []
        parts += [f"costs the second group {self.extra:g} more"] if self.extra else []
        parts += ["everybody fails"] if self.fails else []
        return ", ".join(parts)


SETTINGS = [
    *(Setting(people, 0.15) for people in ((6, 6), (12, 12), (30, 30), (8, 40))),
    *(Setting(people, 0.15, gap=0.15) for people in ((12, 12), (8, 40))),
    *(Setting(people, gap=gap, fails=True) for people, gap in (((12, 12), 0.0), ((12, 12), 0.3), ((30, 30), 0.0))),
    Setting((12, 12)),
    Setting((30, 30), 0.15, extra=0.2),
]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--studies", type=int, default=200)
    studies = parser.parse_args().studies
    names = ["difference covered", "area covered", "relative error covered", "unchanged covered"]
    names += ["difference of differences found", "met", "not met"]
    print_head([f"{studies} studies each", *names])
    for setting in SETTINGS:
        truth = true_values(setting)
        said = np.array([list(study(setting, truth, seed)) for seed in range(studies)], dtype=float)
        print_row([setting, *(f"{100 * share:.1f} %" for share in np.nanmean(said, axis=0))])


def study(setting: Setting, truth: Mapping[str, Any], seed: int) -> Iterator[float]:
    """What one study says, in the order of the columns."""
    answers, axis = simulated(setting, np.random.default_rng(seed), setting.people)
    settings = MeasureSettings(permutations=200, gaps=("accuracy",), seed=seed, min_subjects=4)
    clean = count_model(answers[0], [axis])
    counts = [count_model(each, [axis], clean=answers[0]) for each in answers[1:]]
    pairs = [PairedCounts("m", f"blur@{s}", of, clean) for s, of in zip(SEVERITIES, counts, strict=True)]
    rows = list(versus_clean_rows("d", pairs, [axis], settings))
    last = [row for row in rows if row.condition == f"blur@{SEVERITIES[-1]}"]
    yield covered(
        [row for row in last if row.statistic == "difference" and row.versus is None], truth["difference"]
    )
    yield covered([row for row in rows if row.condition == "blur"], truth["area"])
    relative = [row for row in last if row.index == "relative_error" and row.axis == "overall"]
    yield covered(relative, truth["relative"])
    yield float(is_unchanged_covered(counts[-1], settings, truth["unchanged"]))
    (change,) = (row for row in last if row.statistic == "difference" and row.versus == "b")
    yield float(change.lo is not None and not change.lo <= 0 <= change.hi)  # type: ignore[operator]
    yield from (float(change.verdict == name) for name in ("met", "not_met"))


def covered(rows: list[Result], truth: Mapping[str, float]) -> float:
    """Whether all intervals hold their true values; NaN without an interval."""
    assert {row.group for row in rows} == set(truth)
    if any(row.lo is None or row.hi is None for row in rows):
        return float("nan")
    return float(all(row.lo <= truth[row.group] <= row.hi for row in rows))  # type: ignore[operator]


def is_unchanged_covered(counts: Any, settings: MeasureSettings, truth: float) -> bool:
    """Whether the interval of the share of unchanged answers holds the true one."""
    tallies = [tally.joined(counts.cells.subject, counts.cells.num_subjects) for tally in counts.tallies]
    table = overall_levels(RowFactory("d", "m", "blur@3", settings), tallies).table().to_pylist()
    (row,) = (row for row in table if row["metric"] == "unchanged")
    return bool(row["lo"] <= truth <= row["hi"])


def true_values(setting: Setting) -> dict[str, Any]:
    """The same figures of very many people, in the proportion of the groups."""
    times = 200_000 // sum(setting.people)
    answers, axis = simulated(setting, np.random.default_rng(10**6), tuple(times * n for n in setting.people))
    right = np.array([each.answer == each.truth for each in answers])
    weights = np.array([1.0, 2.0, 2.0, 1.0]) / 6  # trapezoids over 0, 1, 2, 3
    of_group = {"all": slice(None), "a": axis.index == 0, "b": axis.index == 1}
    shares = {name: right[:, chosen].mean(axis=1) for name, chosen in of_group.items()}
    return {
        "difference": {name: share[-1] - share[0] for name, share in shares.items()},
        "area": {name: weights @ share - share[0] for name, share in shares.items()},
        "relative": {"all": (1 - shares["all"][-1]) / (1 - shares["all"][0])},
        "unchanged": (answers[-1].answer == answers[0].answer).mean(),
    }


def simulated(setting: Setting, rng: np.random.Generator, people: tuple[int, ...]) -> tuple[list[Aligned], Groups]:
    """The answers on clean media and at every severity, and the groups."""
    num = sum(people)
    subject = np.repeat(np.arange(num), CLIPS)
    group = np.repeat([0, 1], people)[subject]
    truth = np.tile(np.arange(CLIPS) % NUM_CLASSES, num)
    skill = rng.beta(7, 3, num)[subject] - setting.gap * group
    cost = rng.choice([0.5, 1.5], num)[subject]
    shared, is_shared = rng.random(len(subject)), rng.random(len(subject)) < 0.5
    wrong = (truth + rng.integers(1, NUM_CLASSES, len(truth))) % NUM_CLASSES
    answers = []
    for severity in (0, *SEVERITIES):
        difficulty = np.where(is_shared | (severity == 0), shared, rng.random(len(subject)))
        share = severity / SEVERITIES[-1]
        likely = skill - share * (setting.drop * cost + setting.extra * group)
        if setting.fails and severity == SEVERITIES[-1]:
            answer = rng.integers(0, NUM_CLASSES, len(truth))
        else:
            answer = np.where(difficulty < likely, truth, wrong)
        answers.append(aligned_of(subject, truth, answer, NUM_CLASSES))
    return answers, Groups(("group",), (Group.of("a"), Group.of("b")), group)


if __name__ == "__main__":
    main()
