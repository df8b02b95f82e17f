"""A user's table → samples: each column is read and checked as a whole, never row by row.

Shapes: N rows, L labels that are voted for.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from harness.arrays import Ints
from harness.cards.modality import Modality
from harness.datasets.layout import vote_count
from harness.datasets.sound_channels import channel_of
from harness.errors import HarnessError
from harness.tables.schemas import LABEL_SOURCES, SAMPLES
from harness.user_tables.cells import as_numbers, as_paths, as_text, as_values

STRETCHES = (Modality.VOICE, Modality.WEARABLE, Modality.EEG, Modality.PHYSIOLOGY)
"""The modalities of which a sample may be a stretch of a file."""

STATED = {"modality": tuple(str(kind) for kind in Modality), "label_source": LABEL_SOURCES}
"""The columns that an option may fill for all rows, with their values."""

_NUMBERS = tuple(field.name for field in SAMPLES if pa.types.is_floating(field.type))
_VOTES = "votes."
_UP = r"(^|/)\.\.(/|$)"

Columns = dict[str, pa.ChunkedArray]


def samples_of_table(
    cells: pa.Table,
    path: Path,
    *,
    stated: Mapping[str, str | None],
    rows_independent: bool,
    channel_column: str | None = None,
) -> pa.Table:
    """The samples that a table lists, in its order, for `harness.tables.samples.validate_samples`.

    A row without ``sample_id`` is named by its ``uri`` (and its stretch in milliseconds, and its channel). Columns
    ``votes.<label>`` become the votes. An ``attr.*`` or ``ctx.*`` column is numeric if all its cells are.

    Args:
        cells: with our names of the columns.
        path: of the table.
        stated: of each column of `STATED` the value of empty cells.
        rows_independent: whether rows may have no subject.
        channel_column: says which channel of a sound file a row is; None: all of them.

    Raises:
        HarnessError: names the file, the row (the first under the header is 1) and the column.
    """
    columns = {name: _column(cells[name], name, path) for name in cells.column_names}
    columns = _with_votes(columns)
    empty = pa.chunked_array([pa.nulls(cells.num_rows, pa.string())])
    for name, known in STATED.items():
        value = pa.scalar(stated[name], pa.string())
        columns[name] = pc.coalesce(columns.get(name, empty), value)
        _require_known(columns[name], name, known, path)
    _require_plain_uris(columns.get("uri", empty), path)
    _require_stretches(columns, path)
    channels = _channels(columns, channel_column, path)
    columns["sample_id"] = _ids(columns, cells.num_rows, path, channels)
    if not rows_independent:
        row = _first(pc.is_null(columns.get("subject_id", empty)))
        if row >= 0:
            raise HarnessError(
                f"{path}, row {row + 1}, column subject_id: empty. Who is it? Subjects are the unit of resampling."
            )
    _require_unique(columns["sample_id"], path)
    fixed = {field.name: columns.pop(field.name, pa.nulls(cells.num_rows, field.type)) for field in SAMPLES}
    further = {name: _untyped_if_empty(column) for name, column in columns.items()}
    return pa.table({**fixed, **further}).combine_chunks()


def _column(cells: pa.ChunkedArray, name: str, path: Path) -> pa.ChunkedArray:
    """A column as it stands in the samples; of votes for one label, their numbers."""
    if name == "votes":
        places = ((value, f"{path}, row {row}, column votes") for row, value in enumerate(cells.to_pylist(), 1))
        return pa.chunked_array([pa.array([_votes(*place) for place in places], SAMPLES.field("votes").type)])
    if name.startswith(_VOTES):
        return _vote_counts(cells, name, path)
    if name in _NUMBERS:
        return as_numbers(cells, name, path)
    read = as_paths if name == "uri" else as_values if name.startswith(("attr.", "ctx.")) else as_text
    return read(cells, name, path)


def _votes(value: Any, where: str) -> dict[str, int] | None:
    try:
        return {str(label): vote_count(str(votes), where) for label, votes in dict(value or {}).items()} or None
    except (TypeError, ValueError):
        raise HarnessError(f"{where}: found {value!r}; expected a map from label to number of votes.") from None


def _vote_counts(cells: pa.ChunkedArray, name: str, path: Path) -> pa.ChunkedArray:
    """The number in each cell; every distinct text is read once."""
    encoded = pc.fill_null(as_text(cells, name, path), "").combine_chunks().dictionary_encode()
    code_N = encoded.indices.to_numpy()
    first = np.unique(code_N, return_index=True)[1].tolist()
    texts = encoded.dictionary.to_pylist()
    counts = [
        vote_count(text, f"{path}, row {row + 1}, column {name}") for text, row in zip(texts, first, strict=True)
    ]
    return pa.chunked_array([pa.array(counts, pa.int64()).take(encoded.indices)])


def _with_votes(columns: Columns) -> Columns:
    """With the columns of votes for single labels as one of maps; if all are zero the column ``votes`` counts."""
    counted = {name: column for name, column in columns.items() if name.startswith(_VOTES)}
    if not counted:
        return columns
    others = {name: column for name, column in columns.items() if name not in counted}
    counts_NL = np.stack([column.to_numpy() for column in counted.values()], axis=1)
    num_rows, num_labels = counts_NL.shape
    labels = pa.array([name.removeprefix(_VOTES) for name in counted], pa.string())
    maps = pa.MapArray.from_arrays(
        pa.array(np.arange(num_rows + 1) * num_labels, pa.int32()),
        labels.take(pa.array(np.tile(np.arange(num_labels), num_rows))),
        pa.array(counts_NL.ravel()),
    )
    instead = others.get("votes", pa.scalar(None, maps.type))
    return {**others, "votes": pc.if_else(pa.array(counts_NL.any(axis=1)), maps, instead)}


def _channels(columns: Columns, column: str | None, path: Path) -> list[int | None] | None:
    """The channel of each row; None if no column says any."""
    if column is None:
        return None
    if column not in columns:
        found = ", ".join(name for name in columns if name.startswith("ctx.")) or "none"
        raise HarnessError(f"{path}: dataset.channel_column={column}: no such column. Of the context: {found}.")
    found_N: list[int | None] = []
    modalities = columns["modality"].to_pylist()
    for row, (value, modality) in enumerate(zip(columns[column].to_pylist(), modalities, strict=True), start=1):
        try:
            found_N.append(channel_of(value, column))
        except HarnessError as error:
            raise HarnessError(f"{path}, row {row}: {error}") from None
        if found_N[-1] is not None and modality != Modality.VOICE:
            raise HarnessError(f"{path}, row {row}: {column} names a channel, which only a row of voice has.")
    return found_N


def _ids(columns: Columns, num_rows: int, path: Path, channels: list[int | None] | None) -> pa.ChunkedArray:
    """The ids; a row without one is named by its file and its stretch and channel of it."""
    empty = pa.chunked_array([pa.nulls(num_rows, pa.string())])
    ids, uri = columns.get("sample_id", empty), columns.get("uri", empty)
    if not ids.null_count:
        return ids
    row = _first(pc.and_(pc.is_null(ids), pc.is_null(uri)))
    if row >= 0:
        raise HarnessError(f"{path}, row {row + 1}: neither sample_id nor uri. Give one of them.")
    names = as_text(uri, "uri", path)
    start, end = (columns.get(name, empty) for name in ("start_s", "end_s"))
    if start.null_count < num_rows or end.null_count < num_rows:
        rows = zip(names.to_pylist(), start.to_pylist(), end.to_pylist(), strict=True)
        names = pa.chunked_array([pa.array([_name_of_stretch(*row) for row in rows], pa.string())])
    if channels is not None:
        pairs = zip(names.to_pylist(), channels, strict=True)
        named = [
            name if name is None or channel is None else f"{name}#channel{channel}" for name, channel in pairs
        ]
        names = pa.chunked_array([pa.array(named, pa.string())])
    return pc.coalesce(ids, names)


def _name_of_stretch(name: str | None, start: float | None, end: float | None) -> str | None:
    if name is None or (start is None and end is None):
        return name
    return f"{name}#{round((start or 0) * 1000)}-{'' if end is None else round(end * 1000)}"


def _require_known(found: pa.ChunkedArray, column: str, known: tuple[str, ...], path: Path) -> None:
    row = _first(pc.is_null(found))
    if row >= 0:
        raise HarnessError(
            f"{path}, row {row + 1}, column {column}: empty. Fill it, or set dataset.{column} for all rows."
        )
    row = _first(pc.invert(pc.is_in(found, value_set=pa.array(known))))
    if row >= 0:
        raise HarnessError(
            f"{path}, row {row + 1}, column {column}: found {found[row].as_py()!r}; "
            f"expected one of {', '.join(known)}."
        )


def _require_plain_uris(uri: pa.ChunkedArray, path: Path) -> None:
    row = _first(pc.match_substring(uri, "\\"))
    if row >= 0:
        found = f"{path}, row {row + 1}, column uri: {uri[row].as_py()!r}"
        raise HarnessError(f"{found} has a backslash. Separate folders by '/'.")
    row = _first(pc.or_(pc.starts_with(uri, "/"), pc.match_substring_regex(uri, _UP)))
    if row >= 0:
        found = f"{path}, row {row + 1}, column uri: {uri[row].as_py()!r}"
        raise HarnessError(f"{found} must be a path below dataset.root.")


def _require_stretches(columns: Columns, path: Path) -> None:
    modality = columns["modality"]
    unbounded = pa.chunked_array([pa.nulls(len(modality), pa.float64())])
    start, end = (columns.get(name, unbounded) for name in ("start_s", "end_s"))
    stretched = pc.or_(pc.is_valid(start), pc.is_valid(end))
    row = _first(
        pc.and_(stretched, pc.invert(pc.is_in(modality, value_set=pa.array([str(kind) for kind in STRETCHES]))))
    )
    if row >= 0:
        raise HarnessError(
            f"{path}, row {row + 1}: start_s and end_s are for {', '.join(STRETCHES)}, "
            f"not for {modality[row].as_py()}."
        )
    begin = pc.fill_null(start, 0.0)
    row = _first(pc.or_(pc.less(begin, 0.0), pc.fill_null(pc.less_equal(end, begin), False)))
    if row >= 0:
        raise HarnessError(
            f"{path}, row {row + 1}: start_s is {start[row].as_py()}, end_s is {end[row].as_py()}; "
            "expected 0 <= start_s < end_s (seconds)."
        )


def _require_unique(ids: pa.ChunkedArray, path: Path) -> None:
    if pc.count_distinct(ids).as_py() == len(ids):
        return
    code_N: Ints = ids.combine_chunks().dictionary_encode().indices.to_numpy()
    first_N = np.unique(code_N, return_index=True)[1][code_N]
    second = int(np.flatnonzero(first_N != np.arange(len(ids)))[0])
    raise HarnessError(
        f"{path}: rows {first_N[second] + 1} and {second + 1} have the same sample_id {ids[second].as_py()!r}."
    )


def _untyped_if_empty(column: pa.ChunkedArray) -> pa.ChunkedArray | pa.Array:
    """A column without a value has no type of its own, whichever its file gave it."""
    return pa.nulls(len(column)) if column.null_count == len(column) else column


def _first(bad: pa.ChunkedArray) -> int:
    """The first row for which it is true; -1 if there is none."""
    row: int = pc.index(bad, True).as_py()
    return row
