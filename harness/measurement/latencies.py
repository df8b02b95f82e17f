"""How long a system took for its answers, over all samples and per group.

Times differ from run to run, so they are no results: the report shows those of its own run.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from harness.attributes.groups import Groups
from harness.metrics.latency import Latency, latency
from harness.tables.schemas import CLEAN
from harness.tables.subject_numbers import subject_numbers


def latencies(
    timings: pa.Table, samples: pa.Table, system: str, axes: Sequence[Groups] = (), *, min_subjects: int = 1
) -> list[Latency]:
    """The times of a system on clean samples: all of them first, then each group; empty if nothing was timed.

    Args:
        timings: schema `harness.tables.schemas.TIMINGS`.
        samples: of the study.
        system: its name.
        axes: single attributes.
        min_subjects: a group with fewer is left out.
    """
    own = timed(timings, system)
    at = pc.index_in(samples["sample_id"], value_set=own["sample_id"]).combine_chunks()
    seconds_N = pc.fill_null(own["forward_s"].take(at), np.nan).to_numpy()
    timed_N = np.isfinite(seconds_N)
    if not timed_N.any():
        return []
    subject_N, _ = subject_numbers(samples)
    found = [latency(seconds_N[timed_N])]
    for groups in axes:
        for code, name in enumerate(groups.names):
            rows = np.flatnonzero(timed_N & (groups.index == code))
            if len(np.unique(subject_N[rows])) >= min_subjects:
                found.append(latency(seconds_N[rows], axis=groups.axis, group=name))
    return found


def timed(timings: pa.Table, system: str) -> pa.Table:
    """The rows of a system on clean samples."""
    return timings.filter((pc.field("model") == system) & (pc.field("condition") == CLEAN))
