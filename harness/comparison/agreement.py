"""Whether runs agree on the samples that they share, checked piece by piece."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from harness.arrays import Bools
from harness.attributes.groups import PREFIX
from harness.attributes.people import SUBJECT_COLUMN
from harness.cards.taxonomy import class_of
from harness.comparison.answered_samples import ROW_COLUMN
from harness.comparison.finished_runs import FinishedRun
from harness.errors import HarnessError
from harness.tables.sample_keys import ID_COLUMN
from harness.tables.schemas import DIMENSIONS

_LABEL = "label"


def agreed_columns(run: FinishedRun) -> list[str]:
    """The columns on which runs must agree, after those that identify a sample."""
    attributes = [name for name in run.answers.schema.names if name.startswith(PREFIX)]
    return [ROW_COLUMN, ID_COLUMN, SUBJECT_COLUMN, _LABEL, *DIMENSIONS, *attributes]


@dataclass
class _Differing:
    """Samples that differ in one column: how many; the first, its row in the first run, and its values."""

    num: int = 0
    row: int | None = None
    sample: str = ""
    values: tuple[object, object] = (None, None)


class Agreement:
    """The same samples must have the same subject, class, dimensions and attributes in all runs.

    Args:
        finished: the runs; each is compared with the first.
    """

    def __init__(self, finished: Sequence[FinishedRun]) -> None:
        self._finished = finished
        named = [agreed_columns(run)[2:] for run in finished]
        self._differing = {
            (index, column): _Differing()
            for index, names in enumerate(named[1:], start=1)
            for column in named[0]
            if column in names
        }

    def add(self, tables: Sequence[pa.Table]) -> None:
        """Add some samples: `agreed_columns` of every run, in the same order."""
        for (index, column), so_far in self._differing.items():
            pair = tables[0][column], tables[index][column]
            if column == _LABEL:
                one, other = (
                    _classes(values, self._finished[of_run])
                    for of_run, values in zip((0, index), pair, strict=True)
                )
            else:
                one, other = (values.combine_chunks() for values in pair)
            differing = np.flatnonzero(_differ(one, other))
            if not len(differing):
                continue
            so_far.num += len(differing)
            first = differing[np.argmin(tables[0][ROW_COLUMN].to_numpy()[differing])]
            row = tables[0][ROW_COLUMN][first].as_py()
            if so_far.row is None or row < so_far.row:
                so_far.row, so_far.sample = row, tables[0][ID_COLUMN][first].as_py()
                so_far.values = one[first].as_py(), other[first].as_py()

    def require(self) -> None:
        """Require that nothing differs.

        Raises:
            HarnessError: some samples do; it names the first.
        """
        for (index, column), found in self._differing.items():
            if found.num:
                raise HarnessError(
                    f"{self._finished[0].path} and {self._finished[index].path} disagree on {found.num:,} of the "
                    f"samples that they share. The first: sample {found.sample!r} has {column} "
                    f"{found.values[0]!r} in the one and {found.values[1]!r} in the other. Run both on the same "
                    "version of the dataset, with the same merging of labels."
                )


def _classes(labels: pa.ChunkedArray, run: FinishedRun) -> pa.Array:
    encoded = pc.dictionary_encode(labels.combine_chunks())
    to_class = class_of(run.settings.merge)
    classes = pa.array([to_class(label) for label in encoded.dictionary.to_pylist()], pa.string())
    return classes.take(encoded.indices)


def _differ(one: pa.Array, other: pa.Array) -> Bools:
    """Where values differ; two nulls are equal, and so are two NaNs."""
    if one.equals(other):
        return np.zeros(len(one), dtype=np.bool_)
    if one.type != other.type:
        pairs = zip(one.to_pylist(), other.to_pylist(), strict=True)
        return np.array([a != b for a, b in pairs], dtype=np.bool_)
    same = pc.fill_null(pc.equal(one, other), False)
    if pa.types.is_floating(one.type):
        same = pc.or_(same, pc.fill_null(pc.and_(pc.is_nan(one), pc.is_nan(other)), False))
    same = pc.or_(same, pc.and_(pc.is_null(one), pc.is_null(other)))
    differ_N: Bools = pc.invert(same).to_numpy(zero_copy_only=False)
    return differ_N
