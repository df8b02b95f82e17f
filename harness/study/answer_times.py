"""How long a system took for its answers, for ``run.json``: it differs from run to run, so it is no result."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import pyarrow as pa

from harness.attributes.grouping import Grouping
from harness.attributes.groups import axes_of, group_samples
from harness.evidence.run_folder import RunFolder
from harness.measurement.latencies import latencies
from harness.measurement.measure import usable
from harness.tables.versions import read_table


def answer_times(folder: RunFolder, samples: pa.Table, plan: dict[str, Any]) -> list[dict[str, Any]]:
    """Percentiles of the times in ``timings.parquet``: over all clean samples, then per group of enough subjects.

    Groups are told apart only where single answers were timed; samples of a batch have equal shares of its time.

    Args:
        folder: of the run, with its tables.
        samples: of the study.
        plan: of the study.
    """
    timings = read_table(folder / "timings.parquet", "timings").table
    one_by_one = (folder / "answers.parquet").is_file()
    grouping, least = Grouping.of(plan["attributes"]), plan["measure"]["min_subjects"]
    axes = [group_samples(samples, axis, grouping) for axis in (axes_of(samples) if one_by_one else ())]
    of_groups = latencies(timings, samples, plan["model"]["name"], usable(axes), min_subjects=least)
    return [asdict(of_group) for of_group in of_groups]
