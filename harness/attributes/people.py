"""A user's file of people: attributes joined to the samples by subject."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from harness.attributes.column_names import attribute_name
from harness.attributes.grouping import require_name
from harness.attributes.groups import PREFIX
from harness.errors import HarnessError
from harness.files import sha256_file
from harness.tables.validation import require_short
from harness.user_tables.cells import as_text, as_values
from harness.user_tables.id_differences import how_ids_differ
from harness.user_tables.table_formats import UserTable, read_user_table
from harness.user_tables.user_columns import columns_like
from harness.wording import listed

SUBJECT_COLUMN = "subject_id"
MAX_PEOPLE_BYTES = 64 * 2**20
MAX_ATTRIBUTES = 100


@dataclass(frozen=True)
class People:
    """What a file of people added.

    Attributes:
        samples: the samples with its columns as ``attr.*``.
        file_sha256: of the file's bytes.
        attributes: what the file gives, in its order.
        replaced: those of them that the dataset had, too.
        num_absent: subjects of the samples that the file does not name; their values are empty.
        remarks: what had to be understood to read the file, one sentence each.
    """

    samples: pa.Table
    file_sha256: str | None = None
    attributes: tuple[str, ...] = ()
    replaced: tuple[str, ...] = ()
    num_absent: int = 0
    remarks: tuple[str, ...] = ()

    def warnings(self) -> list[str]:
        """What the user should know, one sentence each."""
        notes = list(self.remarks)
        if self.replaced:
            notes.append(f"attributes.file replaces what the dataset says on {', '.join(self.replaced)}.")
        if self.num_absent:
            num_subjects = pc.count_distinct(self.samples[SUBJECT_COLUMN]).as_py()
            notes.append(
                f"attributes.file does not name {self.num_absent:,} of the {num_subjects:,} subjects: they are "
                "in the group unknown."
            )
        return notes


def join_people(samples: pa.Table, path: Path) -> People:
    """Join a table, one row per person, to the samples.

    Args:
        samples: the samples table.
        path: of any usual format. The column ``subject_id`` says who; every other one is an attribute, with or
            without ``attr.`` before its name. A column of which every cell is a number is a number.

    Raises:
        HarnessError: the file is absent, too large or no such table; a subject stands in it twice; it names none
            of the samples' subjects.
    """
    table, remarks = _read(path)
    position = pc.index_in(
        samples[SUBJECT_COLUMN].combine_chunks(), value_set=table[SUBJECT_COLUMN].combine_chunks()
    )
    if position.null_count == len(position):
        raise HarnessError(
            f"{path}: none of its {table.num_rows:,} subjects is in the samples: it has "
            f"{table[SUBJECT_COLUMN][0].as_py()!r}, the samples have {samples[SUBJECT_COLUMN][0].as_py()!r}."
            f"{_difference(table, samples)}"
        )
    absent = pc.unique(samples[SUBJECT_COLUMN].filter(pc.is_null(position)))
    attributes = [name for name in table.column_names if name != SUBJECT_COLUMN]
    replaced = [name for name in attributes if name in samples.column_names]
    for name in attributes:
        column = table[name].combine_chunks().take(position)
        if name in replaced:
            samples = samples.set_column(samples.schema.get_field_index(name), name, column)
        else:
            samples = samples.append_column(name, column)
    return People(
        samples,
        file_sha256=sha256_file(path),
        attributes=tuple(name.removeprefix(PREFIX) for name in attributes),
        replaced=tuple(name.removeprefix(PREFIX) for name in replaced),
        num_absent=len(absent),
        remarks=remarks,
    )


def _read(path: Path) -> tuple[pa.Table, tuple[str, ...]]:
    """The file's columns as ``subject_id`` and ``attr.*``, text or numbers, one row per subject; and remarks."""
    if not path.is_file():
        raise HarnessError(f"attributes.file: {path} is not a file.")
    if path.stat().st_size > MAX_PEOPLE_BYTES:
        raise HarnessError(f"{path}: over {MAX_PEOPLE_BYTES // 2**20} MiB; expected one row per person.")
    table = read_user_table(path)
    columns = _columns(table)
    subject = table.cells.column_names[columns.index(SUBJECT_COLUMN)]
    told = () if subject == SUBJECT_COLUMN else (f"{subject} is {SUBJECT_COLUMN}",)
    table = replace(table, cells=table.cells.rename_columns(columns), remarks=(*table.remarks, *told))
    people = pa.table({name: _cells(table.cells[name], name, path) for name in table.cells.column_names})
    require_short(people, str(path))
    _require_printable(people, path)
    _require_one_row_each(people[SUBJECT_COLUMN], path)
    return people, table.understood()


