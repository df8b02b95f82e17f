"""A few sums over the tables of a run in DuckDB, on one thread: what a database takes for a part of the work.

Answers by person, label and answer; and by person and bin of confidence, of 15 of equal width, how many are right,
and the sums of confidence, log-loss and Brier score, with ids compared row by row. Nothing is validated, and there
are no other metrics, no checks and no intervals. `disparity_speed.py --stream` shows it beside the streamed pass.

    python benchmarks/bare_counts.py FOLDER    # of a run, its tables row by row in the same order
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import Any, NamedTuple

CONFUSION = """
    SELECT subject_id, truth, answer, count(*) FROM (SELECT subject_id, label AS truth FROM '{samples}')
    POSITIONAL JOIN (SELECT label AS answer FROM '{predictions}') GROUP BY ALL
"""
BINS = """
    SELECT sum(num), sum(accurate), sum(moved), sum(confidence), sum(log_loss), sum(brier) FROM (
        SELECT subject_id, least(14, floor(15 * list_max(p))) AS bin, count(*) AS num,
            sum((truth = answer)::INT) AS accurate, sum(list_max(p)) AS confidence,
            sum(-ln(greatest(p[list_position(labels, truth)], 1.2e-7))) AS log_loss,
            sum(list_inner_product(p, p) - 2 * p[list_position(labels, truth)] + 1) AS brier,
            sum((id <> other)::INT) AS moved
        FROM (SELECT sample_id AS id, subject_id, label AS truth FROM '{samples}')
        POSITIONAL JOIN (
            SELECT sample_id AS other, label AS answer, coalesce(scores, {none}::FLOAT[]) AS p, {labels} AS labels
            FROM '{predictions}'
        ) GROUP BY ALL
    )
"""


class Counted(NamedTuple):
    """What counting has cost, in seconds of the processor, and found."""

    confusion_s: float
    bins_s: float
    accuracy: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="of a run: samples.parquet and predictions.parquet")
    folder = parser.parse_args().folder
    num_rows, found = count(folder)
    print("| counted | processor | rows a second |\n|---|---|---|")
    costs = {"person, label, answer": found.confusion_s, "person, bin of confidence": found.bins_s}
    for name, seconds in costs.items():
        print(f"| {name} | {seconds:.1f} s | {num_rows / seconds:,.0f} |")
    print(f"\naccuracy {found.accuracy:.4f}")


def count(folder: Path) -> tuple[int, Counted]:
    """The number of rows, and what counting them in DuckDB costs."""
    import duckdb
    import pyarrow.parquet as pq

    from harness.tables.predictions import label_orders

    files = {name: folder / f"{name}.parquet" for name in ("samples", "predictions")}
    schema = pq.read_schema(files["predictions"])
    (labels,) = label_orders(schema.empty_table()).values()
    literals = {"labels": repr(list(labels)), "none": repr([1.0] + [0.0] * (len(labels) - 1))}
    connection = duckdb.connect(config={"threads": 1})
    confusion, confusion_s = timed(connection, CONFUSION.format(**files))
    rows, bins_s = timed(connection, BINS.format(**files, **literals))
    num_rows, num_right, num_moved = rows[0][:3]
    if num_moved or sum(row[-1] for row in confusion) != num_rows:
        sys.exit("The tables are not in the same order.")
    return int(num_rows), Counted(confusion_s, bins_s, float(num_right / num_rows))


def timed(connection: Any, query: str) -> tuple[list[Any], float]:
    """The rows of an answer, and its seconds of the processor."""
    began = time.process_time()
    rows = connection.execute(query).fetchall()
    return rows, time.process_time() - began


if __name__ == "__main__":
    main()
