"""A model's answers to the same samples on clean media and under a condition, in one numbering.

Shapes: N samples, A answers.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from harness.arrays import Ints
from harness.cards.taxonomy import LabelMapping
from harness.tables.alignment import NO_LABEL, Aligned


@dataclass(frozen=True)
class AnswersToBoth:
    """Answers under two conditions.

    Attributes:
        names: ``[A]``: the classes of the labels, then the others that the model gives under either condition.
        clean: ``[N]``, 0 … A - 1, or `NO_LABEL`.
        changed: ``[N]``, the same under the condition.
    """

    names: tuple[str, ...]
    clean: Ints
    changed: Ints

    def moved(self) -> Ints:
        """Samples by answer on clean media and under the condition ``[A + 1, A + 1]``; the last is no answer."""
        num = len(self.names) + 1
        clean_N, changed_N = (np.where(each == NO_LABEL, num - 1, each) for each in (self.clean, self.changed))
        counts: Ints = np.bincount(clean_N * num + changed_N, minlength=num * num).astype(np.int64)
        return counts.reshape(num, num)


def answers_to_both(clean: Aligned, changed: Aligned) -> AnswersToBoth:
    """The answers to the same samples in the same order; labels were mapped for both.

    A model that does not state its labels is known by its answers, which may be others under each condition.
    """
    assert clean.mapping is not None
    assert changed.mapping is not None
    others = sorted({*clean.mapping.outside, *changed.mapping.outside})
    names = (*clean.mapping.classes, *others)
    return AnswersToBoth(names, *(_renumbered(each.answer, each.mapping, names) for each in (clean, changed)))


def _renumbered(answer_N: Ints, mapping: LabelMapping | None, names: tuple[str, ...]) -> Ints:
    assert mapping is not None
    place = [names.index(name) for name in (*mapping.classes, *mapping.outside)]
    return np.array([*place, NO_LABEL], dtype=np.int64)[answer_N]
