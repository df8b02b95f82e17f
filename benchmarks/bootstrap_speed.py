"""What intervals over subjects cost: processor seconds and memory on one thread, by rows and subjects.

Each line is a process of its own, so that its peak memory is its own. ``levels`` is the intervals of
accuracy, UAR, macro F1, recall and precision per class from per-subject counts; ``counting`` is one pass over the
rows; ``measure`` is the whole of `harness.measurement.measure` (every metric, and attributes of 2 and 6 groups),
tables in and table out; ``rows`` resamples rows with `sklearn.metrics.balanced_accuracy_score`, three times.

    OMP_NUM_THREADS=1 python benchmarks/bootstrap_speed.py
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time

import numpy as np
import pyarrow as pa
from sklearn.metrics import balanced_accuracy_score

from harness.measurement.measure import measure
from harness.measurement.measure_settings import MeasureSettings
from harness.metrics.categorical import categorical
from harness.statistics.estimates import estimates
from harness.tables.predictions import validate_predictions
from harness.tables.schemas import LABELS_KEY, PREDICTIONS, SAMPLES

SIZES = ((10_000, 100), (100_000, 1_000), (1_000_000, 10_000), (1_000_000, 100_000))
CLASSES = ("anger", "disgust", "fear", "happiness", "neutral", "sadness", "surprise")
RESAMPLES = 1000
ROW_RESAMPLES = 3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--one", type=int, nargs=2, metavar=("ROWS", "SUBJECTS"))
    arguments = parser.parse_args()
    if arguments.one:
        print(json.dumps(time_one(*arguments.one)))
        return
    print("| rows | subjects | counting | levels | validating | measure | peak memory | rows (extrapolated) |")
    print("|---|---|---|---|---|---|---|---|")
    for rows, subjects in SIZES:
        command = [sys.executable, __file__, "--one", str(rows), str(subjects)]
        found = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        cells = [f"{found[key]:.2f} s" for key in ("counting", "levels", "validating", "measure")]
        print(
            f"| {rows:,} | {subjects:,} | {' | '.join(cells)} | {found['gigabytes']:.2f} GB "
            f"| {found['rows']:,.0f} s |",
            flush=True,
        )


def time_one(num_rows: int, num_subjects: int) -> dict[str, float]:
    rng = np.random.default_rng(0)
    num_classes = len(CLASSES)
    subject = rng.integers(0, num_subjects, num_rows)
    truth = rng.integers(0, num_classes, num_rows)
    scores = rng.dirichlet(np.ones(num_classes), num_rows)
    scores[np.arange(num_rows), truth] += 0.5
    scores /= scores.sum(1, keepdims=True)
    answer = scores.argmax(1)
    seconds: dict[str, float] = {}
    start = time.process_time()
    tally = categorical(subject, truth, answer, num_rows=num_subjects, classes=CLASSES, per_class=True)
    seconds["counting"] = time.process_time() - start
    start = time.process_time()
    estimates([tally], resamples=RESAMPLES, level=0.95, seed=0)
    seconds["levels"] = time.process_time() - start
    samples, predictions = tables(subject, truth, scores)
    start = time.process_time()
    predictions = validate_predictions(predictions, samples)
    seconds["validating"] = time.process_time() - start
    start = time.process_time()
    measure(samples, predictions, dataset="simulated", settings=MeasureSettings(resamples=RESAMPLES))
    seconds["measure"] = time.process_time() - start
    gigabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9
    return {**seconds, "gigabytes": gigabytes, "rows": row_bootstrap(truth, answer, rng)}


def row_bootstrap(truth: np.ndarray, answer: np.ndarray, rng: np.random.Generator) -> float:
    """Seconds for `RESAMPLES` resamples of rows with scikit-learn, from `ROW_RESAMPLES` that are run."""
    start = time.process_time()
    for _ in range(ROW_RESAMPLES):
        rows = rng.integers(0, len(truth), len(truth))
        balanced_accuracy_score(truth[rows], answer[rows])
    return (time.process_time() - start) * RESAMPLES / ROW_RESAMPLES


def tables(subject: np.ndarray, truth: np.ndarray, scores: np.ndarray) -> tuple[pa.Table, pa.Table]:
    """Samples and predictions of one model, every row scored."""
    num_rows = len(subject)
    names = pa.array(CLASSES)
    sample_id = pa.array([f"clip{index}" for index in range(num_rows)])
    given = {
        "sample_id": sample_id,
        "modality": pa.array(["face"] * num_rows),
        "subject_id": pa.array([f"person{index}" for index in subject]),
        "label": names.take(pa.array(truth)),
        "label_source": pa.array(["acted"] * num_rows),
    }
    samples = _filled(SAMPLES, given)
    samples = samples.append_column("attr.sex", pa.array(["female", "male"]).take(pa.array(subject % 2)))
    samples = samples.append_column("attr.age", pa.array(18.0 + subject % 72))
    offsets = pa.array(np.arange(num_rows + 1, dtype=np.int32) * len(CLASSES))
    given = {
        "sample_id": sample_id,
        "model": pa.array(["model"] * num_rows),
        "condition": pa.array(["clean"] * num_rows),
        "outcome": pa.array(["scored"] * num_rows),
        "label": names.take(pa.array(scores.argmax(1))),
        "scores": pa.ListArray.from_arrays(offsets, pa.array(scores.astype(np.float32).ravel())),
    }
    orders = {LABELS_KEY: json.dumps({"model": CLASSES}).encode()}
    return samples, _filled(PREDICTIONS, given).replace_schema_metadata(orders)


def _filled(schema: pa.Schema, given: dict[str, pa.Array]) -> pa.Table:
    num_rows = len(given["sample_id"])
    return pa.table(
        {field.name: given.get(field.name, pa.nulls(num_rows, field.type)) for field in schema}, schema=schema
    )


if __name__ == "__main__":
    main()
