"""One reading of cells for every table that a user gives, whatever its format.

Ids, labels and other names are *text*: in Unicode's normal form C, without blanks around it; a whole number is
the same text whether it came as an integer, a float or text (``7``, ``7.0``, ``"7.0"``); ``NA`` is a name like any
other, and only an empty cell is missing. *Numbers* and *values* (attributes and context) also know the usual words
for a missing value, `MISSING`. A column of values is numeric if all its cells are finite numbers, otherwise it is
text.
"""

from __future__ import annotations

import unicodedata
from typing import TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

from harness.errors import HarnessError

Cells: TypeAlias = pa.Array | pa.ChunkedArray
"""A column of any type."""

MISSING = ("", "na", "n/a", "nan", "null", "<na>", "#n/a")
"""How tables say that a number or a value is missing, in any case. Not ``none``: it may be an answer."""

BLANKS = "".join(chr(code) for code in range(0x3001) if chr(code).isspace()) + "\ufeff\u200b\u2060"
"""All white space, of which U+3000 is the last, and the characters without width that spreadsheets and web pages
leave at the ends of cells."""

_WHOLE = r"^(-?(?:0|[1-9][0-9]*))\.0+$"
_NUMBER = r"^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$"
_EXACT = 2.0**53


def as_text(cells: Cells, column: str, table: object) -> Cells:
    """Ids, labels and other names as text, chunked if the cells are; an empty cell is null.

    Args:
        cells: of a type that Arrow can write as text.
        column: its name, for messages.
        table: how messages call the table, such as its path.

    Raises:
        HarnessError: a cell is a list or another structure; or a number is so large that a float does not hold all
            of its digits.
    """
    if pa.types.is_dictionary(cells.type):  # of pandas: each category is read once
        return _of_categories(cells, column, table)
    if pa.types.is_floating(cells.type):
        return _of_floats(cells, column, table)
    texts = _trimmed(_as_strings(cells, column, table))
    if pc.any(pc.match_substring(texts, ".0"), min_count=0).as_py():
        texts = pc.replace_substring_regex(texts, _WHOLE, r"\1")
    return pc.if_else(pc.equal(texts, ""), pa.scalar(None, pa.string()), texts)


def as_paths(cells: Cells, column: str, table: object) -> Cells:
    """Names of files, as they are on the disk: only without blanks around them; an empty cell is null.

    Raises:
        HarnessError: see `as_text`.
    """
    if _is_number(cells.type):
        return as_text(cells, column, table)
    texts = pc.utf8_trim(_as_strings(cells, column, table), characters=BLANKS)
    return pc.if_else(pc.equal(texts, ""), pa.scalar(None, pa.string()), texts)


def plain_text(text: str) -> str:
    """One text as cells are read: in form C, without blanks around it."""
    return unicodedata.normalize("NFC", text).strip(BLANKS)


def as_values(cells: Cells, column: str, table: object, *, typed: bool = False) -> Cells:
    """The values of an attribute or of context: float64 if all are finite numbers, otherwise text.

    Args:
        cells: see `as_text`.
        column: its name, for messages.
        table: how messages call the table.
        typed: whether the cells have the type that they are meant to have, so that text stays text.

    Raises:
        HarnessError: see `as_text`.
    """
    if pa.types.is_boolean(cells.type):
        return as_text(cells, column, table)
    if _is_number(cells.type):
        return _without_nan(cells.cast(pa.float64()))
    texts = _without_missing(as_text(cells, column, table))
    if typed:
        return texts
    try:
        numbers = texts.cast(pa.float64())
    except pa.ArrowInvalid:
        return texts
    finite = pc.all(pc.is_finite(numbers), min_count=0).as_py()
    return numbers if finite and texts.null_count < len(texts) else texts


