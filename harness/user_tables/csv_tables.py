"""CSV as programs and spreadsheets write it: commas, semicolons, tabs; UTF-8 or UTF-16; decimal commas.

Every cell is read as text, so that ``007`` and ``NA`` stay what they are.
"""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from harness.errors import HarnessError
from harness.files import MAX_TABLE_BYTES, text_lines
from harness.user_tables.cells import MISSING
from harness.user_tables.raw_table import (
    MAX_COLUMNS,
    RawTable,
    require_few_rows,
    require_file_size,
)
from harness.wording import listed

SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "vertical bars"}
BY_NAME = {".csv": ",", ".tsv": "\t"}
"""The ending of a file's name → the separator that it states."""
HEAD_BYTES = 2**16
_MARKS = {
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_ZEROS = 0.7
"""The share of zeros among every second byte from which on a text without a mark is UTF-16 of Latin letters."""

_NOT_TEXT = ": not a readable CSV file: it is not UTF-8 text. Save the table as UTF-8 (in Excel: CSV UTF-8)."
_MOST_NAMED = 12
_NUMBERED, _UNNUMBERED = re.compile(r"Row #(\d+): Expected (\d+) columns, got (\d+)"), "CSV parse error: Expected"
_DECIMAL_COMMA = r"^\s*[+-]?\d*(?:,\d+)?(?:[eE][+-]?\d+)?\s*$"


class CsvDialect(NamedTuple):
    """How a CSV file is written.

    Attributes:
        encoding: a codec's name.
        separator: of its cells, one character.
        skipped: lines above the header.
    """

    encoding: str
    separator: str
    skipped: int

    def remarks(self) -> list[str]:
        """What is unusual about it."""
        found = []
        if self.separator != ",":
            found.append(f"separated by {SEPARATORS.get(self.separator, repr(self.separator))}")
        if self.encoding != "utf-8":
            found.append(f"encoded in {self.encoding.upper()}")
        return found


def read_csv_table(path: Path, max_rows: int | None) -> RawTable:
    """Read a CSV file, block by block, up to one row more than allowed.

    Raises:
        HarnessError: it is not text, a row has more or fewer cells than the header, or there are too many rows.
    """
    require_file_size(path, MAX_TABLE_BYTES)
    dialect = csv_dialect(path)
    rows = pa.Table.from_batches(list(_batches(path, dialect, max_rows)))
    rows = _without_blank_rows(rows)
    if not rows.num_rows:
        raise HarnessError(f"{path}: not a readable CSV file: all cells are empty.")
    names = [str(cell or "") for cell in rows.slice(0, 1).to_pylist()[0].values()]
    cells = rows.slice(1).rename_columns([f"{place}" for place in range(len(names))])
    remarks = dialect.remarks()
    if dialect.separator != ",":
        cells, with_commas = _with_decimal_points(cells)
        remarks += (
            [f"decimal commas in {listed([names[place] for place in with_commas], _MOST_NAMED)}"]
            if with_commas
            else []
        )
    return RawTable(cells.rename_columns(names), tuple(remarks))


def csv_dialect(path: Path) -> CsvDialect:
    """How a CSV file is written, from its start.

    Raises:
        HarnessError: it is empty, or not text.
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    if not head.strip():
        raise HarnessError(f"{path}: not a readable CSV file: it is empty, with no rows.")
    encoding = _encoding(head)
    if encoding == "utf-8" and b"\0" in head:
        raise HarnessError(f"{path}: not a readable CSV file: it is not text.")
    _require_text(head, encoding, path)
    lines = text_lines(head.decode(encoding, errors="replace").lstrip("\ufeff"))
    stated = _stated_separator(lines)
    separator = stated or _separator(next((line for line in lines if line.strip()), ""))
    return CsvDialect(encoding, separator, 1 if stated else 0)


def unlike_name(path: Path) -> str | None:
    """What separates the cells of a table whose name states another separator: ``commas, not tabs``; else None.

    Raises:
        HarnessError: see `csv_dialect`.
        OSError: see `csv_dialect`.
    """
    stated = BY_NAME.get(path.suffix.lower())
    if stated is None or (found := csv_dialect(path).separator) == stated:
        return None
    return f"{SEPARATORS.get(found, repr(found))}, not {SEPARATORS[stated]}"


def separator_hint(header: Sequence[str], expected: str) -> str:
    """A sentence to end a message about a header with, if one of its cells holds another separator.

    Args:
        header: as it was cut at the expected separator.
        expected: one of `SEPARATORS`.
    """
    others = [words for mark, words in SEPARATORS.items() if mark != expected and any(mark in c for c in header)]
    if not others:
        return ""
    return f" Its columns are separated by {listed(others)}. Separate the columns by {SEPARATORS[expected]}."


def _encoding(head: bytes) -> str:
    for mark, encoding in _MARKS.items():
        if head.startswith(mark):
            return encoding
    first, second = (head[start::2].count(0) / max(len(head) // 2, 1) for start in (0, 1))
    if max(first, second) < _ZEROS or min(first, second) > _ZEROS:
        return "utf-8"
    return "utf-16-le" if second > first else "utf-16-be"


def _require_text(head: bytes, encoding: str, path: Path) -> None:
    """Check the start of a file first: that it is no text says more than that its rows have no equal width."""
    try:
        codecs.getincrementaldecoder(encoding)().decode(head)
    except UnicodeError:
        raise HarnessError(f"{path}{_NOT_TEXT}") from None


def _stated_separator(lines: list[str]) -> str | None:
    """The separator that Excel writes in the first line, as in ``sep=;``."""
    first = lines[0].strip("\r\n") if lines else ""
    return first[4] if len(first) == 5 and first.lower().startswith("sep=") else None


def _separator(header: str) -> str:
    """The separator that splits the header into the most columns; a comma if it has but one."""
    try:
        return max(SEPARATORS, key=lambda separator: len(next(csv.reader([header], delimiter=separator), [])))
    except csv.Error:  # a cell of the header is longer than any name
        return ","


def _batches(path: Path, dialect: CsvDialect, max_rows: int | None) -> Iterator[pa.RecordBatch]:
    def opened(*, use_threads: bool) -> pyarrow.csv.CSVStreamingReader:
        return pyarrow.csv.open_csv(
            path,
            # The header is read as a row: types are set by name, and its names are not known before.
            read_options=pyarrow.csv.ReadOptions(
                autogenerate_column_names=True,
                encoding=dialect.encoding,
                skip_rows=dialect.skipped,
                use_threads=use_threads,
            ),
            parse_options=pyarrow.csv.ParseOptions(delimiter=dialect.separator, newlines_in_values=True),
            convert_options=pyarrow.csv.ConvertOptions(
                column_types={f"f{place}": pa.string() for place in range(MAX_COLUMNS + 1)}
            ),
        )

    try:
        reader = opened(use_threads=True)
        if len(reader.schema) > MAX_COLUMNS:
            raise HarnessError(f"{path}: over {MAX_COLUMNS:,} columns.")
        num_rows = -1
        for batch in reader:
            yield batch
            num_rows += batch.num_rows
            require_few_rows(num_rows, max_rows, path)
    except (pa.ArrowException, UnicodeError) as error:
        message = str(error)
        if _UNNUMBERED in message and not _NUMBERED.search(message):
            message = _error_in_one_thread(lambda: opened(use_threads=False), message)
        otherwise = unlike_name(path)
        hint = f" It was read as separated by {otherwise}." if otherwise else ""
        raise HarnessError(f"{path}{_what_is_wrong(message)}{hint}") from None


def _error_in_one_thread(opened: Callable[[], Iterable[pa.RecordBatch]], otherwise: str) -> str:
    """Arrow's message about a broken row with its number, which only one thread that has read all before knows."""
    try:
        for _ in opened():
            pass
    except (pa.ArrowException, UnicodeError) as error:
        return str(error)
    return otherwise


def _what_is_wrong(error: str) -> str:
    """Arrow's message, in words about the table."""
    if broken := _NUMBERED.search(error):
        row, expected, found = map(int, broken.groups())
        return f", row {row - 1}: {found} cells, but the header has {expected}."
    if "UTF8" in error or "codec can't decode" in error:
        return _NOT_TEXT
    if "Empty CSV" in error:
        return ": not a readable CSV file: no rows under the header."
    if "straddling" in error:
        return ": a row of over 1 MiB. Is this a table with one row per line?"
    return f": not a readable CSV file ({error})."


def _without_blank_rows(rows: pa.Table) -> pa.Table:
    """Spreadsheets write rows without content as separators alone."""
    if not rows.num_columns:
        return rows
    blank = pc.equal(pc.utf8_trim_whitespace(rows.column(0)), "")
    for column in rows.columns[1:]:
        if not pc.any(blank, min_count=0).as_py():
            return rows
        blank = pc.and_(blank, pc.equal(pc.utf8_trim_whitespace(column), ""))
    return rows.filter(pc.invert(blank))


def _with_decimal_points(cells: pa.Table) -> tuple[pa.Table, list[int]]:
    """The table with decimal points, and the places of the columns that had commas."""
    found = []
    for place, column in enumerate(cells.columns):
        if not pc.any(pc.match_substring(column, ","), min_count=0).as_py():
            continue
        missing = pc.is_in(pc.utf8_lower(pc.utf8_trim_whitespace(column)), value_set=pa.array(MISSING))
        if pc.all(pc.or_(missing, pc.match_substring_regex(column, _DECIMAL_COMMA))).as_py():
            points = pc.replace_substring(column, ",", ".")
            cells = cells.set_column(place, cells.column_names[place], points)
            found.append(place)
    return cells, found
