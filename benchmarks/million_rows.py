"""What a million predictions from a file cost as a whole: `harness run`, and `harness score` of the run.

Ten thousand people give a hundred samples each, in seven classes, with sex, age and race of each person; the
system scores them all but 3 %, which have one of three reasons. Both tables are files of a user. Each command is a
process of its own, with the default settings, without tracking, and with all cores: the figures are seconds by the
clock.

    python benchmarks/million_rows.py [--format csv] [--profile FOLDER] [--kept FOLDER]

`--profile` writes what cProfile finds. `--kept` keeps tables and run there, and takes those tables that are there.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
from figures import as_users_do, take_down

CLASSES = ("anger", "disgust", "fear", "happiness", "neutral", "sadness", "surprise")
RACES = ("Asian", "Black", "East Asian", "Indian", "Latino", "White")
REASONS = ("no_face", "undecodable", "timeout")
COMMAND = "from harness.commands.main import main; main()"
HASHED = ("samples.parquet", "predictions.parquet", "results.parquet", "curves.parquet")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--subjects", type=int, default=10_000)
    parser.add_argument("--format", choices=("csv", "parquet"), default="csv")
    parser.add_argument("--profile", type=Path, metavar="FOLDER")
    parser.add_argument("--kept", type=Path, metavar="FOLDER")
    arguments = parser.parse_args()
    folder = arguments.kept or Path(tempfile.mkdtemp())
    try:
        measure_commands(folder, arguments)
    finally:
        if not arguments.kept:
            shutil.rmtree(folder)


def measure_commands(folder: Path, arguments: argparse.Namespace) -> None:
    files = [folder / f"{name}.{arguments.format}" for name in ("samples", "predictions")]
    if not all(file.is_file() for file in files):
        folder.mkdir(exist_ok=True)
        for file, table in zip(files, tables(arguments.rows, arguments.subjects), strict=True):
            write(table, file)
    run = folder / "run"
    shutil.rmtree(run, ignore_errors=True)
    dataset = ["dataset=table", f"dataset.root={folder}", f"dataset.file={files[0].name}"]
    stated = ["dataset.modality=face", "dataset.label_source=acted"]
    system = ["model=predictions", f"model.file={files[1]}", "tracking.enabled=false", f"out={run}"]
    print("| | processor | wall | peak memory |\n|---|---|---|---|", flush=True)
    for name, words in (("run", [*dataset, *stated, *system]), ("score", [str(run)])):
        processor_s, wall_s, gigabytes = cost_of([name, *words], arguments.profile)
        cost = f"{processor_s:.1f} s | {wall_s:.1f} s | {gigabytes:.2f} GB"
        print(f"| `harness {name}`, {arguments.rows:,} rows of {arguments.format} | {cost} |", flush=True)
        take_down(f"{name} of {arguments.rows:,} rows, s", wall_s)
        take_down(f"{name} of {arguments.rows:,} rows, GB", gigabytes)
    for name in HASHED:
        print(name, hashlib.sha256((run / name).read_bytes()).hexdigest()[:16])


def cost_of(words: list[str], profile: Path | None, codes: tuple[int, ...] = (0,)) -> tuple[float, float, float]:
    """Processor and wall seconds, and gigabytes at most, of a command that ends with one of these exit codes."""
    profiled = ["-m", "cProfile", "-o", str(profile / f"{words[0]}.prof")] if profile else []
    command = [sys.executable, *profiled, *(["-m", "harness.commands.main"] if profile else ["-c", COMMAND])]
    start = time.perf_counter()
    process = subprocess.Popen([*command, *words], stdout=subprocess.DEVNULL, env=as_users_do())
    _, status, used = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    code = os.waitstatus_to_exitcode(status)
    assert code in codes, f"harness {words[0]} ended with {code}"
    return used.ru_utime + used.ru_stime, wall, used.ru_maxrss * 1024 / 1e9  # given in KiB


def tables(num_rows: int, num_subjects: int) -> tuple[pa.Table, pa.Table]:
    """Samples, and predictions in another order, as a user has them."""
    rng = np.random.default_rng(0)
    subject = np.arange(num_rows) % num_subjects
    truth = rng.integers(0, len(CLASSES), num_rows)
    logits = rng.normal(0.0, 1.0, (num_rows, len(CLASSES)))
    logits[np.arange(num_rows), truth] += rng.normal(1.5, 0.5, num_subjects)[subject]
    scores = np.exp(logits)
    scores = (scores / scores.sum(axis=1, keepdims=True)).round(6)
    failed = rng.random(num_rows) < 0.03
    reason = rng.integers(0, len(REASONS), num_rows)
    sample_id = pa.array(np.char.mod("clips/%08d.jpg", np.arange(num_rows)))
    names = pa.array(CLASSES)
    people = {
        "attr.sex": pa.array(("female", "male")).take(pa.array(rng.integers(0, 2, num_subjects))),
        "attr.age": pa.array(rng.integers(18, 80, num_subjects)),
        "attr.race": pa.array(RACES).take(pa.array(rng.integers(0, len(RACES), num_subjects))),
    }
    subjects = pa.array([f"person{index:05}" for index in range(num_subjects)])
    samples = {"sample_id": sample_id, "subject_id": subjects.take(pa.array(subject)), "label": names.take(truth)}
    samples |= {name: column.take(pa.array(subject)) for name, column in people.items()}
    predictions = {
        "sample_id": sample_id,
        "label": names.take(pa.array(scores.argmax(axis=1), mask=failed)),
        "outcome": pa.array(("scored", "failed")).take(pa.array(failed.astype(int))),
        "reason": pa.array(REASONS).take(pa.array(reason, mask=~failed)),
    }
    columns = enumerate(CLASSES)
    predictions |= {f"score.{name}": pa.array(scores[:, index], mask=failed) for index, name in columns}
    return pa.table(samples), pa.table(predictions).take(rng.permutation(num_rows))


def write(table: pa.Table, file: Path) -> None:
    if file.suffix == ".csv":
        pyarrow.csv.write_csv(table, file)
    else:
        pq.write_table(table, file)


if __name__ == "__main__":
    main()
