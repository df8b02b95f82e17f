"""The tables of a folder of Hugging Face `datasets`, by the three layouts that the library documents.

``save_to_disk``: ``dataset_dict.json``, and ``train/state.json`` beside ``train/data-00000-of-00001.arrow``. A
repository of Parquet: ``data/train-00000-of-00001.parquet``. ``imagefolder`` and ``audiofolder``:
``train/metadata.csv`` (or ``.jsonl``, ``.parquet``) with the column ``file_name``. Source: documentation of
`datasets`, "Load", "Process: save" and "Structure your repository". Nothing of a folder is run.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from harness.datasets.embedded_media import ARROW
from harness.datasets.listed_samples import texts
from harness.datasets.reader import Reader
from harness.errors import HarnessError
from harness.files import json_value, read_json, regular
from harness.signals.media_folder import find_files
from harness.tables.parquet_files import readable, require_plausible
from harness.tables.split_names import part_of
from harness.user_tables.cells import as_paths
from harness.user_tables.table_formats import read_user_table

METADATA = ("metadata.csv", "metadata.jsonl", "metadata.parquet")
FILE_NAME, SPLIT = "file_name", "split"
_SHARD = re.compile(r"(?P<split>\w+(?:\.\w+)*)-\d{5}-of-\d{5}(?:-\w+)?")


class ListedTable(NamedTuple):
    """One table of the folder.

    Attributes:
        uri: of its file.
        split: that the names of files or folders state.
    """

    uri: str
    split: str | None


def listed_tables(reader: Reader[Any], folder: str | None) -> list[ListedTable]:
    """The tables below a folder of the root, of the first layout that is there.

    Raises:
        HarnessError: there is none.
    """
    below = reader.root / (folder or "")
    if reader.leads_out(folder or "") or not below.is_dir():
        raise HarnessError(
            f"dataset {reader.card.name}: dataset.folder={folder} is no folder below {reader.root}."
        )
    prefix = f"{PurePosixPath(folder)}/" if folder else ""
    names = [prefix + name for name in find_files(below, {".csv", ".jsonl", ".parquet", ARROW, ".json"})]
    parquet = [name for name in names if name.endswith(".parquet")]
    found = (
        [ListedTable(name, _split(name)) for name in names if PurePosixPath(name).name in METADATA]
        or [table for name in names if PurePosixPath(name).name == "state.json" for table in _saved(reader, name)]
        or [ListedTable(name, _split(name)) for name in parquet]
    )
    if not found:
        raise HarnessError(
            f"dataset {reader.card.name}: below {below} there is neither metadata.csv, .jsonl or .parquet, nor "
            "state.json of save_to_disk, nor a Parquet file. Give the folder that holds them (dataset.root)."
        )
    return found


def read_listed(reader: Reader[Any], table: ListedTable) -> pa.Table:
    """The cells of a table, of media only their paths; of rows that name files, their `uri`.

    Codes of `ClassLabel` are its names.

    Raises:
        HarnessError: the file is no such table.
    """
    path = reader.file(table.uri)
    if PurePosixPath(table.uri).name in METADATA:
        cells = _with_uris(read_user_table(path).cells, table.uri, path)
    else:
        cells = _with_names(_named_once(_read(path), path))
    if table.split is not None and SPLIT not in cells.column_names:
        cells = cells.append_column(SPLIT, pa.array([table.split] * cells.num_rows, pa.string()))
    return cells.replace_schema_metadata(None)


def media_columns(schema: pa.Schema) -> list[str]:
    """The columns whose cells hold media, or nothing but the paths of them."""
    return [field.name for field in schema if pa.types.is_struct(field.type) and _is_media(field.type)]


def _split(uri: str) -> str | None:
    """The split in the name of a file, ``train-00000-of-00002``, or in that of a folder above it."""
    stem, *folders = [PurePosixPath(uri).stem, *(part.name for part in PurePosixPath(uri).parents)]
    if shard := _SHARD.fullmatch(stem):
        return shard["split"]
    return next((name for name in (stem, *folders) if part_of(name)), None)


def _saved(reader: Reader[Any], state: str) -> Iterator[ListedTable]:
    folder = PurePosixPath(state).parent
    document = _json(reader, state)
    files = document.get("_data_files")
    if not isinstance(files, list) or not all(isinstance(one, dict) for one in files):
        raise HarnessError(f"{reader.root / state}: no list _data_files. Is this a folder of save_to_disk?")
    split = document.get("_split") or (
        folder.name if (reader.root / folder.parent / "dataset_dict.json").is_file() else None
    )
    for one in files:
        yield ListedTable(f"{folder / str(one.get('filename'))}", None if split is None else str(split))


def _json(reader: Reader[Any], name: str) -> Mapping[str, Any]:
    path = reader.file(name)
    try:
        document = read_json(path)
    except (OSError, ValueError) as error:
        raise HarnessError(f"{path}: not readable JSON ({error}).") from None
    if not isinstance(document, dict):
        raise HarnessError(f"{path}: expected an object.")
    return document


def _with_uris(cells: pa.Table, table: str, path: Path) -> pa.Table:
    """With paths from the root: those of `file_name` start at the folder of the table."""
    if FILE_NAME not in cells.column_names:
        raise HarnessError(
            f"{path}: there is no column {FILE_NAME}. The header is {', '.join(cells.column_names)}."
        )
    if "uri" in cells.column_names:
        raise HarnessError(f"{path}: there are both {FILE_NAME} and uri, which would say the same. Rename uri.")
    folder = PurePosixPath(table).parent
    names = as_paths(cells[FILE_NAME], FILE_NAME, path).to_pylist()
    uris = pa.array([None if name is None else (folder / name).as_posix() for name in names], pa.string())
    return cells.set_column(cells.column_names.index(FILE_NAME), "uri", uris)


def _named_once(cells: pa.Table, path: Path) -> pa.Table:
    twice = sorted(name for name, times in Counter(cells.column_names).items() if times > 1)
    if twice:
        raise HarnessError(f"{path}: columns with the same name: {', '.join(twice)}. Rename them.")
    return cells


def _with_names(cells: pa.Table) -> pa.Table:
    """With the names of classes in place of their codes."""
    for name, classes in _classes(cells.schema.metadata or {}).items():
        if name in cells.column_names and pa.types.is_integer(cells[name].type):
            place = cells.column_names.index(name)
            cells = cells.set_column(place, name, texts(cells[name], classes))
    return cells


def _classes(metadata: Mapping[bytes, bytes]) -> dict[str, list[str]]:
    """Column → the names of its classes, from what `datasets` writes beside a schema."""
    try:
        features = json_value(metadata.get(b"huggingface", b"{}").decode())["info"]["features"]
        found = {name: of["names"] for name, of in features.items() if of.get("_type") == "ClassLabel"}
    except (ValueError, TypeError, AttributeError, LookupError, RecursionError):
        return {}
    return {name: [*map(str, names)] for name, names in found.items() if isinstance(names, list)}


def _read(path: Path) -> pa.Table:
    try:
        if path.suffix == ARROW:
            with pa.memory_map(str(regular(path))) as file:
                return readable(pa.ipc.open_stream(file).read_all())
        require_plausible(regular(path))
        with pq.ParquetFile(path) as file:
            media = media_columns(file.schema_arrow)
            names = [f"{name}.path" if name in media else name for name in file.schema_arrow.names]
            return readable(file.read(columns=names)).replace_schema_metadata(file.schema_arrow.metadata)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise HarnessError(f"{path}: not a readable table ({str(error)[:200]}). Load the dataset again.") from None


def _is_media(kind: pa.StructType) -> bool:
    """Whether it is ``{bytes: binary, path: string}``, or without the bytes; others have such names, too."""
    fields = {field.name: field.type for field in kind}
    is_path, is_bytes = (
        (pa.types.is_string, pa.types.is_large_string),
        (pa.types.is_binary, pa.types.is_large_binary),
    )
    return (
        len(fields) == kind.num_fields
        and "path" in fields
        and any(is_it(fields["path"]) for is_it in is_path)
        and ("bytes" not in fields or any(is_it(fields["bytes"]) for is_it in is_bytes))
    )
