"""What `harness score` costs of a run of 100 million predictions: seconds and peak memory, in one process.

A run of a million rows is made as in `million_rows.py` and repeated piece by piece under other ids, so that the
tables never are in memory; every level must be that of the million rows. 100 million rows take about 5 GB of disk.

    OMP_NUM_THREADS=1 python benchmarks/hundred_million.py [--copies 100] [--kept FOLDER]
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
import time
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import yaml
from figures import take_down
from million_rows import cost_of, tables, write

from harness.evidence.run_folder import RunFolder
from harness.files import canonical_hash, sha256_file
from harness.tables.results import select
from harness.tables.versions import read_table, write_pieces

ROWS = 1_000_000
SUBJECTS = 10_000
COPIED = ("samples", "predictions")
PIECE = 100_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--copies", type=int, default=100, help="of a million rows")
    parser.add_argument("--kept", type=Path, metavar="FOLDER", help="keep the tables there, or take what is there")
    arguments = parser.parse_args()
    folder = arguments.kept or Path(tempfile.mkdtemp())
    try:
        measure(folder, arguments.copies)
    finally:
        if not arguments.kept:
            shutil.rmtree(folder)


def measure(folder: Path, copies: int) -> None:
    small, large = RunFolder(folder / "small"), RunFolder(folder / f"large-{copies}")
    if small.read_run() is None:
        make_small(folder, small.path)
    if not (large / "plan.yaml").is_file():
        began = time.perf_counter()
        enlarge(small, large, copies)
        gigabytes = sum((large / f"{name}.parquet").stat().st_size for name in COPIED) / 1e9
        print(f"written in {time.perf_counter() - began:.0f} s: {gigabytes:.2f} GB", flush=True)
    rows = copies * ROWS
    into = folder / "scored"
    shutil.rmtree(into, ignore_errors=True)
    processor_s, wall_s, gigabytes = cost_of(["score", str(large.path), "--into", str(into)], None, codes=(0, 1))
    print("| | processor | wall | peak memory | rows a second of processor |\n|---|---|---|---|---|")
    cost = f"{processor_s:.0f} s | {wall_s:.0f} s | {gigabytes:.2f} GB | {rows / processor_s:,.0f}"
    print(f"| `harness score`, {rows:,} predictions | {cost} |")
    take_down(f"score of {rows:,} rows: rows / processor second", rows / processor_s)
    take_down(f"score of {rows:,} rows, s", wall_s)
    take_down(f"score of {rows:,} rows, GB", gigabytes)
    require_same_levels(small.path, into)


def make_small(folder: Path, out: Path) -> None:
    folder.mkdir(exist_ok=True)
    for name, table in zip(COPIED, tables(ROWS, SUBJECTS), strict=True):
        write(table, folder / f"{name}.parquet")
    words = [
        *("dataset=table", f"dataset.root={folder}", "dataset.file=samples.parquet", "dataset.modality=face"),
        *("dataset.label_source=acted", "model=predictions", f"model.file={folder / 'predictions.parquet'}"),
        *("baselines=[]", "tracking.enabled=false", f"out={out}"),
    ]
    cost_of(["run", *words], None)


def enlarge(small: RunFolder, large: RunFolder, copies: int) -> None:
    """Write the tables of a run several times, each under ids of its own."""
    large.path.mkdir()
    for name in COPIED:
        schema = pq.read_schema(small / f"{name}.parquet")
        pieces = (piece for copy in range(copies) for piece in renamed(small / f"{name}.parquet", copy))
        write_pieces(pieces, schema, name, large / f"{name}.parquet")
    for name in ("files.parquet", "timings.parquet", "folds.json", "run.json"):
        shutil.copy(small / name, large / name)
    plan: dict[str, Any] = small.read_plan().plan
    samples = {"num_samples": copies * ROWS, "samples_sha256": sha256_file(large / "samples.parquet")}
    plan["dataset"] |= samples
    document = {"sha256": canonical_hash(plan), "plan": plan}
    (large / "plan.yaml").write_text(yaml.safe_dump(document, sort_keys=False, allow_unicode=True))


def renamed(path: Path, copy: int) -> Any:
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(batch_size=PIECE):
            table = pa.table(batch)
            ids = pc.binary_join_element_wise(f"copy-{copy:03}", table["sample_id"].cast(pa.string()), "/")
            yield table.set_column(table.schema.get_field_index("sample_id"), table.schema.field("sample_id"), ids)


def require_same_levels(small: Path, large: Path) -> None:
    """Counts that are a multiple of others have the same levels."""
    levels = []
    for folder in (small, large):
        rows = select(read_table(folder / "results.parquet", "results").table, statistic="level").to_pylist()
        levels.append({(row["model"], row["metric"], row["axis"], row["group"]): row["value"] for row in rows})
    common = [key for key in levels[0] if key in levels[1] and None not in (levels[0][key], levels[1][key])]
    differing = [key for key in common if abs(levels[0][key] - levels[1][key]) > 1e-9]
    print(f"{len(common):,} levels in common with the million rows, {len(differing)} differ")
    for key in differing[:10]:
        print(key, levels[0][key], levels[1][key])


if __name__ == "__main__":
    main()