def _difference(people: pa.Table, samples: pa.Table) -> str:
    theirs = samples[SUBJECT_COLUMN].unique().to_pylist()
    return how_ids_differ(people[SUBJECT_COLUMN].to_pylist(), theirs, "the samples")


def _cells(column: pa.ChunkedArray, name: str, path: Path) -> pa.ChunkedArray:
    read = as_text if name == SUBJECT_COLUMN else as_values
    return read(column, name, path)


def _columns(table: UserTable) -> list[str]:
    header, path = table.cells.column_names, table.path
    subject = _subject_column(header, path)
    if not 2 <= len(header) <= MAX_ATTRIBUTES + 1:
        raise HarnessError(f"{path}: {len(header) - 1} attributes; expected 1 to {MAX_ATTRIBUTES}.")
    try:
        names = [
            SUBJECT_COLUMN if name == subject else PREFIX + _attribute(attribute_name(name.removeprefix(PREFIX)))
            for name in header
        ]
    except ValueError as error:
        raise HarnessError(f"{path}, header: {error}.") from None
    repeated = [name for name, times in Counter(names).items() if times > 1]
    if repeated:
        raise HarnessError(f"{path}: the header names {repeated[0]} twice.")
    return names


def _subject_column(header: list[str], path: Path) -> str:
    """The column that says who, by our name or a common synonym."""
    alike = [SUBJECT_COLUMN] if SUBJECT_COLUMN in header else columns_like(SUBJECT_COLUMN, header)
    if not alike:
        shown = ", ".join(header[:10])[:200]
        raise HarnessError(f"{path}: there is no column {SUBJECT_COLUMN}. The header is {shown!r}.")
    if len(alike) > 1:
        raise HarnessError(f"{path}: {listed(alike)} could all be {SUBJECT_COLUMN}. Call one of them so.")
    return alike[0]


def _attribute(name: str) -> str:
    if not re.fullmatch(r"\w[\w .-]{0,63}", name):
        raise ValueError(f"{name[:80]!r} cannot name an attribute: use letters, digits, '_', '-' and '.'")
    return require_name(name)


def _require_one_row_each(subjects: pa.ChunkedArray, path: Path) -> None:
    counts = pc.value_counts(subjects)
    repeated = counts.filter(pc.greater(counts.field("counts"), 1))
    if len(repeated):
        name, times = repeated[0]["values"].as_py(), repeated[0]["counts"].as_py()
        raise HarnessError(f"{path}: subject {name!r} stands in {times} rows. Each person has one row.")
    if subjects.null_count:
        raise HarnessError(f"{path}: a row has no {SUBJECT_COLUMN}.")


def _require_printable(people: pa.Table, path: Path) -> None:
    """Names of groups stand in terminals and reports."""
    for name in people.column_names:
        column = people[name]
        if pa.types.is_string(column.type):
            hidden = pc.index(pc.match_substring_regex(column, "[[:cntrl:]]"), True).as_py()
            if hidden >= 0:
                raise HarnessError(f"{path}, column {name}: {column[hidden].as_py()!r} holds a control character.")
