"""What `harness compare` costs where the tables of two runs lie on disk.

Two finished runs over the same samples, each with the answers of its system, with scores, and of another model,
are written a chunk at a time; then they are compared, in a process of its own, so that its peak memory is its own.
With ``--shuffled`` the samples of the second run stand in another order, within each chunk and chunk by chunk.

    OMP_NUM_THREADS=1 python benchmarks/compare_speed.py 1000000 6000000 --folder SCRATCH
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from disparity_speed import header, line, people, run_alone, tables, timed

from harness.attributes.grouping import Grouping
from harness.comparison.compare_runs import compare_runs
from harness.evidence.run_folder import RunFolder
from harness.measurement.choices import MeasureChoices
from harness.tables.predictions import concat_predictions

CHUNK_ROWS, NUM_SUBJECTS = 1_000_000, 10_000
AXES = ("race", "sex", "age", "sex*age")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("rows", type=int, nargs="*", default=[6_000_000])
    parser.add_argument("--subjects", type=int, default=NUM_SUBJECTS)
    parser.add_argument("--shuffled", action="store_true", help="the second run in another order")
    parser.add_argument("--folder", type=Path, help="where to write the runs; deleted afterwards")
    parser.add_argument("--generate", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--compare", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.generate:
        for place, name in enumerate(("first", "second")):
            shuffled = arguments.shuffled and place == 1
            write_run(arguments.generate / name, arguments.rows[0], arguments.subjects, place, shuffled)
        print("{}")
    elif arguments.compare:
        print(json.dumps(compared(arguments.compare)))
    else:
        measure(arguments.rows, arguments.subjects, arguments.shuffled, arguments.folder)


def measure(sizes: list[int], num_subjects: int, shuffled: bool, folder: Path | None) -> None:
    header("rows", "subjects", "on disk", "processor", "wall", "memory before", "peak memory")
    for num_rows in sizes:
        scratch = Path(tempfile.mkdtemp(dir=folder))
        chosen = [str(num_rows), "--subjects", str(num_subjects), *(["--shuffled"] if shuffled else [])]
        try:
            run_alone([sys.executable, __file__, *chosen, "--generate", str(scratch)])
            size = sum(path.stat().st_size for path in scratch.rglob("*.parquet")) / 1e9
            found = run_alone([sys.executable, __file__, "--compare", str(scratch)])
        finally:
            shutil.rmtree(scratch)
        print(f"| {num_rows:,} | {num_subjects:,} | {size:.2f} GB | {line(found)} |", flush=True)


def compared(folder: Path) -> dict[str, Any]:
    runs = [folder / "first", folder / "second"]
    return timed(lambda: pq_read(compare_runs(runs, into=folder / "compared").folder / "compare.parquet"))


def pq_read(path: Path) -> pa.Table:
    return pq.read_table(path)


def write_run(out: Path, num_rows: int, num_subjects: int, seed: int, shuffled: bool) -> None:
    """A finished run: the system's answers differ from those of a run with another seed, the samples do not."""
    run = RunFolder(out)
    run.write_plan(plan(seed))
    firsts = list(range(0, num_rows, CHUNK_ROWS))
    firsts = firsts[::-1] if shuffled else firsts
    write_chunks(
        (chunk(first, num_rows, num_subjects, seed, shuffled)[0] for first in firsts), out / "samples.parquet"
    )
    models = (chunk(first, num_rows, num_subjects, seed, shuffled)[model] for model in (1, 2) for first in firsts)
    write_chunks(models, out / "predictions.parquet")
    run.write_run({"status": "complete"})


def chunk(first: int, num_rows: int, num_subjects: int, seed: int, shuffled: bool) -> tuple[pa.Table, ...]:
    """Samples, and the answers of the system and of another model."""
    subject, group, truth, answer = people(min(CHUNK_ROWS, num_rows - first), num_subjects, seed=1 + first)
    given = subject, group, truth, np.where(np.arange(len(truth)) % 10 == seed, truth, answer)
    samples, system = tables(*given, first=first, scored=True)
    _, other = tables(*given, first=first)
    other = other.set_column(1, other.schema.field("model"), pa.repeat(pa.scalar("other"), other.num_rows))
    orders = concat_predictions([system.slice(0, 0), other.slice(0, 0)]).schema.metadata
    found = samples, system.replace_schema_metadata(orders), other.replace_schema_metadata(orders)
    if not shuffled:
        return found
    order = np.random.default_rng(first).permutation(samples.num_rows)
    return tuple(table.take(order) for table in found)


def write_chunks(chunks: Any, path: Path) -> None:
    first = next(chunks)
    with pq.ParquetWriter(path, first.schema, compression="zstd", write_statistics=False) as writer:
        writer.write_table(first)
        for each in chunks:
            writer.write_table(each)


def plan(seed: int) -> dict[str, Any]:
    choices = MeasureChoices(resamples=1000, permutations=1000)
    return {
        "dataset": {"name": "simulated", "options": {}, "simulated": True},
        "model": {"name": "model", "options": {"version": seed}, "notes": []},
        "baselines": [],
        "face": None,
        "seed": 0,
        "labels": {"merge": {}, "only": None},
        "attributes": Grouping(axes=AXES).plain(),
        "measure": choices.model_dump(mode="json"),
    }


if __name__ == "__main__":
    main()
