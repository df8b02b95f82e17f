"""Answered samples at values of a context column that several people share, such as a sentence that all speak.

Shapes: N samples, R of them that are used, S subjects, C values, K classes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from harness.arrays import Bools, Floats, Ints
from harness.checks.answered_target import AnsweredTarget
from harness.checks.properties import named_property
from harness.statistics.codes import distinct, renumbered
from harness.statistics.intervals import ALL_ALIKE, Interval, Range
from harness.statistics.jackknife import jackknife_intervals
from harness.tables.alignment import NO_LABEL
from harness.wording import quantity

SHARE, DIFFERENCE = Range(0.0, 1.0), Range(-1.0, 1.0)


@dataclass(frozen=True)
class Estimate:
    """A figure with its interval over people."""

    value: float
    interval: Interval

    @property
    def bounds(self) -> tuple[float, float] | None:
        """Of the interval; None if there is none, or if it only bounds how many people are unlike all of these."""
        return None if self.interval.method == ALL_ALIKE else self.interval.bounds

    def shown(self, sign: str = "") -> str:
        """The figure with its interval, as far as there is one; with `+`, positive numbers have their sign."""
        value = f"{self.value:{sign}z.3f}"
        return f"{value} [{', '.join(f'{b:{sign}z.3f}' for b in self.bounds)}]" if self.bounds else value


@dataclass(frozen=True)
class SharedContext:
    """The answered samples at values that at least two people have.

    Attributes:
        rows: ``[R]``, of the samples table.
        answer: ``[R]``, 0 … K - 1.
        label: ``[R]``, 0 … K - 1.
        subject: ``[R]``, 0 … S - 1.
        context: ``[R]``, 0 … C - 1.
        num_classes: K.
        binned: whether the values are bins of numbers.
    """

    rows: Ints
    answer: Ints
    label: Ints
    subject: Ints
    context: Ints
    num_classes: int
    binned: bool

    @classmethod
    def of(cls, answered: AnsweredTarget, samples: pa.Table, column: str) -> SharedContext | None:
        """None if there is no such column, or if people share fewer than two of its values."""
        if column not in samples.column_names:
            return None
        target = answered.label
        value_N, binned = _values(samples, column)
        kept = np.flatnonzero(_is_shared(value_N[target.rows], target.subject))
        context_R = renumbered(value_N[target.rows[kept]])[1]
        if context_R.max(initial=0) == 0:
            return None
        return cls(
            rows=target.rows[kept],
            answer=answered.answer[kept],
            label=target.index[kept],
            subject=renumbered(target.subject[kept])[1],
            context=context_R,
            num_classes=len(target.classes),
            binned=binned,
        )

    @property
    def num_subjects(self) -> int:
        """S."""
        return int(self.subject.max()) + 1

    @property
    def num_contexts(self) -> int:
        """C."""
        return int(self.context.max()) + 1

    @property
    def bins(self) -> str:
        """What to say of bins behind the name of the column."""
        return f" (in {quantity(self.num_contexts, 'bin')})" if self.binned else ""

    def estimate(self, value: Floats | float, left_out_S: Floats, level: float, within: Range) -> Estimate:
        """A figure with its interval, from the same figure without each person."""
        size_1S = np.bincount(self.subject).astype(np.float64)[None]
        value_1 = np.reshape(np.asarray(value, np.float64), 1)
        (interval,) = jackknife_intervals(
            value_1, left_out_S[None], size_1S, level=level, within=[within], kinds=["student"]
        )
        return Estimate(float(value_1[0]), interval)


def _values(samples: pa.Table, column: str) -> tuple[Ints, bool]:
    """The value of each sample as a code, or `NO_LABEL`; and whether it is a bin of numbers that are not whole."""
    cells = samples[column].combine_chunks()
    if pa.types.is_floating(cells.type):
        number_N = pc.fill_null(cells, float("nan")).to_numpy(zero_copy_only=False)
        known_N = np.isfinite(number_N)
        if (number_N[known_N] % 1 != 0).any() and (binned := named_property(samples, column)).measured:
            return np.where(known_N, binned.code, NO_LABEL), True
        cells = pc.if_else(pa.array(known_N), cells, None)
    code_N = pc.fill_null(pc.index_in(cells, value_set=pc.unique(cells.drop_null())), NO_LABEL)
    return code_N.to_numpy(zero_copy_only=False).astype(np.int64), False


def _is_shared(value_R: Ints, subject_R: Ints) -> Bools:
    """Which samples have a value that at least two people have."""
    num_subjects, known_R = int(subject_R.max()) + 1, value_R != NO_LABEL
    pairs = distinct(value_R[known_R] * num_subjects + subject_R[known_R]) // num_subjects
    people_V = np.bincount(pairs, minlength=int(value_R.max(initial=0)) + 1)
    shared: Bools = known_R & (people_V[value_R] > 1)
    return shared
