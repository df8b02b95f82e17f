"""What it costs to compare groups: every metric of counts, with intervals, overall, per group and between groups.

A million answers in seven classes by ten thousand subjects in six groups, unless said otherwise. Each line is a
process of its own, so that its peak memory is its own; processor seconds stand beside wall time, for other work on
the machine makes only the latter longer. ``arrays``: subject, group, truth and answer in, rows of results out.
``tables``: the same from samples and predictions in Arrow, by `harness.measurement.measure`. ``fairlearn``: its
`MetricFrame` with accuracy, UAR and macro F1 alone, whose bootstrap resamples rows, extrapolated from a few
resamples; its values and ours must agree. ``stream``: tables are generated on disk and scored from there, beside a
few sums of them in DuckDB (`bare_counts.py`), where that is installed.

    OMP_NUM_THREADS=1 python benchmarks/disparity_speed.py
    OMP_NUM_THREADS=1 python benchmarks/disparity_speed.py --stream 1000000 10000000 --folder SCRATCH
"""

from __future__ import annotations

import argparse
import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from bare_counts import count
from figures import take_down

from harness.attributes.group import Group
from harness.attributes.grouping import Grouping
from harness.attributes.groups import Groups
from harness.measurement import cells, levels
from harness.measurement.groups.axis_comparison import plan_axis
from harness.measurement.groups.better_than_chance import BetterThanChance
from harness.measurement.groups.corrected_gaps import gap_tests
from harness.measurement.groups.gap_rows import gap_rows
from harness.measurement.groups.group_comparison import compare_planned
from harness.measurement.groups.planned_comparison import num_tests
from harness.measurement.measure import measure
from harness.measurement.measure_settings import MeasureSettings
from harness.measurement.result_rows import RowFactory
from harness.measurement.streaming.measure_files import measure_files
from harness.metrics.categorical import categorical
from harness.metrics.outcomes import outcomes
from harness.tables.results import Result, ResultBlock, results_table
from harness.tables.schemas import LABELS_KEY, PREDICTIONS, SAMPLES

