"""Forgeries: changes to a run or a pack after which every hash is made to fit again."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from harness.evidence.run_folder import RunFolder
from harness.files import sha256_file
from harness.packs.crate import CRATE
from harness.packs.made_files import crate_bytes, made_files
from harness.packs.manifest import MANIFEST, Manifest, manifest_of, packed_files
from harness.scoring.score_run import score
from harness.tables.versions import read_table, write_table


def change_results(run: Path, metric: str, value: float) -> None:
    """Another value in the first row of a metric."""
    table = read_table(run / "results.parquet", "results").table
    rows = table.to_pylist()
    next(row for row in rows if row["metric"] == metric)["value"] = value
    write_table(pa.Table.from_pylist(rows, table.schema), "results", run / "results.parquet")


def fit_record(run: Path, **changes: Any) -> None:
    """Write the hashes of the files as they are, and other facts, into ``run.json``."""
    record = json.loads((run / "run.json").read_text())
    record["files"] = {name: sha256_file(run / name) for name in record["files"] if (run / name).is_file()}
    (run / "run.json").write_text(json.dumps(record | changes))


def rows_of(run: Path, name: str) -> list[dict[str, Any]]:
    """The rows of a table of a run."""
    rows: list[dict[str, Any]] = read_table(run / f"{name}.parquet", name).table.to_pylist()
    return rows


def change_table(run: Path, name: str, change: Callable[[list[dict[str, Any]]], list[dict[str, Any]]]) -> None:
    """A table of a run with other rows."""
    schema = read_table(run / f"{name}.parquet", name).table.schema
    rows = change(rows_of(run, name))
    write_table(pa.Table.from_pylist(rows, schema), name, run / f"{name}.parquet")


def score_again(run: Path) -> None:
    """Results, curves and report that follow from the tables as they are."""
    score(RunFolder(run))


def fit_manifest(pack: Path, more: Sequence[str] = (), **changes: Any) -> Manifest:
    """A manifest, and all files that are made from others, that fit the files as they are."""
    manifest = Manifest.model_validate(
        {**manifest_of((pack / MANIFEST).read_bytes(), Manifest).model_dump(), **changes}
    )
    for path, data in made_files(pack, manifest, None):
        (pack / path).write_bytes(data)
    named = [file.path for file in manifest.files if (pack / file.path).is_file() and file.path != CRATE]
    paths = [*named, *more]
    without = manifest.model_copy(update={"files": packed_files(pack, paths)})
    (pack / CRATE).write_bytes(crate_bytes(pack, without))
    whole = manifest.model_copy(update={"files": packed_files(pack, [*paths, CRATE])})
    (pack / MANIFEST).write_bytes(whole.canonical())
    return whole
