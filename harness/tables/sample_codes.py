"""Text columns → integer codes: reasons of unscored samples, and strata of matched samples."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from harness.arrays import Bools, Ints
from harness.errors import HarnessError, Reason
from harness.tables.encoded_texts import Column, as_array, of_texts, plain
from harness.tables.schemas import CLEAN
from harness.wording import did_you_mean

NO_CODE = -1
MAX_REASONS = 10
MAX_REASONS_COUNTED = 20_000
"""With more distinct reasons only those are named that are not rare, see `least_frequency`: so the rest need not
be kept, and it does not matter how rows are split."""
REASON = r"^[\w .,()/-]{1,60}$"
"""Reasons that can be part of a metric's name; others are counted without a metric of their own."""
_NOT_APPLICABLE = f":{Reason.NOT_APPLICABLE}"
MAX_STRATA = 200
"""More combinations of the matched columns than this leave too few samples in each to compare."""


def count_reasons(rows: pa.Table) -> Counter[str]:
    """How often each reason occurs, by the name of its metric.

    A reason's code is the part before the first colon; the name of the metric contains the outcome:
    ``failed:no_face``.

    Args:
        rows: predictions of one model under one condition.
    """
    _, names = _reason_names(rows)
    return Counter({each["values"].as_py(): each["counts"].as_py() for each in pc.value_counts(names.drop_null())})


def most_frequent(counts: Mapping[str, int], condition: str = CLEAN) -> tuple[str, ...]:
    """The names of the most frequent reasons, sorted.

    Args:
        counts: see `count_reasons`.
        condition: the condition of the predictions. That a sample cannot be changed is no reason of the model.
    """
    if len(counts) > MAX_REASONS_COUNTED:
        least = least_frequency(sum(counts.values()))
        counts = {name: num for name, num in counts.items() if num > least}
    own = [item for item in counts.items() if condition == CLEAN or not item[0].endswith(_NOT_APPLICABLE)]
    chosen = sorted(own, key=lambda item: (-item[1], item[0]))[:MAX_REASONS]
    return tuple(sorted(name for name, _ in chosen))


def least_frequency(num: int) -> int:
    """A reason that is among very many is named only if it occurs more often than this.

    Args:
        num: all rows with a reason.
    """
    return num // (MAX_REASONS_COUNTED // 2 + 1)


def reason_codes(rows: pa.Table, reasons: Sequence[str]) -> Ints:
    """The reason of each row ``[N]`` as an index into ``reasons``, or `NO_CODE`."""
    unscored, names = _reason_names(rows)
    reason_N = np.full(rows.num_rows, NO_CODE, dtype=np.int64)
    found = pc.fill_null(pc.index_in(names, value_set=pa.array(reasons, pa.string())), NO_CODE)
    reason_N[unscored.to_numpy(zero_copy_only=False)] = found.to_numpy(zero_copy_only=False)
    return reason_N


def applicable_rows(rows: pa.Table) -> Bools | None:
    """Whether the condition could change the sample of each row ``[N]``; None if it could change all."""
    unscored, names = _reason_names(rows)
    unchanged = pc.fill_null(pc.ends_with(names, _NOT_APPLICABLE), False)
    if not pc.any(unchanged).as_py():
        return None
    applicable_N = np.ones(rows.num_rows, dtype=np.bool_)
    applicable_N[unscored.to_numpy(zero_copy_only=False)] = ~unchanged.to_numpy(zero_copy_only=False)
    return applicable_N


def _reason_names(rows: pa.Table) -> tuple[pa.Array, pa.Array]:
    """Which rows have no score; and for these the name of the reason's metric, null if it can have none."""
    unscored = of_texts(rows["outcome"], lambda texts: pc.not_equal(texts, "scored"))
    codes = of_texts(as_array(rows["reason"]).filter(unscored), _codes)
    outcomes = plain(as_array(rows["outcome"]).filter(unscored))
    return unscored, pc.binary_join_element_wise(outcomes, codes, ":")


def _codes(reasons: Column) -> Column:
    """The part of each reason before the first colon; null if it can be no part of a metric's name."""
    codes = pc.utf8_trim_whitespace(
        pc.list_element(pc.split_pattern(pc.fill_null(reasons, ""), ":", max_splits=1), 0)
    )
    return pc.if_else(pc.match_substring_regex(codes, REASON), codes, None)


def strata_of(samples: pa.Table, columns: Sequence[str]) -> tuple[Ints, tuple[str, ...]]:
    """The stratum of each sample ``[N]`` as an index into the sorted combinations that occur; and these.

    Args:
        samples: validated.
        columns: the columns to match on, such as ``label`` and ``ctx.intensity``. An empty cell is a value.

    Raises:
        HarnessError: there is no such column; there are too many combinations.
    """
    texts = [_texts(samples, column) for column in columns]
    joined = pc.binary_join_element_wise(*texts, " * ")
    strata = sorted(pc.unique(joined).to_pylist())
    if len(strata) > MAX_STRATA:
        raise HarnessError(
            f"samples: {', '.join(columns)} have {len(strata)} combinations, at most {MAX_STRATA} can be matched. "
            f"Match on fewer columns or on bands."
        )
    codes = pc.index_in(joined, value_set=pa.array(strata, pa.string()))
    return codes.to_numpy(zero_copy_only=False).astype(np.int64), tuple(strata)


def _texts(samples: pa.Table, column: str) -> pa.Array:
    if column not in samples.column_names:
        raise HarnessError(
            f"samples: no column {column!r} to match on; there are {', '.join(samples.column_names)}."
            f"{did_you_mean(column, samples.column_names)}"
        )
    values = samples[column].combine_chunks()
    if pa.types.is_nested(values.type):
        raise HarnessError(f"samples: {column} holds {values.type}, which cannot be matched on.")
    if len(pc.unique(values)) > MAX_STRATA:
        raise HarnessError(
            f"samples: {column} has more than {MAX_STRATA} different values; match on bands of it instead."
        )
    return pc.fill_null(values.cast(pa.string()), "")