CLASSES = ("anger", "disgust", "fear", "happiness", "neutral", "sadness", "surprise")
GROUPS = tuple(f"group {letter}" for letter in "abcdef")
COUNTED = ("accuracy", "accuracy_scored", "uar", "macro_f1", "coverage", "recall", "precision", "f1")
NUM_ROWS, NUM_SUBJECTS, FAIRLEARN_RESAMPLES = 1_000_000, 10_000, 3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--one", nargs=2, metavar=("WHAT", "RESAMPLES"), help=argparse.SUPPRESS)
    parser.add_argument("--generate", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--stream", type=int, nargs="+", metavar="ROWS", help="score so many rows from disk")
    parser.add_argument("--folder", type=Path, help="where to generate them (11 bytes a row); deleted afterwards")
    parser.add_argument("--subjects", type=int, default=NUM_SUBJECTS)
    arguments = parser.parse_args()
    if arguments.generate:
        generate(Path(arguments.one[0]), int(arguments.one[1]), arguments.subjects)
        print("{}")
    elif arguments.one:
        what, number = arguments.one[0], int(arguments.one[1])
        done = {"arrays": from_arrays, "tables": from_tables, "fairlearn": from_fairlearn}
        run = done[what] if what in done else partial(from_files, Path(what))
        print(json.dumps(run(number)))
    elif arguments.stream:
        stream(arguments.stream, arguments.subjects, arguments.folder)
    else:
        compare()


def compare() -> None:
    header("from", "resamples", "processor", "wall", "memory before", "peak memory", "numbers with an interval")
    found = {}
    for what, resamples in (("arrays", 1000), ("arrays", 10_000), ("tables", 1000), ("fairlearn", 1000)):
        found[what] = own_process(what, resamples)
        print(f"| {what} | {resamples:,} | {line(found[what])} | {found[what]['intervals']:,} |", flush=True)
    ours, theirs = found["arrays"]["values"], found["fairlearn"]["values"]
    largest = max(abs(ours[name] - value) for name, value in theirs.items())
    print(f"\n{len(theirs)} values that both give differ by at most {largest:.1g}.")
    take_down("groups compared, s", found["arrays"]["processor"], "fairlearn", found["fairlearn"]["processor"])
    if largest > 1e-12:
        sys.exit("They should be equal.")


def stream(sizes: list[int], num_subjects: int, folder: Path | None) -> None:
    header(
        "rows",
        "subjects",
        "on disk",
        "processor",
        "wall",
        "memory before",
        "peak memory",
        "rows / processor second",
        "a few sums in DuckDB",
    )
    for num_rows in sizes:
        scratch = Path(tempfile.mkdtemp(dir=folder))
        try:
            # Elsewhere, for a process starts with the peak memory of the one that starts it.
            own_process(str(scratch), num_rows, generate=num_subjects)
            size = sum(path.stat().st_size for path in scratch.iterdir()) / 1e9
            found = own_process(str(scratch), 1000)
            peer = beside_a_database(scratch, found["values"]["accuracy all"]) if find_spec("duckdb") else None
        finally:
            shutil.rmtree(scratch)
        speed = num_rows / found["processor"]
        take_down("streamed rows / processor second", speed, "DuckDB, a few sums" if peer else "", peer)
        rates = f"{speed:,.0f} | {f'{peer:,.0f}' if peer else 'not installed'}"
        print(f"| {num_rows:,} | {num_subjects:,} | {size:.2f} GB | {line(found)} | {rates} |", flush=True)


def beside_a_database(folder: Path, accuracy: float) -> float:
    """Rows a processor second of a few sums in DuckDB, whose accuracy must be ours."""
    num_rows, found = count(folder)
    if abs(found.accuracy - accuracy) > 1e-12:
        sys.exit(f"Accuracy is {accuracy} here and {found.accuracy} in DuckDB. They should be equal.")
    return num_rows / found.bins_s


def header(*names: str) -> None:
    print(f"| {' | '.join(names)} |\n{'|---' * len(names)}|", flush=True)


def own_process(what: str, number: int, generate: int | None = None) -> dict[str, Any]:
    command = [sys.executable, __file__, "--one", what, str(number)]
    return run_alone(command + ([] if generate is None else ["--generate", "--subjects", str(generate)]))


def run_alone(command: list[str]) -> dict[str, Any]:
    """What a process of its own prints as JSON."""
    found: dict[str, Any] = json.loads(
        subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    )
    return found


def line(found: dict[str, Any]) -> str:
    costs = f"{found['processor']:,.2f} s | {found['wall']:,.2f} s"
    return f"{costs} | {found['before']:,.0f} MB | {found['megabytes']:,.0f} MB"


def timed(work: Callable[[], pa.Table | dict[str, float]]) -> dict[str, Any]:
    """Run it; what it gave, and what it cost."""
    before, processor, wall = peak_memory(), time.process_time(), time.perf_counter()
    found = work()
    cost = {
        "processor": time.process_time() - processor,
        "wall": time.perf_counter() - wall,
        "before": before,
        "megabytes": peak_memory(),
    }
    if isinstance(found, dict):
        return {**cost, "values": found, "intervals": len(found)}
    rows = found.to_pylist()
    values = {f"{row['metric']} {row['group']}": row["value"] for row in rows if row["statistic"] == "level"}
    return {**cost, "values": values, "intervals": sum(row["lo"] is not None for row in rows)}


def peak_memory() -> float:
    """In megabytes, of the process so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6


def people(num_rows: int, num_subjects: int, seed: int = 0) -> tuple[np.ndarray, ...]:
    """Subject, group, truth and answer of every row."""
    rng = np.random.default_rng(seed)
    subject = rng.integers(0, num_subjects, num_rows)
    truth = rng.integers(0, len(CLASSES), num_rows)
    answer = np.where(rng.random(num_rows) < 0.6, truth, rng.integers(0, len(CLASSES), num_rows))
    return subject, subject % len(GROUPS), truth, answer


def settings(resamples: int) -> MeasureSettings:
    draws = min(resamples, 1000)
    grouping = Grouping(axes=("race",))
    return MeasureSettings(
        resamples=resamples, permutations=draws, gaps=COUNTED, search_depth=0, grouping=grouping
    )


def from_arrays(resamples: int) -> dict[str, Any]:
    subject, group, truth, answer = people(NUM_ROWS, NUM_SUBJECTS)
    factory = RowFactory("simulated", "model", "clean", settings(resamples))

    def work() -> pa.Table:
        groups = Groups(("race",), tuple(map(Group.of, GROUPS)), group)
        divided = cells.cells_of(subject, [groups])
        num = len(divided.subject)
        tallies = [
            categorical(divided.row, truth, answer, num_rows=num, classes=CLASSES, per_class=True),
            outcomes(divided.row, np.zeros_like(truth), np.full_like(truth, -1), num_rows=num, reasons=()),
        ]
        rows: list[Result | ResultBlock] = [levels.overall_levels(factory, cells.by_subject(tallies, divided))]
        grouped = cells.by_group(tallies, divided, groups)
        rows += levels.group_levels(factory, grouped, CLASSES)
        chance = BetterThanChance(grouped, factory.settings.level)
        planned = plan_axis(factory, grouped, CLASSES).as_they_are
        compared = list(compare_planned(planned, factory.settings, num_tests(planned)))
        for found, tests in zip(compared, gap_tests(compared), strict=True):
            rows += gap_rows(factory, found, chance, tests)
        return results_table(rows)

    return timed(work)


def from_tables(resamples: int) -> dict[str, Any]:
    samples, predictions = tables(*people(NUM_ROWS, NUM_SUBJECTS), first=0)
    return timed(lambda: measure(samples, predictions, dataset="simulated", settings=settings(resamples)))


def from_fairlearn(resamples: int) -> dict[str, Any]:
    from fairlearn.metrics import MetricFrame
    from sklearn.metrics import accuracy_score, f1_score, recall_score

    _, group, truth, answer = people(NUM_ROWS, NUM_SUBJECTS)
    metrics = {
        "accuracy": accuracy_score,
        "uar": partial(recall_score, average="macro"),
        "macro_f1": partial(f1_score, average="macro"),
    }

    def work(resamples: int | None) -> dict[str, float]:
        frame = MetricFrame(
            metrics=metrics,
            y_true=truth,
            y_pred=answer,
            sensitive_features=group,
            n_boot=resamples,
            ci_quantiles=None if resamples is None else [0.025, 0.975],
            random_state=0,
        )
        values = {f"{name} all": float(frame.overall[name]) for name in metrics}
        per_group = ((name, code) for name in metrics for code in range(len(GROUPS)))
        return values | {f"{name} {GROUPS[code]}": float(frame.by_group[name][code]) for name, code in per_group}

    once, several = timed(partial(work, None)), timed(partial(work, FAIRLEARN_RESAMPLES))
    each = {name: (several[name] - once[name]) / FAIRLEARN_RESAMPLES for name in ("processor", "wall")}
    return several | {name: once[name] + each[name] * resamples for name in each}


def from_files(folder: Path, resamples: int) -> dict[str, Any]:
    files = folder / "samples.parquet", folder / "predictions.parquet"
    chosen = MeasureSettings(resamples=resamples, grouping=Grouping(axes=("race", "sex", "age", "sex*age")))
    return timed(lambda: measure_files(*files, dataset="simulated", settings=chosen).results)


def generate(folder: Path, num_rows: int, num_subjects: int, chunk: int = 1_000_000) -> None:
    """Samples and predictions with scores, written a chunk at a time."""
    samples, predictions = tables(*people(1, num_subjects), first=0, scored=True)
    files = folder / "samples.parquet", folder / "predictions.parquet"
    options = {"compression": "zstd", "write_statistics": False}
    with (
        pq.ParquetWriter(files[0], samples.schema, **options) as to_samples,
        pq.ParquetWriter(files[1], predictions.schema, **options) as to_predictions,
    ):
        for first in range(0, num_rows, chunk):
            given = people(min(chunk, num_rows - first), num_subjects, seed=1 + first // chunk)
            samples, predictions = tables(*given, first=first, scored=True)
            to_samples.write_table(samples)
            to_predictions.write_table(predictions)


def tables(
    subject: np.ndarray,
    group: np.ndarray,
    truth: np.ndarray,
    answer: np.ndarray,
    *,
    first: int,
    scored: bool = False,
) -> tuple[pa.Table, pa.Table]:
    """Samples and predictions of one model; ids count from ``first``. With scores, one in fifty has none."""
    num_rows, names = len(subject), pa.array(CLASSES)
    rng = np.random.default_rng(first)
    failed = rng.random(num_rows) < (0.02 if scored else 0)
    sample_id = pa.array(np.char.mod("%010d", np.arange(first, first + num_rows)))
    given = {
        "sample_id": sample_id,
        "modality": repeated("face", num_rows),
        "subject_id": pa.array([f"person {index}" for index in range(subject.max() + 1)]).take(pa.array(subject)),
        "label": names.take(pa.array(truth)),
        "label_source": repeated("acted", num_rows),
    }
    samples = filled(SAMPLES, given).append_column("attr.race", pa.array(GROUPS).take(pa.array(group)))
    sex = pa.array(["female", "male"]).take(pa.array(subject // len(GROUPS) % 2))
    samples = samples.append_column("attr.sex", sex).append_column("attr.age", pa.array(18.0 + subject % 62))
    given = {
        "sample_id": sample_id,
        "model": repeated("model", num_rows),
        "condition": repeated("clean", num_rows),
        "outcome": pa.array(["scored", "failed"]).take(pa.array(failed.astype(int))),
        "reason": pa.array([None, "no_face"]).take(pa.array(failed.astype(int))),
        "label": names.take(pa.array(answer, mask=failed)),
    }
    if scored:
        given["scores"] = scores(answer, failed, rng)
    orders = {LABELS_KEY: json.dumps({"model": CLASSES}).encode()}
    return samples, filled(PREDICTIONS, given).replace_schema_metadata(orders)


def scores(answer: np.ndarray, failed: np.ndarray, rng: np.random.Generator) -> pa.Array:
    """Probabilities in steps of 1/256, the answer's the highest."""
    steps = rng.integers(0, 20, (len(answer), len(CLASSES)))
    steps[np.arange(len(answer)), answer] += 256 - steps.sum(1)
    offsets = np.concatenate([[0], np.cumsum(np.where(failed, 0, len(CLASSES)))]).astype(np.int32)
    flat = (steps[~failed] / 256).astype(np.float32).ravel()
    return pa.ListArray.from_arrays(pa.array(offsets), pa.array(flat), mask=pa.array(failed))


def repeated(text: str, num: int) -> pa.Array:
    return pa.repeat(pa.scalar(text), num)


def filled(schema: pa.Schema, given: dict[str, pa.Array]) -> pa.Table:
    num_rows = len(given["sample_id"])
    return pa.table(
        {field.name: given.get(field.name, pa.nulls(num_rows, field.type)) for field in schema}, schema=schema
    )


if __name__ == "__main__":
    main()
