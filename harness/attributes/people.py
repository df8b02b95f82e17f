"""A user's table of people: attributes joined to the samples by subject."""

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
from harness.files import read_bytes, sha256_bytes
from harness.tables.parquet_files import as_before_defusing
from harness.tables.validation import require_short
from harness.user_tables.cells import as_text, as_values
from harness.user_tables.id_differences import how_ids_differ
from harness.user_tables.table_formats import read_user_table
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
        differ: how the names of these differ from others in the file, where they do by their spelling alone.
        remarks: how the file was read.
        estimated: attributes that were measured in the media, as columns of the samples.
    """

    samples: pa.Table
    file_sha256: str | None = None
    attributes: tuple[str, ...] = ()
    replaced: tuple[str, ...] = ()
    num_absent: int = 0
    differ: str = ""
    remarks: tuple[str, ...] = ()
    estimated: tuple[str, ...] = ()

    def warnings(self) -> list[str]:
        """What the user should know, one sentence each."""
        notes = list(self.remarks)
        if self.replaced:
            notes.append(f"attributes.file replaces what the dataset says on {', '.join(self.replaced)}.")
        if self.num_absent:
            num_subjects = pc.count_distinct(self.samples[SUBJECT_COLUMN]).as_py()
            notes.append(
                f"attributes.file does not name {self.num_absent:,} of the {num_subjects:,} subjects: they are "
                f"in the group unknown.{self.differ}"
            )
        return notes


def join_people(samples: pa.Table, path: Path) -> People:
    """Join a table, one row per person, to the samples.

    Args:
        samples: the samples table.
        path: a table in any format that `harness.user_tables.table_formats` reads. The column ``subject_id``, or a
            synonym of it, says who; every other one is an attribute, with or without ``attr.`` before its name. A
            column of which every cell is a number is a number.

    Raises:
        HarnessError: the file is absent, too large or no such table; a subject stands in it twice; it names none
            of the samples' subjects.
    """
    data = _bytes(path)
    table, remarks = _read(path)
    position = pc.index_in(
        samples[SUBJECT_COLUMN].combine_chunks(), value_set=table[SUBJECT_COLUMN].combine_chunks()
    )
    if position.null_count == len(position):
        theirs, ours = (each[SUBJECT_COLUMN].unique().to_pylist() for each in (table, samples))
        raise HarnessError(
            f"{path}: none of its {table.num_rows:,} subjects is in the samples: it has {theirs[0]!r}, the "
            f"samples have {ours[0]!r}.{how_ids_differ(theirs, ours, 'the samples')}"
        )
    absent = pc.unique(samples[SUBJECT_COLUMN].filter(pc.is_null(position)))
    strange = table[SUBJECT_COLUMN].filter(pc.invert(pc.is_in(table[SUBJECT_COLUMN], samples[SUBJECT_COLUMN])))
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
        file_sha256=sha256_bytes(data),
        attributes=tuple(name.removeprefix(PREFIX) for name in attributes),
        replaced=tuple(name.removeprefix(PREFIX) for name in replaced),
        num_absent=len(absent),
        differ=how_ids_differ(strange.to_pylist(), absent.to_pylist(), "the samples"),
        remarks=remarks,
    )


def _bytes(path: Path) -> bytes:
    if not path.is_file():
        raise HarnessError(f"attributes.file: {path} is not a file.")
    try:
        return read_bytes(path, MAX_PEOPLE_BYTES)
    except ValueError as error:
        raise HarnessError(f"{path}: {error}; expected one row per person.") from None


def _read(path: Path) -> tuple[pa.Table, tuple[str, ...]]:
    """The file's columns as ``subject_id`` and ``attr.*``, text or numbers, one row per subject; and remarks."""
    file = read_user_table(path)
    columns = _columns(file.cells.column_names, path)
    people = pa.table(
        {name: _cells(column, name, path) for name, column in zip(columns, file.cells.columns, strict=True)}
    )
    require_short(people, str(path))
    _require_printable(people, path)
    _require_one_row_each(people[SUBJECT_COLUMN], path)
    who = _subject_column(file.cells.column_names, path)
    told = () if who == SUBJECT_COLUMN else (f"{who} is {SUBJECT_COLUMN}",)
    return people, replace(file, remarks=(*file.remarks, *told)).understood()


def _cells(column: pa.ChunkedArray, name: str, path: Path) -> pa.ChunkedArray:
    if name == SUBJECT_COLUMN:  # in the template, ids like =1 stand behind an apostrophe
        return as_before_defusing(as_text(column, name, path))
    return as_values(column, name, path)


def _columns(header: list[str], path: Path) -> list[str]:
    who = _subject_column(header, path)
    stripped = [SUBJECT_COLUMN if name == who else name for name in header]
    if not 2 <= len(stripped) <= MAX_ATTRIBUTES + 1:
        raise HarnessError(f"{path}: {len(stripped) - 1} attributes; expected 1 to {MAX_ATTRIBUTES}.")
    try:
        names = [
            name if name == SUBJECT_COLUMN else PREFIX + _attribute(attribute_name(name.removeprefix(PREFIX)))
            for name in stripped
        ]
    except ValueError as error:
        raise HarnessError(f"{path}, header: {error}.") from None
    repeated = [name for name, times in Counter(names).items() if times > 1]
    if repeated:
        alike = listed([repr(column) for column, name in zip(header, names, strict=True) if name == repeated[0]])
        raise HarnessError(
            f"{path}: the header names {repeated[0]} twice: {alike}. Rename one of them, or delete it."
        )
    return names


def _subject_column(header: list[str], path: Path) -> str:
    if SUBJECT_COLUMN in header:
        return SUBJECT_COLUMN
    found = columns_like(SUBJECT_COLUMN, header)
    if len(found) == 1:
        return found[0]
    several = f"{listed(found)} could be" if found else "there is no column"
    shown = ", ".join(header[:10])[:200]
    raise HarnessError(
        f"{path}: {several} {SUBJECT_COLUMN}, which says who a row is about. The header is {shown!r}. Call that "
        f"column {SUBJECT_COLUMN}."
    )


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
        row = pc.index(pc.is_null(subjects), True).as_py() + 1
        raise HarnessError(f"{path}, row {row}: a row has no {SUBJECT_COLUMN}. Name the person or delete it.")


def _require_printable(people: pa.Table, path: Path) -> None:
    """Names of groups stand in terminals and reports."""
    for name in people.column_names:
        column = people[name]
        if pa.types.is_string(column.type):
            hidden = pc.index(pc.match_substring_regex(column, "[[:cntrl:]]"), True).as_py()
            if hidden >= 0:
                raise HarnessError(f"{path}, column {name}: {column[hidden].as_py()!r} holds a control character.")
