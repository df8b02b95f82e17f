"""The file of a recording → its columns as numbers.

Names of columns may be spelled as ``configs/columns.yaml`` lists; a name of our own always wins. CSV may have any
separator and encoding that users' other tables may have, and decimal commas if the separator is another.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq

from harness.arrays import Floats
from harness.errors import HarnessError, Reason, Unscored
from harness.signals.recording_files import read_other_table
from harness.signals.undecodable import undecodable
from harness.user_tables.csv_tables import csv_dialect
from harness.user_tables.known_columns import joined, recording_spellings
from harness.wording import listed, printable

RECORDED_CHANNELS = ("bvp", "ecg", "eda", "temperature")
AXES = ("acceleration_x", "acceleration_y", "acceleration_z")
INTERVALS = "interval_ms"
STATED_UNIT = re.compile(r"(?P<name>[\w.+-][\w.+ -]*) \[(?P<unit>[^\[\]]{1,20})\]")
MAX_RECORDING_BYTES = 2**28

_FORMATS = "a CSV or Parquet table of numbers with a column time_s"
_MOST_NAMED = 6


def read_recording_table(path: Path) -> tuple[Floats, dict[str, Floats], list[str]]:
    """Read the columns of a recording that are known.

    Args:
        path: the file, ``.parquet`` or else CSV.

    Returns:
        The times in s; the other columns by our names, NaN where a cell is empty; our names of the columns that
        hold anything but numbers.

    Raises:
        Unscored: missing, unreadable, over 256 MiB, no rows, no times or times that are no numbers, two columns
            that could be the same.
    """
    if (other := read_other_table(path)) is not None:
        return *other, []
    try:
        if path.stat().st_size > MAX_RECORDING_BYTES:
            raise Unscored(Reason.TOO_LARGE, f"the file is over {MAX_RECORDING_BYTES // 2**20} MiB")
        table, comma = (pq.read_table(path), False) if path.suffix == ".parquet" else _csv(path)
        ours = _known(table.column_names)
        columns, broken = {}, []
        for name, column in ours.items():
            try:
                columns[name] = _numbers(table[column], comma)
            except pa.ArrowInvalid:
                broken.append(name)
    except (pa.ArrowException, OSError, KeyError, HarnessError, UnicodeError):
        raise undecodable(path, _FORMATS) from None
    if "time_s" in broken:
        raise Unscored(Reason.UNREADABLE, f"{_shown([ours['time_s']])} holds text; expected seconds")
    if "time_s" not in columns:
        raise Unscored(Reason.UNREADABLE, f"no column time_s; there are {_shown(table.column_names)}")
    time_s = columns.pop("time_s")
    if len(time_s) == 0:
        raise Unscored(Reason.EMPTY, "no rows")
    return time_s, columns, broken


def _csv(path: Path) -> tuple[pa.Table, bool]:
    """The table, and whether a comma in a cell is a decimal comma."""
    dialect = csv_dialect(path)
    table = pyarrow.csv.read_csv(
        path,
        read_options=pyarrow.csv.ReadOptions(encoding=dialect.encoding, skip_rows=dialect.skipped),
        parse_options=pyarrow.csv.ParseOptions(delimiter=dialect.separator),
    )
    return table, dialect.separator != ","


def _known(names: Sequence[str]) -> dict[str, str]:
    """Our name → the column that has it."""
    spellings = recording_spellings()
    meant = {name: name if STATED_UNIT.fullmatch(name) else spellings.get(joined(name)) for name in names}
    found: dict[str, str] = {}
    for ours in dict.fromkeys(filter(None, meant.values())):
        columns = [name for name in names if meant[name] == ours]
        if len(columns) > 1 and ours not in columns:
            raise Unscored(Reason.UNREADABLE, f"{_shown(columns)}: each could be {ours}")
        found[ours] = ours if ours in columns else columns[0]
    return found


def _numbers(column: pa.ChunkedArray, decimal_comma: bool) -> Floats:
    """A column as numbers.

    Raises:
        pa.ArrowInvalid: it holds something else.
    """
    if pa.types.is_temporal(column.type):
        raise pa.ArrowInvalid("dates are no numbers")
    if decimal_comma and pa.types.is_string(column.type):
        column = pc.replace_substring(column, ",", ".")
    numbers: Floats = column.cast(pa.float64()).to_numpy()
    return numbers


def _shown(names: Sequence[str]) -> str:
    return listed([printable(name) for name in names], _MOST_NAMED)