def as_numbers(cells: Cells, column: str, table: object, *, infinite: bool = False) -> Cells:
    """Numbers as float64; a missing one is null.

    Args:
        cells: see `as_text`.
        column: its name, for messages.
        table: how messages call the table.
        infinite: whether a number may be infinite.

    Raises:
        HarnessError: a cell is not a number, or not a finite one; the message names its row (the first under the
            header is 1).
    """
    numbers = _without_nan(cells.cast(pa.float64()) if _is_number(cells.type) else _parsed(cells, column, table))
    row = -1 if infinite else pc.index(pc.is_finite(numbers), False).as_py()
    if row >= 0:
        found = cells[row].as_py()
        raise HarnessError(f"{table}, row {row + 1}, column {column}: {found!r} is not a finite number.")
    return numbers


def _is_number(kind: pa.DataType) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind))


def _of_categories(cells: Cells, column: str, table: object) -> Cells:
    if not isinstance(cells, pa.ChunkedArray):
        return as_text(cells.dictionary, column, table).take(cells.indices)
    whole = cells.combine_chunks()
    if isinstance(whole, pa.ChunkedArray):
        return as_text(cells.cast(cells.type.value_type), column, table)
    return pa.chunked_array([_of_categories(whole, column, table)], pa.string())


def _of_floats(cells: Cells, column: str, table: object) -> Cells:
    if pa.types.is_float16(cells.type):  # for which Arrow cannot compute
        cells = cells.cast(pa.float32())
    cells = _without_nan(cells)
    whole = pc.fill_null(pc.and_(pc.is_finite(cells), pc.equal(cells, pc.trunc(cells))), False)
    inexact = pc.index(pc.and_(whole, pc.greater(pc.abs(cells), _EXACT)), True).as_py()
    if inexact >= 0:
        found = cells[inexact].as_py()
        raise HarnessError(
            f"{table}, row {inexact + 1}, column {column}: {found:.0f} is a float, which does not hold all digits "
            "of so large a number. Save the column as text."
        )
    integers = pc.if_else(whole, cells, pa.scalar(0, cells.type)).cast(pa.int64())
    return pc.if_else(whole, integers.cast(pa.string()), cells.cast(pa.string()))


def _as_strings(cells: Cells, column: str, table: object) -> Cells:
    try:
        if pa.types.is_nested(cells.type):
            raise pa.ArrowInvalid(f"type {cells.type}")
        return cells.cast(pa.string())
    except pa.ArrowException as error:
        raise HarnessError(f"{table}, column {column}: expected text or numbers ({error}).") from None


def _trimmed(texts: Cells) -> Cells:
    if not pc.all(pc.string_is_ascii(texts), min_count=0).as_py():
        texts = _composed(texts)
    return pc.utf8_trim(texts, characters=BLANKS)


def _composed(texts: Cells) -> Cells:
    """In form C. Not with Arrow's ``utf8_normalize``: in version 25 it decomposes, whichever form is asked for."""
    if isinstance(texts, pa.ChunkedArray):
        return pa.chunked_array([_composed(chunk) for chunk in texts.chunks], pa.string())
    distinct = texts.dictionary_encode()
    composed = [unicodedata.normalize("NFC", text) for text in distinct.dictionary.to_pylist()]
    return pa.array(composed, pa.string()).take(distinct.indices)


def _without_nan(numbers: Cells) -> Cells:
    if not pa.types.is_floating(numbers.type):
        return numbers
    return pc.if_else(pc.is_nan(numbers), pa.scalar(None, numbers.type), numbers)


def _without_missing(texts: Cells) -> Cells:
    missing = pc.is_in(pc.utf8_lower(texts), value_set=pa.array(MISSING))
    return pc.if_else(missing, pa.scalar(None, pa.string()), texts)


def _parsed(cells: Cells, column: str, table: object) -> Cells:
    if pa.types.is_string(cells.type):
        try:  # most tables hold nothing but plain numbers
            return pc.if_else(pc.equal(cells, ""), pa.scalar(None, pa.string()), cells).cast(pa.float64())
        except pa.ArrowInvalid:
            pass
    texts = _without_missing(as_text(cells, column, table))
    try:
        return texts.cast(pa.float64())
    except pa.ArrowInvalid:
        row = max(pc.index(pc.match_substring_regex(texts, _NUMBER), False).as_py(), 0)
        raise HarnessError(
            f"{table}, row {row + 1}, column {column}: {texts[row].as_py()[:80]!r} is not a number."
        ) from None
