"""Array-likes of any library → Arrow columns: the one conversion of everything that holds one value per sample.

Lists, NumPy, pandas, Arrow, tensors, and whatever else Arrow or NumPy can read. Whatever goes wrong on the way is
a `HarnessError` that names the argument.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from harness.errors import HarnessError
from harness.user_tables.cells import as_text
from harness.wording import quantity

ArrayLike = Any
"""A sequence, a NumPy array, a pandas Series, an Arrow array, a tensor: one value per sample."""

Columns = Any
"""A dict of names to arrays, a pandas DataFrame, an Arrow table, a named pandas Series, or a list of dicts."""

MAX_PROBLEM = 200
MAX_INTEGER = 2**63 - 1


def column(name: str, values: ArrayLike, num_samples: int | None = None) -> pa.Array:
    """One value per sample: Boolean, int64, float64 or, for everything else, text; NaN and None are null.

    Args:
        name: of the argument, for messages.
        values: see `ArrayLike`.
        num_samples: how many there must be; None takes any number.

    Raises:
        HarnessError: not one value per sample.
    """
    if isinstance(values, str | bytes | Mapping | Set) or values is None or is_table(values):
        raise HarnessError(
            f"{name}: {_kind(values)} is not an array with one value per sample. Give a list or array."
        )
    try:
        found = _typed(_arrow_array(values))
    except Exception as error:  # other libraries' objects raise whatever they like
        raise HarnessError(f"{name}: not an array with one value per sample ({_in_short(error)}).") from None
    if num_samples is not None and len(found) != num_samples:
        raise HarnessError(f"{name}: {len(found):,} values for {num_samples:,} samples. Give one for each sample.")
    return found


def texts(name: str, values: ArrayLike, num_samples: int | None = None) -> pa.Array:
    """Names, such as those of subjects, read as in files (`harness.user_tables.cells`): every sample has one.

    Raises:
        HarnessError: not one value per sample, or a number with a fraction.
    """
    found = as_text(whole(name, column(name, values, num_samples)), name, "arrays")
    if found.null_count:
        raise HarnessError(f"{name}: no value for {quantity(found.null_count, 'sample')}. Every sample needs one.")
    return found


def numbers(name: str, values: ArrayLike, num_samples: int | None = None) -> pa.Array:
    """Numbers as float64.

    Raises:
        HarnessError: not one number per sample.
    """
    found = column(name, values, num_samples)
    try:
        return found.cast(pa.float64())
    except pa.ArrowException:
        raise HarnessError(f"{name}: not numbers.") from None


def whole(name: str, values: pa.Array, remedy: str = "Give names or whole numbers.") -> pa.Array:
    """Floats as integers, which is what pandas makes floats of where a value is missing; other types as they are.

    Raises:
        HarnessError: a number has a fraction; ``remedy`` says what to do.
    """
    if not pa.types.is_floating(values.type):
        return values
    try:
        return values.cast(pa.int64())  # refuses fractions
    except pa.ArrowException:
        fraction = values.filter(pc.fill_null(pc.not_equal(values, pc.trunc(values)), False))
        example = fraction[0].as_py() if len(fraction) else pc.max(pc.abs(values)).as_py()
        raise HarnessError(f"{name} holds {example:g}, which is no whole number. {remedy}") from None


def named_columns(argument: str, given: Columns | None) -> dict[Any, ArrayLike]:
    """Name → values, in their order.

    Raises:
        HarnessError: there are no names, or a name is there twice.
    """
    if given is None:
        return {}
    if is_series(given):
        if given.name is None:
            raise HarnessError(
                f"{argument}: the Series has no name. Give a dict, such as {argument}={{'sex': sex}}."
            )
        return {given.name: given}
    if not is_table(given):
        raise HarnessError(
            f"{argument}: give a dict of names to arrays, a DataFrame or an Arrow table, not {_kind(given)}."
        )
    pairs = list(_pairs(given))
    repeated = [name for name, times in Counter(str(name) for name, _ in pairs).items() if times > 1]
    if repeated:
        raise HarnessError(f"{argument}: there are several columns {repeated[0]!r}.")
    return dict(pairs)


def is_table(given: object) -> bool:
    """Whether it holds several named columns."""
    if isinstance(given, Mapping | pa.Table | pa.RecordBatch):
        return True
    if isinstance(given, list | tuple):
        return any(isinstance(row, Mapping) for row in given)
    return hasattr(given, "columns") and not isinstance(given, pa.ChunkedArray)


def is_series(given: object) -> bool:
    """Whether it is a pandas Series."""
    return _is_of(given, "pandas") and hasattr(given, "index") and not hasattr(given, "columns")


def require_same_index(arguments: Mapping[str, Any]) -> None:
    """Rows of pandas objects are matched by position: their indices must say the same.

    Args:
        arguments: name → array, table, or mapping or pair of arrays.

    Raises:
        HarnessError: two indices differ in their values or their order.
    """
    indices = [of for name, values in arguments.items() for of in _indices(name, values)]
    for name, index in indices[1:]:
        first_name, first = indices[0]
        if not index.equals(first):
            same = len(index) == len(first) and set(index) == set(first)
            found = "has another order than" if same else "differs from"
            raise HarnessError(
                f"{name}: its pandas index {found} that of {first_name}. Bring both into one order, such as with "
                ".loc, or give arrays (.to_numpy()) if their rows belong together as they stand."
            )


def as_numpy(values: Any) -> Any:
    """Tensors, and what else speaks NumPy, as NumPy arrays; the objects of pandas and Arrow stay what they are."""
    if hasattr(values, "detach"):
        values = values.detach().cpu()
        values = values.double() if values.dtype.is_floating_point else values  # NumPy has no bfloat16
    if hasattr(values, "__array__") and not _is_of(values, "pandas", "pyarrow"):
        return np.asanyarray(values)
    return values


def _indices(name: str, values: Any) -> Iterator[tuple[str, Any]]:
    if _is_of(values, "pandas") and hasattr(values, "index"):
        yield name, values.index
    elif isinstance(values, Mapping):
        for key, inner in values.items():
            yield from _indices(f"{name}[{key!r}]", inner)
    elif isinstance(values, tuple):
        for inner in values:
            yield from _indices(name, inner)


def _arrow_array(values: ArrayLike) -> pa.Array:
    if isinstance(values, pa.ChunkedArray):
        values = values.combine_chunks()
    found = values if isinstance(values, pa.Array) else pa.array(as_numpy(values), from_pandas=True)
    if isinstance(found, pa.ChunkedArray):  # of a pandas column that Arrow keeps in pieces
        found = found.combine_chunks()
    return found.dictionary_decode() if isinstance(found, pa.DictionaryArray) else found


def _typed(found: pa.Array) -> pa.Array:
    if pa.types.is_floating(found.type):
        found = found.cast(pa.float64())
        return pc.if_else(pc.is_nan(found), pa.scalar(None, pa.float64()), found)
    if pa.types.is_integer(found.type) and (pc.max(found).as_py() or 0) <= MAX_INTEGER:
        return found.cast(pa.int64())
    return found if pa.types.is_boolean(found.type) else found.cast(pa.string())


def _pairs(given: Columns) -> Iterable[tuple[Any, ArrayLike]]:
    if isinstance(given, list | tuple):
        rows: Sequence[Mapping[Any, Any]] = [row or {} for row in given]
        names = dict.fromkeys(name for row in rows for name in row)
        return [(name, [row.get(name) for row in rows]) for name in names]
    if isinstance(given, Mapping) or _is_of(given, "pandas"):
        return list(given.items())
    table = given if isinstance(given, pa.Table | pa.RecordBatch) else pa.table(given)
    return zip(table.column_names, table.columns, strict=True)


def _is_of(value: object, *packages: str) -> bool:
    """Whether a value's class is one of these packages', without importing them."""
    return type(value).__module__.partition(".")[0] in packages


def _kind(value: object) -> str:
    return "None" if value is None else type(value).__name__


def _in_short(error: Exception) -> str:
    text = " ".join(str(error).split()) or type(error).__name__
    return text if len(text) <= MAX_PROBLEM else f"{text[: MAX_PROBLEM - 1]}…"
