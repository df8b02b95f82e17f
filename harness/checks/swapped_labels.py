"""Swapped labels: are two labels swapped for some people, in one part of the study, or in some of the rows?

If only a part was exported with another list of labels, the best order of all labels is still the model's own (see
`harness.checks.label_order`).

Shapes: N samples, R rows (people, or people within a part), C classes, P pairs of classes, K parts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from harness.arrays import Bools, Ints
from harness.checks.checked_system import MAX_CLASSES, CheckedSystem
from harness.checks.properties import Property, context_properties, text_property
from harness.checks.swap_evidence import (
    LEVELS,
    PairTables,
    exchanged_share,
    pair_tables,
    parts_p,
    people_p,
    reversal_p,
)
from harness.checks.swap_mixture import swapped_people
from harness.metrics.categorical import UNSCORED, count_answers
from harness.statistics.codes import renumbered
from harness.tables.alignment import NO_LABEL
from harness.tables.results import Result
from harness.verdicts.judge import checked, not_tested
from harness.wording import listed, quantity

CHECK = "swapped_labels"
MAX_SHARE = 0.1
"""To pass, at most this share of the samples of any two labels may be swapped."""

MAX_SUBJECTS = 2000
"""With more, a random part of the subjects is used."""

REMEDY = (
    "Remedy: compare the labels and answers of these samples with their source; they may come from another export "
    "or another version of the label list."
)


def swapped_labels(system: CheckedSystem) -> list[Result]:
    """Whether two labels are swapped for some people, in a part of the study, or in some rows.

    The figure is the largest share of the samples of two labels that could be swapped. Parts are the values of the
    context columns and the splits.
    """
    people = _people(system)
    if people is None:
        reason = f"There are no answers to between 2 and {MAX_CLASSES} classes with enough subjects."
        return [system.finding(CHECK, not_tested(reason))]
    return [people.finding(system)]


def samples_behind(system: CheckedSystem, finding: Mapping[str, Any]) -> Bools:
    """The samples of two labels, of those people or of that part, for whom they look swapped: ``[N]``.

    Where none look so: those in which the two labels that could be swapped the most are confused, or have them.

    Args:
        system: that was checked.
        finding: of this check, as a row of the results.
    """
    chosen_N = np.zeros(system.samples.num_rows, bool)
    people = _people(system)
    if people is None or finding["value"] is None:
        return ~chosen_N
    found = people.search(system)
    if found.swap is not None:
        chosen_n = people.has_pair(found.swap.pair) & found.swap.chosen
    else:
        of_pair_n = people.has_pair(found.worst)
        chosen_n = of_pair_n & (people.truth != people.answer)
        chosen_n = chosen_n if chosen_n.any() else of_pair_n
    chosen_N[people.rows[chosen_n] if chosen_n.any() else people.rows] = True
    return chosen_N


@dataclass(frozen=True)
class _Swap:
    """Two labels that look swapped.

    Attributes:
        said: for whom or where.
        pair: number of the two labels.
        chosen: the samples of these people, or of this part ``[N]``.
    """

    said: str
    pair: int
    chosen: Bools


@dataclass(frozen=True)
class _Found:
    """What was found.

    Attributes:
        swap: the labels that look swapped; None if none do.
        worst: the pair of which the most samples could be swapped.
        share: of them that look swapped.
        upper: the upper bound of that share.
    """

    swap: _Swap | None
    worst: int
    share: float
    upper: float


@dataclass(frozen=True)
class _People:
    """Samples of people whose labels and answers are both known, ``[N]`` of them.

    Attributes:
        rows: of the samples table.
        subject: 0 … S - 1.
        truth: 0 … C - 1.
        answer: 0 … C - 1, or `UNSCORED` where something else was answered.
        names: of the C classes.
    """

    rows: Ints
    subject: Ints
    truth: Ints
    answer: Ints
    names: tuple[str, ...]

    def finding(self, system: CheckedSystem) -> Result:
        found = self.search(system)
        could = f"up to {found.upper:.0%} of the samples of {self.pair(found.worst)} could be swapped"
        if found.swap:
            judgement = checked(True, f"{found.swap.said} {REMEDY}")
        elif found.upper > MAX_SHARE:
            reason = (
                f"No person and no part of the study clearly has two labels swapped, but {could}: they are "
                "confused that often in both directions, and a swap in some of the rows would look the same."
            )
            judgement = checked(None, reason)
        else:
            reason = f"No person and no part of the study has two labels swapped; {could}."
            judgement = checked(False, reason)
        return system.finding(
            CHECK,
            judgement,
            value=found.share,
            threshold=MAX_SHARE,
            num_samples=len(self.rows),
            num_subjects=len(np.unique(self.subject)),
        )

    def search(self, system: CheckedSystem) -> _Found:
        """Look for two labels that are swapped for a share of the people, for single people, or in a part."""
        tables = self.tables(self.subject)
        share_P, upper_P = exchanged_share(tables, system.level)
        worst = int(upper_P.argmax())
        error = (1 - system.level) / 2
        swap = (
            self._of_two_kinds(system, tables, np.flatnonzero(upper_P > MAX_SHARE), error / 3)
            or self._of_people(system, tables, error / 3)
            or self._of_parts(system, error / 3)
        )
        return _Found(swap, worst, float(share_P[worst]), float(upper_P[worst]))

    def has_pair(self, index: int) -> Bools:
        """Which samples have one of two labels, and one of them as the answer ``[N]``."""
        pair = [int(side_P[index]) for side_P in self.pairs]
        return np.isin(self.truth, pair) & np.isin(self.answer, pair)

    @property
    def pairs(self) -> tuple[Ints, Ints]:
        """The two classes of each pair, ``[P]`` each."""
        first_P, second_P = np.triu_indices(len(self.names), 1)
        return first_P, second_P

    def pair(self, index: int) -> str:
        """How a pair is called."""
        first_P, second_P = self.pairs
        return listed([self.names[first_P[index]], self.names[second_P[index]]])

    def tables(self, row_N: Ints) -> PairTables:
        """Of every row and pair."""
        counts = count_answers(row_N, self.truth, self.answer, int(row_N.max()) + 1, len(self.names))
        return pair_tables(counts, *self.pairs)

    def _of_two_kinds(self, system: CheckedSystem, tables: PairTables, pairs: Ints, error: float) -> _Swap | None:
        """The finding that two labels are swapped for a share of the people; None if that may be chance."""
        if len(self.names) < 3 or not len(pairs):
            return None
        found = [swapped_people(tables, int(pair)) for pair in pairs]
        best = int(np.argmin([each.p for each in found]))
        p = min(1.0, found[best].p * tables.kept.shape[1])
        if p > error:
            return None
        return self._said_of_people(system, np.flatnonzero(found[best].posterior > 0.5), int(pairs[best]), p)

    def _of_people(self, system: CheckedSystem, tables: PairTables, error: float) -> _Swap | None:
        """The finding that two labels are swapped for single people; None if that may be chance."""
        p_RP = reversal_p(tables)
        p_P = people_p(p_RP)
        best = int(p_P.argmin())
        p = min(1.0, float(p_P[best]) * len(p_P))
        if p > error:
            return None
        return self._said_of_people(system, np.flatnonzero(p_RP[:, best] <= LEVELS[0]), best, p)

    def _said_of_people(self, system: CheckedSystem, subjects: Ints, pair: int, p: float) -> _Swap:
        first = self.rows[[int(np.flatnonzero(self.subject == subject)[0]) for subject in subjects[:3]]].tolist()
        shown = listed([f"row {row}" for row in system.stored_rows(first)], most=3)
        everybody = quantity(len(np.unique(self.subject)), "subject")
        said = (
            f"For {len(subjects)} of {everybody} (such as those of {shown} of samples.parquet) the answers "
            f"{self.pair(pair)} look swapped (p = {p:.2g})."
        )
        return _Swap(said, pair, np.isin(self.subject, subjects))

    def _of_parts(self, system: CheckedSystem, error: float) -> _Swap | None:
        """The finding that two labels are swapped in a part of the study; None if that may be chance."""
        found: list[tuple[float, _Swap]] = []
        num, people = 0, int(self.subject.max()) + 1
        for part in _parts(system):
            cells, cell_N = renumbered(part.code[self.rows] * people + self.subject)
            part_R = cells // people
            enough = np.bincount(part_R, minlength=len(part.values)) >= system.min_subjects
            p_KP = parts_p(self.tables(cell_N), part_R, len(part.values))[enough]
            num += p_KP.size
            if p_KP.size:
                value, pair = np.unravel_index(int(p_KP.argmin()), p_KP.shape)
                code = int(np.flatnonzero(enough)[value])
                name = part.values[code]
                where = f"Where {part.name} is {listed([name])}, the answers {self.pair(int(pair))} look swapped"
                found.append((float(p_KP.min()), _Swap(where, int(pair), part.code[self.rows] == code)))
        if not found:
            return None
        least, swap = min(found, key=lambda one: (one[0], one[1].said))
        said = f"{swap.said} (p = {least * num:.2g})."
        return replace(swap, said=said) if least * num <= error else None


def _parts(system: CheckedSystem) -> list[Property]:
    """Parts that may have been exported separately: context columns with few values, and the split."""
    contexts = [context for context in context_properties(system.samples, system.votes) if not context.measured]
    split = text_property("split", system.samples["split"])
    return [part for part in (*contexts, split) if part.varies()]


def _people(system: CheckedSystem) -> _People | None:
    """The samples of classes with enough subjects; None where there are fewer than two such classes."""
    aligned, mapping = system.aligned, system.aligned.mapping
    if mapping is None or len(mapping.classes) > MAX_CLASSES:
        return None
    usable = np.flatnonzero((aligned.truth != NO_LABEL) & (aligned.answer != NO_LABEL))
    subjects = np.unique(aligned.subject[usable])
    if len(subjects) > MAX_SUBJECTS:
        chosen = np.random.default_rng(system.seed).permutation(subjects)[:MAX_SUBJECTS]
        usable = usable[np.isin(aligned.subject[usable], chosen)]
    pairs = np.unique(aligned.truth[usable] * aligned.num_subjects + aligned.subject[usable]) // max(
        1, aligned.num_subjects
    )
    kept = np.flatnonzero(np.bincount(pairs, minlength=len(mapping.classes)) >= system.min_subjects)
    if len(kept) < 2:
        return None
    rows = usable[np.isin(aligned.truth[usable], kept)]
    position = np.full(len(mapping.classes) + len(mapping.outside), UNSCORED)
    position[kept] = np.arange(len(kept))
    return _People(
        rows=rows,
        subject=renumbered(aligned.subject[rows])[1],
        truth=position[aligned.truth[rows]],
        answer=position[aligned.answer[rows]],
        names=tuple(mapping.classes[index] for index in kept.tolist()),
    )
