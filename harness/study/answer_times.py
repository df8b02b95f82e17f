"""How long a system took for its answers, for ``run.json``: it differs from run to run, so it is no result."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from harness.attributes.grouping import Grouping
from harness.attributes.groups import axes_of, group_samples
from harness.evidence.run_folder import RunFolder
from harness.measurement.latencies import latencies
from harness.measurement.measure import usable
from harness.metrics.latency import Latency
from harness.tables.versions import read_table


def answer_times(
    folder: RunFolder, samples: pa.Table, plan: dict[str, Any], throughput: float | None
) -> list[Latency]:
    """Percentiles of the times in ``timings.parquet``: over all clean samples, then per group of enough subjects.

    Groups are told apart only where single answers were timed; samples of a batch have equal shares of its time.

    Args:
        folder: of the run, with its tables.
        samples: of the study.
        plan: of the study.
        throughput: of the system, by the clock; None where it was not measured.
    """
    system, answers = plan["model"]["name"], _answers(folder, plan["model"]["name"])
    grouping, least = Grouping.of(plan["attributes"]), plan["measure"]["min_subjects"]
    axes = [] if answers is None else [group_samples(samples, axis, grouping) for axis in axes_of(samples)]
    timings = read_table(folder / "timings.parquet", "timings").table
    found = latencies(timings, samples, system, usable(axes), answers=answers, min_subjects=least)
    return [replace(one, throughput=throughput) if one.axis is None else one for one in found]


def _answers(folder: RunFolder, system: str) -> pa.Table | None:
    """Those of a system that was asked about its samples one by one."""
    path = folder / "answers.parquet"
    if not path.is_file():
        return None
    own = read_table(path, "answers").table.filter(pc.field("model") == system)
    return own if own.num_rows else None
