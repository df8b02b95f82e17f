"""What is predicted from the recording: the label, or the group along an axis.

Shapes: N samples, R those of them that are used, T classes of the target, V values of a property.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from harness.arrays import Ints
from harness.checks.checked_system import MAX_CLASSES, CheckedSystem
from harness.checks.left_out import Guesses, guessed_from
from harness.checks.properties import Property
from harness.statistics.codes import distinct, renumbered
from harness.tables.alignment import NO_LABEL

MAX_SAMPLES, MAX_SUBJECTS = 100_000, 2_000
"""With more, a random part of the subjects is used."""

UNLIKELY = 1e-3
"""What happens by chance less often than this is a finding."""


@dataclass(frozen=True)
class Only:
    """A value and a class, of which one occurs only with the other: index into the values and into the classes."""

    value: int
    target: int
    said: str


@dataclass(frozen=True)
class Target:
    """What is predicted.

    Attributes:
        classes: the T classes.
        rows: ``[R]``, the samples that have one, as rows of the samples table.
        index: ``[R]``, their class, every one present.
        subject: ``[R]``, their subject, renumbered.
        drawn: whether only a random part of the subjects is used, because there are very many.
    """

    classes: tuple[str, ...]
    rows: Ints
    index: Ints
    subject: Ints
    drawn: bool

    @property
    def chance(self) -> float:
        """The UAR of guessing."""
        return 1 / len(self.classes)

    def varying(self, properties: Sequence[Property]) -> list[Property]:
        """The properties of these samples that have more than one value."""
        return [taken for taken in (p.take(self.rows) for p in properties) if taken.varies()]

    def guessed_from(self, properties: Sequence[Property], seed: int) -> Guesses:
        """The class of these samples, guessed from their properties."""
        codes = [p.code for p in properties]
        return guessed_from(codes, self.index, self.subject, num_targets=len(self.classes), seed=seed)

    def only_with(self, context: Property, min_subjects: int) -> list[Only]:
        """Values that occur with one class only, and classes with one value only, in more people than by chance.

        If values were assigned at random, n people with a value would all show a class of share p with
        probability pⁿ. This must be less than `UNLIKELY` divided by the number of values times classes: of a
        hundred sentences, some occur with one class only by chance.
        """
        code_R = context.code * len(self.classes) + self.index
        people = int(self.subject.max()) + 1
        seen_VT = self._table(context, code_R)
        people_VT = self._table(context, distinct(code_R * people + self.subject) // people)
        share_V, share_T = seen_VT.sum(1) / seen_VT.sum(), seen_VT.sum(0) / seen_VT.sum()
        unlikely = UNLIKELY / (np.count_nonzero(share_V) * len(share_T))
        found = []
        for v, t in np.argwhere(people_VT >= min_subjects).tolist():
            if seen_VT[v].sum() == seen_VT[v, t] and share_T[t] ** people_VT[v, t] < unlikely:
                found.append(Only(v, t, f"{context.values[v]} only with {self.classes[t]}"))
            elif seen_VT[:, t].sum() == seen_VT[v, t] and share_V[v] ** people_VT[v, t] < unlikely:
                found.append(Only(v, t, f"{self.classes[t]} only with {context.values[v]}"))
        return found

    def _table(self, context: Property, code_R: Ints) -> Ints:
        shape = (len(context.values), len(self.classes))
        return np.bincount(code_R, minlength=shape[0] * shape[1]).reshape(shape)


def target_of(system: CheckedSystem, classes: Sequence[str], index_N: Ints) -> Target | None:
    """The classes with at least ``min_subjects`` subjects; None if there are fewer than two, or too many.

    Args:
        system: the system and its samples.
        classes: names.
        index_N: the class of each sample, or `NO_LABEL`.
    """
    subject_N, num_subjects = system.aligned.subject, system.aligned.num_subjects
    known = np.flatnonzero(index_N != NO_LABEL)
    rows = _some_subjects(known, subject_N, system.seed)
    pairs = distinct(index_N[rows] * num_subjects + subject_N[rows]) // num_subjects
    kept = np.flatnonzero(np.bincount(pairs, minlength=len(classes)) >= system.min_subjects)
    if not 2 <= len(kept) <= MAX_CLASSES:
        return None
    used = rows[np.isin(index_N[rows], kept)]
    return Target(
        classes=tuple(classes[index] for index in kept.tolist()),
        rows=used,
        index=np.searchsorted(kept, index_N[used]),
        subject=renumbered(subject_N[used])[1],
        drawn=len(rows) < len(known),
    )


def _some_subjects(rows: Ints, subject_N: Ints, seed: int) -> Ints:
    """The rows of as many subjects, in random order, as `MAX_SAMPLES` and `MAX_SUBJECTS` allow; at least two."""
    subjects, at_R = renumbered(subject_N[rows])
    size_S = np.bincount(at_R)
    order = np.random.default_rng(seed).permutation(len(subjects))
    within = int(np.searchsorted(np.cumsum(size_S[order]), MAX_SAMPLES, side="right"))
    chosen_S = np.zeros(len(subjects), bool)
    chosen_S[order[: min(max(within, 2), MAX_SUBJECTS)]] = True
    return rows[chosen_S[at_R]]
