"""Label order: would another order of the model's labels score far better?

Published tools read one label for another (anger and disgust: a UAR of 0.46 in place of 0.54). Some order is
always a little better by chance, so the gain is compared with its uncertainty over subjects, for all orders at
once.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from harness.arrays import Bools, Floats, Ints
from harness.checks.best_order import BestOrder, best_order
from harness.checks.checked_system import MAX_CLASSES, CheckedSystem
from harness.metrics.categorical import UNSCORED, count_answers
from harness.statistics.codes import distinct
from harness.tables.alignment import NO_LABEL
from harness.tables.results import Result
from harness.verdicts.judge import Judgement, checked, not_tested
from harness.wording import listed, quantity

CHECK = "label_order"
MIN_GAIN = 0.02
"""A gain in UAR of no more than this may be the model's own confusion; a wrong order costs far more."""

MAX_BLOCKS = 2000
"""More subjects are resampled in blocks: the cost is bounded, and the uncertainty is the same."""

METHOD = "subject bootstrap, simultaneous over the orders of the labels"


def label_order(system: CheckedSystem) -> list[Result]:
    """Whether another order of the labels raises UAR by more than 0.02, beyond chance.

    Abstained and failed samples are wrong in every order. Classes with fewer than ``min_subjects`` subjects are
    left out. The figure is the gain of the best order other than the model's own, negative if its own is best.
    """
    counts_SCU, columns, names = _counts(system)
    if len(columns) < 2 or len(names) > MAX_CLASSES:
        reason = (
            f"Fewer than two classes with {quantity(system.min_subjects, 'subject')}."
            if len(columns) < 2
            else f"{len(names)} classes; label order is checked for at most {MAX_CLASSES}."
        )
        return [system.finding(CHECK, not_tested(reason))]
    found = best_order(counts_SCU, columns, level=system.level, seed=system.seed)
    return [
        system.finding(
            CHECK,
            _judged(system, found, names),
            value=found.gain,
            interval=(found.lo, found.hi),
            null=(0.0, found.by_chance),
            threshold=MIN_GAIN,
            method=METHOD,
            num_samples=int(counts_SCU.sum()),
        )
    ]


def samples_behind(system: CheckedSystem, finding: Mapping[str, Any]) -> Bools:
    """The samples whose label and answer are among those that change places; without such, all: ``[N]``.

    Args:
        system: that was checked.
        finding: of this check, as a row of the results.
    """
    aligned = system.aligned
    counts_SCU, columns, _ = _counts(system)
    if finding["value"] is None or len(columns) < 2:
        return np.asarray(aligned.truth != NO_LABEL)
    if finding["verdict"] == "not_met":
        found = best_order(counts_SCU, columns, level=system.level, seed=system.seed)
        moved = [index for cycle in found.cycles for index in cycle]
        swapped_N: Bools = np.isin(aligned.truth, moved) & np.isin(aligned.answer, moved)
        return swapped_N
    tried_N: Bools = np.isin(aligned.truth, columns)
    return tried_N


def _counts(system: CheckedSystem) -> tuple[Floats, Ints, tuple[str, ...]]:
    """Answers ``[blocks, C, U + 2]`` to the C classes with enough subjects, their columns, and the U names."""
    aligned, mapping = system.aligned, system.aligned.mapping
    names = (*mapping.classes, *mapping.outside) if mapping else ()
    if mapping is None or len(names) > MAX_CLASSES:
        return np.zeros((0, 0, 0)), np.arange(len(names)), names
    labelled_N = aligned.truth != NO_LABEL
    subject_N, truth_N = aligned.subject[labelled_N], aligned.truth[labelled_N]
    answer_N = np.where(aligned.answer == NO_LABEL, UNSCORED, aligned.answer)[labelled_N]
    pairs = distinct(truth_N * aligned.num_subjects + subject_N) // max(1, aligned.num_subjects)
    enough = np.flatnonzero(np.bincount(pairs, minlength=len(mapping.classes)) >= system.min_subjects)
    blocks = min(aligned.num_subjects, MAX_BLOCKS)
    block_S = np.random.default_rng(system.seed).permutation(aligned.num_subjects) % blocks
    counts = count_answers(block_S[subject_N], truth_N, answer_N, blocks, len(names))[:, enough]
    return counts[counts.any((1, 2))], enough, names


def _judged(system: CheckedSystem, found: BestOrder, names: tuple[str, ...]) -> Judgement:
    chance = f"by chance, up to {found.by_chance:.3f}"
    if found.lo > MIN_GAIN:
        swaps = "; ".join(_spelt([names[index] for index in cycle]) for cycle in found.cycles)
        if len(names) == 2:
            swaps += ", or the system is worse than chance: with two labels the two cannot be distinguished"
        return checked(
            True,
            f"Another order of the labels raises UAR by {found.gain:.3f} ({chance}): {swaps}. {_remedy(system)}",
        )
    if found.hi <= MIN_GAIN and found.gain < 0:
        return checked(
            False,
            f"Over the whole study, the best other order of the labels would lower UAR by {-found.gain:.3f}.",
        )
    return checked(
        None,
        f"The best other order of the labels changes UAR by {found.gain:+.3f} ({chance}). These subjects and "
        "answers are too few to decide.",
    )


def _spelt(cycle: list[str]) -> str:
    """``[anger, disgust]``: the answer disgust is right for anger and the other way round."""
    if len(cycle) == 2:
        return f"{cycle[0]} and {cycle[1]} look swapped"
    steps = [
        f"{answer} where it should be {truth}" for truth, answer in zip(cycle, [*cycle[1:], cycle[0]], strict=True)
    ]
    return f"it answers {listed(steps, most=6)}"


def _remedy(system: CheckedSystem) -> str:
    if system.card.training == "cross_fitted":
        return (
            "Remedy: the labels were learned within this study; look for labels that are swapped in part of the "
            "dataset (check swapped_labels)."
        )
    return "Remedy: compare the label list of the model's card with the order that its provider documents."
