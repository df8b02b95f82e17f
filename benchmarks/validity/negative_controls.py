"""How often does the negative control find a context that answers do not use, and how often one that they do?

There are four sentences. Labels are `even` over them, or `lean`: 55 % of the samples of a sentence have a label of
its own. Everybody speaks all sentences, or (`lean, one each`) one of them. Whether a system is right by the voice
(60 %) depends on the person (beta distribution, intra-class correlation 0.1); half of its errors fall on a label
that is the person's own. Beside the voice it answers a share of samples by the sentence: none, a tenth, a third,
or all; or only those of half of the people. Hours are drawn in the same ways, and answered by likewise.

    OMP_NUM_THREADS=1 python benchmarks/validity/negative_controls.py   (prints the tables of negative_controls.md)
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import numpy.typing as npt
from printed_table import percent, print_head, print_row
from systems import numbered, system_of

from harness.attributes.group import Group
from harness.attributes.groups import Groups
from harness.checks.checked_system import CheckedSystem
from harness.checks.control_choices import NegativeControl
from harness.checks.negative_control import negative_control
from harness.verdicts.judge import VERDICTS

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

ICC, RIGHT = 0.1, 0.6
CLASSES = 4
LEAN = 0.55
SENTENCE, HOUR = "ctx.sentence", "ctx.hour"
GROUPS = ("one", "other")


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


PEOPLE = [People(subjects, clips) for subjects in (12, 24, 60, 120) for clips in (8, 20, None)]
EVEN, LEAN_EACH = "even", "lean, one each"
DESIGNS = (EVEN, "lean", LEAN_EACH)
SHARES = (0.0, 0.1, 1 / 3, 1.0)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=300)
    runs = parser.parse_args().runs
    start = time.process_time()
    print("### Labels of others at the same sentence, in percent of studies\n")
    answered = [f"{_in_words(share)} by sentence" for share in SHARES]
    print_head(
        ["people", "clips", "labels", f"{answered[0]}: found", "passed", *(f"{a}: found" for a in answered[1:])]
    )
    for people in PEOPLE:
        for design in DESIGNS:
            given = [_given(runs, SENTENCE, partial(_by_sentence, people, design, share)) for share in SHARES]
            found = [percent(each["not_met"], runs) for each in given]
            print_row([*people.words(), design, found[0], percent(given[0]["met"], runs), *found[1:]])
    print("\n### The gap between two groups in what they gain by the sentence\n")
    print_head(["people", "clips", "no gain: found", "passed", "both gain: found", "one gains: found"])
    for people in PEOPLE:
        kinds = ((0.0, 0.0), (1 / 3, 1 / 3), (2 / 3, 0.0))
        given = [_given(runs, f"group at {SENTENCE}", partial(_in_groups, people, shares)) for shares in kinds]
        found = [percent(each["not_met"], runs) for each in given]
        print_row([*people.words(), found[0], percent(given[0]["met"], runs), *found[1:]])
    print("\n### An hour that answers must not go with\n")
    print_head(
        [
            "people",
            "clips",
            "hours",
            "by voice: found",
            "passed",
            *(f"{_in_words(share)} by the hour: found" for share in SHARES[1:]),
        ]
    )
    for people in PEOPLE:
        for design in DESIGNS:
            given = [
                _given(runs, f"answers by {HOUR}", partial(_by_hour, people, design, share)) for share in SHARES
            ]
            found = [percent(each["not_met"], runs) for each in given]
            print_row([*people.words(), design, found[0], percent(given[0]["met"], runs), *found[1:]])
    minutes = (time.process_time() - start) / 60
    print(f"\n{runs} studies of each cell, {minutes:.0f} minutes of one processor.")


def _in_words(share: float) -> str:
    return {0.0: "none", 0.1: "a tenth", 1.0: "all"}.get(share, "a third")


def _given(runs: int, about: str, make: Callable[[np.random.Generator], CheckedSystem]) -> Counter[str]:
    """How many studies get each verdict from the finding about something."""
    seed = f"{about} {make.func.__name__} {make.args}" if isinstance(make, partial) else about
    rng = np.random.default_rng(np.random.SeedSequence([*seed.encode()]))
    every = ({found.group: str(found.verdict) for found in negative_control(make(rng))} for _ in range(runs))
    found = Counter(of_study[about] for of_study in every)
    assert set(found) <= set(VERDICTS)
    return found


def _by_sentence(people: People, design: str, share: float, rng: np.random.Generator) -> CheckedSystem:
    subject = people.subject(rng)
    sentence, truth = _designed(subject, design, rng)
    by_sentence = rng.random(len(subject)) < share
    answer = np.where(by_sentence, sentence, _by_voice(subject, truth, rng))
    return _system(subject, truth, answer, SENTENCE, sentence)


def _in_groups(people: People, shares: Sequence[float], rng: np.random.Generator) -> CheckedSystem:
    subject = people.subject(rng)
    group = subject // CLASSES % 2
    sentence, truth = _designed(subject, "lean", rng)
    by_sentence = rng.random(len(subject)) < np.array(shares)[group]
    answer = np.where(by_sentence, sentence, _by_voice(subject, truth, rng))
    axis = Groups(("group",), tuple(Group.of(name) for name in GROUPS), group)
    return _system(subject, truth, answer, SENTENCE, sentence, [axis])


def _by_hour(people: People, design: str, share: float, rng: np.random.Generator) -> CheckedSystem:
    subject = people.subject(rng)
    hour, truth = _designed(subject, design, rng)
    answer = np.where(rng.random(len(subject)) < share, hour, _by_voice(subject, truth, rng))
    system = _system(subject, truth, answer, HOUR, hour)
    return replace(system, control=NegativeControl(outcomes=(HOUR,)))


def _designed(subject: Ints, design: str, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """The context of each sample, and its label."""
    num = len(subject)
    context = subject % CLASSES if design == LEAN_EACH else rng.integers(0, CLASSES, num)
    own = 0.0 if design == EVEN else (LEAN - 1 / CLASSES) / (1 - 1 / CLASSES)
    return context, np.where(rng.random(num) < own, context, rng.integers(0, CLASSES, num))


def _by_voice(subject: Ints, truth: Ints, rng: np.random.Generator) -> Ints:
    spread, num_subjects = (1 - ICC) / ICC, int(subject.max()) + 1
    rate_S: Floats = rng.beta(RIGHT * spread, (1 - RIGHT) * spread, num_subjects)
    any_other = (truth + rng.integers(1, CLASSES, len(truth))) % CLASSES
    usual = rng.permutation(num_subjects)[subject] % CLASSES
    wrong = np.where((usual != truth) & (rng.random(len(truth)) < 0.5), usual, any_other)
    return np.where(rng.random(len(truth)) < rate_S[subject], truth, wrong)


def _system(
    subject: Ints, truth: Ints, answer: Ints, column: str, context: Ints, axes: Sequence[Groups] = ()
) -> CheckedSystem:
    system = system_of(subject, truth, answer, CLASSES, axes=axes)
    samples = system.samples.append_column(column, [numbered("c", context)])
    control = NegativeControl(labels_of_others=(column,))
    return replace(system, samples=samples, control=control)


if __name__ == "__main__":
    main()
