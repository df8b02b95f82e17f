"""How long a system took for its answers, over all samples and per group.

Times differ from run to run, so they are no results.

Shapes: N samples, n of them timed.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from harness.arrays import Ints
from harness.attributes.groups import Groups
from harness.metrics.latency import Latency, latency
from harness.tables.schemas import CLEAN
from harness.tables.subject_numbers import subject_numbers


def latencies(
    timings: pa.Table,
    samples: pa.Table,
    system: str,
    axes: Sequence[Groups] = (),
    *,
    answers: pa.Table | None = None,
    min_subjects: int = 1,
) -> list[Latency]:
    """The times of a system on clean samples: all of them first, then each group; empty if nothing was timed.

    Args:
        timings: schema `harness.tables.schemas.TIMINGS`.
        samples: of the study.
        system: its name.
        axes: single attributes.
        answers: schema `harness.tables.schemas.ANSWERS`, of a system that was asked about its samples one by one.
        min_subjects: a group with fewer is left out.
    """
    seconds_N = _of_samples(timings, system, samples, "forward_s", np.nan)
    timed_n = np.flatnonzero(np.isfinite(seconds_N))
    if not len(timed_n):
        return []
    attempts_N = None if answers is None else _of_samples(answers, system, samples, "attempts", 0)
    subject_N, _ = subject_numbers(samples)

    def of(row_n: Ints, **named: str) -> Latency:
        return latency(seconds_N[row_n], None if attempts_N is None else attempts_N[row_n], **named)

    found = [of(timed_n)]
    for groups in axes:
        for code, name in enumerate(groups.names):
            row_n = timed_n[groups.index[timed_n] == code]
            if len(np.unique(subject_N[row_n])) >= min_subjects:
                found.append(of(row_n, axis=groups.axis, group=name))
    return found


def _of_samples(table: pa.Table, system: str, samples: pa.Table, column: str, absent: float) -> np.ndarray:
    """A column of a system's rows on clean samples, in the order of the samples ``[N]``."""
    own = table.filter((pc.field("model") == system) & (pc.field("condition") == CLEAN))
    at = pc.index_in(samples["sample_id"], value_set=own["sample_id"]).combine_chunks()
    return np.asarray(pc.fill_null(own[column].take(at), absent).to_numpy())
