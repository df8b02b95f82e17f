"""How long measuring takes with many groups on many axes: every metric, and all differences between groups.

18,000 answers in seven classes, with their scores, by 900 subjects, who are dealt to groups of equal size on each
axis, all by `harness.measurement.measure.measure` with its default settings. Processor seconds of one thread.

    OMP_NUM_THREADS=1 python benchmarks/many_groups_speed.py 1x12 2x45 14x45
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
from many_classes_speed import filled

from harness.measurement.measure import measure
from harness.tables.schemas import LABELS_KEY, PREDICTIONS, SAMPLES

CLASSES = ("anger", "disgust", "fear", "happiness", "neutral", "sadness", "surprise")
NUM_ROWS, NUM_SUBJECTS = 18_000, 900


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("shapes", nargs="+", metavar="AXESxGROUPS", help="such as 14x45")
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        print(measured(*map(int, arguments.shapes[0].split("x"))))
        return
    print(
        "| axes of so many groups | results | processor | wall | peak memory |\n|---|---|---|---|---|", flush=True
    )
    for shape in arguments.shapes:
        # A process of its own has a peak memory of its own.
        subprocess.run([sys.executable, __file__, "--one", shape], check=True)


def measured(num_axes: int, num_groups: int) -> str:
    samples, predictions = tables(num_axes, num_groups)
    start, wall = time.process_time(), time.perf_counter()
    results = measure(samples, predictions, dataset="simulated")
    cost = time.process_time() - start, time.perf_counter() - wall
    gigabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9
    shape = f"{num_axes} of {num_groups}"
    return f"| {shape} | {results.num_rows:,} | {cost[0]:.1f} s | {cost[1]:.1f} s | {gigabytes:.2f} GB |"


def tables(num_axes: int, num_groups: int) -> tuple[pa.Table, pa.Table]:
    """Subjects differ in how often they are answered correctly; the groups do not."""
    rng = np.random.default_rng(0)
    subject = np.arange(NUM_ROWS) % NUM_SUBJECTS
    truth = rng.integers(0, len(CLASSES), NUM_ROWS)
    strength = rng.normal(1.5, 0.5, NUM_SUBJECTS)[subject]
    logits = rng.normal(0.0, 1.0, (NUM_ROWS, len(CLASSES)))
    logits[np.arange(NUM_ROWS), truth] += strength
    scores = np.exp(logits)
    scores /= scores.sum(axis=1, keepdims=True)
    names = pa.array(CLASSES)
    sample_id = pa.array([f"clip{index:05}" for index in range(NUM_ROWS)])
    people = pa.array([f"person{index:03}" for index in range(NUM_SUBJECTS)])
    given = {
        "sample_id": sample_id,
        "modality": pa.array(["face"] * NUM_ROWS),
        "subject_id": people.take(pa.array(subject)),
        "label": names.take(pa.array(truth)),
        "label_source": pa.array(["acted"] * NUM_ROWS),
    }
    samples = filled(SAMPLES, given)
    for axis in range(num_axes):
        group = pa.array([f"group {index:02}" for index in range(num_groups)])
        dealt = rng.permutation(NUM_SUBJECTS) % num_groups
        samples = samples.append_column(f"attr.axis{axis:02}", group.take(pa.array(dealt[subject])))
    given = {
        "sample_id": sample_id,
        "model": pa.array(["model"] * NUM_ROWS),
        "condition": pa.array(["clean"] * NUM_ROWS),
        "outcome": pa.array(["scored"] * NUM_ROWS),
        "label": names.take(pa.array(scores.argmax(axis=1))),
        "scores": pa.array(list(scores.astype(np.float32)), PREDICTIONS.field("scores").type),
    }
    orders = {LABELS_KEY: json.dumps({"model": list(CLASSES)}).encode()}
    return samples, filled(PREDICTIONS, given).replace_schema_metadata(orders)


if __name__ == "__main__":
    main()
