"""Folders of Hugging Face `datasets`: saved to disk, Parquet, or pictures and sounds with a table of metadata.

What the columns are is understood by their names, and told, or stated with ``dataset.columns``; the library itself
is not needed, and nothing of a folder is run. See `harness.datasets.hf_tables`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from harness.datasets.embedded_media import ARROW, decoded_bytes, embedded_bytes
from harness.datasets.hf_tables import METADATA, ListedTable, listed_tables, media_columns, read_listed
from harness.datasets.listed_samples import ListedOptions, ListedReader
from harness.datasets.reader import Sample
from harness.errors import HarnessError, Reason, Unscored
from harness.signals.media import EncodedFile, Media
from harness.signals.media_types import media_type
from harness.user_tables.raw_table import MAX_ROWS
from harness.user_tables.table_formats import UserTable
from harness.user_tables.user_columns import columns_like

ROW = "ctx.row"
"""The row of a sample in its table, where media are cells of it."""


class HfDatasetOptions(ListedOptions):
    """The options.

    Attributes:
        folder: the part of the root that is read, such as that of one configuration; null: all of it.
        media: the column that holds the pictures or the sounds, where there are several.
    """

    folder: str | None = None
    media: str | None = None


class HfDatasetReader(ListedReader[HfDatasetOptions]):
    """The rows of all tables, in the splits that the names of files and folders state."""

    Options = HfDatasetOptions

    def listed(self) -> UserTable:
        """The rows of all tables below each other."""
        tables = listed_tables(self, self.options.folder)
        cells = [read_listed(self, table) for table in tables]
        if sum(one.num_rows for one in cells) > MAX_ROWS:
            raise HarnessError(f"dataset {self.card.name}: over {MAX_ROWS:,} rows.")
        if not any(table.uri.endswith(METADATA) for table in tables):
            cells = self._with_places(tables, cells)
        try:
            whole = pa.concat_tables(cells, promote_options="default")
        except pa.ArrowException as error:
            raise HarnessError(
                f"dataset {self.card.name}: the tables have different columns ({str(error)[:200]}). Choose one "
                "configuration with dataset.folder."
            ) from None
        return UserTable(self.root / tables[0].uri, whole, _told(tables))

    def load(self, sample: Sample) -> Media:
        """The picture or the sound, from its cell or its file."""
        path = self.path(sample["uri"])
        if sample.get(ROW) is None:
            return super().load(sample)
        return decoded_bytes(self._cell(path, sample), sample)

    def encoded(self, sample: Sample) -> EncodedFile:
        """The bytes as they stand in the cell, or the file."""
        if sample.get(ROW) is None:
            return super().encoded(sample)
        data = self._cell(self.path(sample["uri"]), sample)
        return EncodedFile(data, media_type(data))

    def _cell(self, path: Path, sample: Sample) -> bytes:
        return embedded_bytes(path, self._media(_schema(path), path), int(sample[ROW]))

    def _media(self, schema: pa.Schema, path: Path) -> str:
        found = media_columns(schema)
        chosen = self.options.media
        if chosen is None and len(found) == 1:
            return found[0]
        if chosen not in found:
            raise HarnessError(
                f"{path}: columns with media: {', '.join(found) or 'none'}. Say which one is meant: "
                "dataset.media=COLUMN."
            )
        return chosen

    def _with_places(self, tables: Sequence[ListedTable], cells: Sequence[pa.Table]) -> list[pa.Table]:
        """With the file and the row of each cell of media, and its path or its row as the id of the sample."""
        columns = [
            self._media(one.schema, self.root / table.uri) for table, one in zip(tables, cells, strict=True)
        ]
        paths = [_paths(one[name]) for one, name in zip(cells, columns, strict=True)]
        times = Counter(path for of_table in paths for path in of_table)
        are_ids = None not in times and max(times.values(), default=0) == 1
        placed = []
        for table, one, of_table in zip(tables, cells, paths, strict=True):
            rows = range(one.num_rows)
            plain = one.drop_columns(media_columns(one.schema))
            names = plain.column_names
            added = {"uri": [table.uri] * one.num_rows, ROW: [*rows]}
            if taken := [name for name in added if name in names]:
                raise HarnessError(
                    f"{self.root / table.uri}: column {' and '.join(taken)} would be the place of the media, "
                    "which are cells of the table. Rename it."
                )
            if not self._is_stated("sample_id", names):
                added["sample_id"] = of_table if are_ids else [f"{table.uri}#{row}" for row in rows]
            for name, column in added.items():
                plain = plain.append_column(name, pa.array(column))
            placed.append(plain)
        return placed

    def _is_stated(self, ours: str, names: Sequence[str]) -> bool:
        chosen = self.options.columns or {}
        return ours in chosen.values() or any(name not in chosen for name in columns_like(ours, names))


def _told(tables: Sequence[ListedTable]) -> tuple[str, ...]:
    files = (f"the rows of {len(tables)} files",) if len(tables) > 1 else ()
    splits = sorted({table.split for table in tables if table.split})
    return (
        (*files, f"the split ({', '.join(splits)}) is that of the names of files and folders") if splits else files
    )


def _paths(cells: pa.ChunkedArray) -> list[str | None]:
    return [path or None for chunk in cells.chunks for path in chunk.field("path").to_pylist()]


def _schema(path: Path) -> pa.Schema:
    try:
        if path.suffix != ARROW:
            return pq.read_schema(path)
        with pa.memory_map(str(path)) as file:
            return pa.ipc.open_stream(file).schema
    except (pa.ArrowException, OSError, ValueError) as error:
        raise Unscored(Reason.UNREADABLE, f"the table cannot be read ({str(error)[:100]})") from None
