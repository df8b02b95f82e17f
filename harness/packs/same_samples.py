"""Whether two samples tables, pseudonymised with different keys, are of the same samples in the same order."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from harness.arrays import Bools
from harness.attributes.shared_answers import IDS


def different_columns(theirs: pa.Table, own: pa.Table) -> dict[str, int]:
    """The columns that differ, with the number of rows; of a column that only one table has, all rows.

    Ids are pseudonyms, and differ: of these it is compared which rows have the same one.

    Args:
        theirs: samples as a pack has them.
        own: likewise, and as many.
    """
    found = {}
    for name in dict.fromkeys([*theirs.column_names, *own.column_names]):
        if name not in theirs.column_names or name not in own.column_names:
            found[name] = own.num_rows
            continue
        both = [table[name].combine_chunks() for table in (theirs, own)]
        if name in IDS:
            both = [_first_rows(column) for column in both]
        if num := int(_differ(*both).sum()):
            found[name] = num
    return found


def _first_rows(ids: pa.Array) -> pa.Array:
    """For each row the first row with the same id; null where there is none."""
    return pc.index_in(ids, value_set=pc.unique(ids), skip_nulls=True)


def _differ(one: pa.Array, other: pa.Array) -> Bools:
    """Row by row; rows without a value are alike."""
    if one.equals(other):
        return np.zeros(len(one), dtype=np.bool_)
    pairs = zip(one.to_pylist(), other.to_pylist(), strict=True)
    return np.array([left != right for left, right in pairs], dtype=np.bool_)
