"""Columns of a user's table that a practice test reads, with messages that name the option."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np

from harness.arrays import Floats
from harness.errors import HarnessError
from harness.practice_tests.wearables.measurements import Texts
from harness.user_tables.cells import as_numbers, as_text
from harness.user_tables.table_formats import UserTable
from harness.wording import did_you_mean

LARGEST = 1e9
YES = {"1": 1.0, "true": 1.0, "yes": 1.0, "0": 0.0, "false": 0.0, "no": 0.0}


def required(table: UserTable, name: str, option: str) -> str:
    """The name of a column that must be there.

    Raises:
        HarnessError: it is not.
    """
    if name not in table.cells.column_names:
        raise HarnessError(
            f"{table.path}: has no column {name!r} ({option}).{did_you_mean(name, table.cells.column_names)} Its "
            f"columns: {', '.join(table.cells.column_names[:40])}."
        )
    return name


def names(table: UserTable, name: str) -> Texts:
    """A column of names, none of which may be missing.

    Raises:
        HarnessError: a cell is empty.
    """
    texts = as_text(table.cells[name], name, table.path).to_pylist()
    if None in texts:
        raise HarnessError(f"{table.path}, row {texts.index(None) + 1}: the column {name} is empty.")
    return np.array(texts, np.str_)


def numbers(table: UserTable, name: str) -> Floats:
    """A column of numbers; NaN where a cell is empty.

    Raises:
        HarnessError: a cell is not a number, or beyond `LARGEST`.
    """
    cells = as_numbers(table.cells[name], name, table.path)
    found = np.asarray(cells.to_numpy(zero_copy_only=False), np.float64)
    if (large := np.flatnonzero(np.abs(found) > LARGEST)).size:
        raise HarnessError(
            f"{table.path}, row {large[0] + 1}, column {name}: {found[large[0]]:g} is beyond {LARGEST:g}, as no "
            "measurement of a body is. Leave a cell empty where there is none."
        )
    return found


def optional(table: UserTable, name: str | None, option: str) -> Floats:
    """A column of numbers that need not be there: NaN if no name is given.

    Raises:
        HarnessError: a name is given, and there is no such column, or a cell is not a number.
    """
    if name is None:
        return np.full(table.cells.num_rows, np.nan)
    return numbers(table, required(table, name, option))


def flags_or_numbers(table: UserTable, name: str | None, option: str) -> Floats:
    """A column of yes and no as 1 and 0, or of numbers; NaN where a cell is empty.

    Raises:
        HarnessError: see `optional`.
    """
    if name is None:
        return np.full(table.cells.num_rows, np.nan)
    required(table, name, option)
    texts = as_text(table.cells[name], name, table.path).to_pylist()
    known = {text.lower() for text in texts if text is not None}
    if known <= YES.keys():
        return np.array([np.nan if text is None else YES[text.lower()] for text in texts])
    return numbers(table, name)


def flags(table: UserTable, name: str | None, option: str) -> Floats:
    """A column of yes and no as 1 and 0; NaN where a cell is empty, or no name is given.

    Raises:
        HarnessError: see `optional`; or a cell is neither.
    """
    found = flags_or_numbers(table, name, option)
    if (wrong := np.flatnonzero(np.isfinite(found) & ~np.isin(found, (0.0, 1.0)))).size:
        raise HarnessError(
            f"{table.path}, row {wrong[0] + 1}, column {name}: {found[wrong[0]]:g} is neither 1 nor 0 ({option}). "
            "Give 1 or yes, 0 or no, and an empty cell where it is not known."
        )
    return found


def seconds(table: UserTable, name: str) -> Floats:
    """A column of times, as ISO dates and times (UTC where no zone is stated) or as seconds.

    Raises:
        HarnessError: a cell is empty or neither.
    """
    texts = names(table, name).tolist()
    try:
        found = np.array([float(text) for text in texts])
    except ValueError:
        pass
    else:
        if (wrong := np.flatnonzero(~np.isfinite(found))).size:
            raise HarnessError(f"{table.path}, row {wrong[0] + 1}, column {name}: {texts[wrong[0]]} is no time.")
        return found
    return np.array(
        [_moment(text, f"{table.path}, row {row}, column {name}") for row, text in enumerate(texts, 1)]
    )


def _moment(text: str, where: str) -> float:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise HarnessError(
            f"{where}: {text[:60]!r} is no time. Give ISO dates and times (2026-11-27T14:05:00) or seconds."
        ) from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
