"""How long measuring takes with many classes in many groups: metrics of labels, overall, per group, and gaps.

A million answers in 200 classes by ten thousand subjects, on three axes of 50 groups each with 200 subjects, all
by `harness.measurement.measure.measure` with its default settings. Processor seconds of one thread.

    OMP_NUM_THREADS=1 python benchmarks/many_classes_speed.py
"""

from __future__ import annotations

import argparse
import json
import resource
import time

import numpy as np
import pyarrow as pa

from harness.measurement.measure import measure
from harness.tables.schemas import LABELS_KEY, PREDICTIONS, SAMPLES

AXES = ("site", "country", "device")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--subjects", type=int, default=10_000)
    parser.add_argument("--classes", type=int, default=200)
    parser.add_argument("--groups", type=int, default=50, help="on each of three axes")
    arguments = parser.parse_args()
    samples, predictions = tables(arguments.rows, arguments.subjects, arguments.classes, arguments.groups)
    start, wall = time.process_time(), time.perf_counter()
    results = measure(samples, predictions, dataset="simulated")
    cost = time.process_time() - start, time.perf_counter() - wall
    gigabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9
    print("| results | processor | wall | peak memory |\n|---|---|---|---|")
    print(f"| {results.num_rows:,} | {cost[0]:.2f} s | {cost[1]:.2f} s | {gigabytes:.2f} GB |")


def tables(num_rows: int, num_subjects: int, num_classes: int, num_groups: int) -> tuple[pa.Table, pa.Table]:
    """Half of the answers are right, the others are any class; groups are of equal size."""
    rng = np.random.default_rng(0)
    subject = rng.integers(0, num_subjects, num_rows)
    truth = rng.integers(0, num_classes, num_rows)
    answer = np.where(rng.random(num_rows) < 0.5, truth, rng.integers(0, num_classes, num_rows))
    names = pa.array([f"class {index:03}" for index in range(num_classes)])
    sample_id = pa.array([f"clip{index:08}" for index in range(num_rows)])
    people = pa.array([f"person{index:05}" for index in range(num_subjects)])
    given = {
        "sample_id": sample_id,
        "modality": pa.array(["face"] * num_rows),
        "subject_id": people.take(pa.array(subject)),
        "label": names.take(pa.array(truth)),
        "label_source": pa.array(["acted"] * num_rows),
    }
    samples = filled(SAMPLES, given)
    for axis in AXES:
        group = pa.array([f"{axis} {index:02}" for index in range(num_groups)])
        dealt = rng.permutation(num_subjects) % num_groups
        samples = samples.append_column(f"attr.{axis}", group.take(pa.array(dealt[subject])))
    given = {
        "sample_id": sample_id,
        "model": pa.array(["model"] * num_rows),
        "condition": pa.array(["clean"] * num_rows),
        "outcome": pa.array(["scored"] * num_rows),
        "label": names.take(pa.array(answer)),
    }
    orders = {LABELS_KEY: json.dumps({"model": names.to_pylist()}).encode()}
    return samples, filled(PREDICTIONS, given).replace_schema_metadata(orders)


def filled(schema: pa.Schema, given: dict[str, pa.Array]) -> pa.Table:
    num_rows = len(given["sample_id"])
    columns = {field.name: given.get(field.name, pa.nulls(num_rows, field.type)) for field in schema}
    return pa.table(columns, schema=schema)


if __name__ == "__main__":
    main()
