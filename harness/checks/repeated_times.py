"""Whether a system answers the same each time that the study asks it about a sample (``repeats``).

Shapes: N samples, T times, W scores and dimensions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from harness.arrays import Floats, Ints
from harness.checks.probe_answers import says_something
from harness.tables.schemas import DIMENSIONS


@dataclass(frozen=True)
class TimesCompared:
    """The answers to the samples that were answered at least twice.

    Attributes:
        row: of the samples.
        difference: for each, the largest difference of any of its answers from the first: in a score or a
            dimension, 1 for another label, infinite where one of the two states nothing.
    """

    row: Ints
    difference: Floats


def compare_times(times: Sequence[pa.Table]) -> TimesCompared:
    """Compare the answers of each time; requests that failed, such as by a timeout, say nothing.

    Args:
        times: predictions of at least two times, of the same samples in the same order.
    """
    told_NT = np.stack([says_something(table) for table in times], axis=1)
    label_NT = np.stack([np.array(table["label"].to_pylist(), object) for table in times], axis=1)
    numbers_NTW = np.stack([_numbers(table) for table in times], axis=1)
    first_N, every_N = told_NT.argmax(axis=1), np.arange(len(told_NT))
    own_N1, own_N1W = label_NT[every_N, first_N][:, None], numbers_NTW[every_N, first_N][:, None]
    difference_NT = np.nan_to_num(np.abs(numbers_NTW - own_N1W), nan=0.0).max(axis=2, initial=0.0)
    difference_NT = np.where(label_NT != own_N1, np.maximum(difference_NT, 1.0), difference_NT)
    lacks_label_NT = _is_none(label_NT) != _is_none(own_N1)
    lacks_number_NT = (np.isnan(numbers_NTW) != np.isnan(own_N1W)).any(axis=2)
    difference_NT[lacks_label_NT | lacks_number_NT] = np.inf
    row = np.flatnonzero(told_NT.sum(axis=1) > 1)
    return TimesCompared(row, np.where(told_NT, difference_NT, 0.0)[row].max(axis=1, initial=0.0))


def _numbers(table: pa.Table) -> Floats:
    """The scores and dimensions of each answer ``[N, W]``, NaN where it states none."""
    scores = table["scores"].to_pylist()
    num_scores = max((len(of_sample) for of_sample in scores if of_sample is not None), default=0)
    nothing = [np.nan] * num_scores
    scores_NL = np.array([nothing if of_sample is None else of_sample for of_sample in scores], np.float64)
    values_ND = [pc.fill_null(table[name].cast(pa.float64()), np.nan).to_numpy() for name in DIMENSIONS]
    return np.column_stack([scores_NL.reshape(table.num_rows, num_scores), *values_ND])


_is_none = np.frompyfunc(lambda label: label is None, 1, 1)
