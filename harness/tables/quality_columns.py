"""Columns of the samples that grade the quality of their signals: ``ctx.quality_snr``, ``ctx.quality_sharpness``.

A grade is a whole number from 1, the lowest twentieth of the study, to 20, the highest; empty where the quality
could not be measured. It says nothing of the person beyond that, so it leaves the machine with pseudonymised
samples, unlike the measured value itself.

Shapes: N samples, Q measures of quality.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from harness.arrays import Floats, Ints

QUALITY = "ctx.quality_"
NUM_GRADES = 20
NOT_MEASURED = 0


def grades(value_N: Floats, *, better: str) -> Ints:
    """Grade samples by a measure: 1 … `NUM_GRADES`, or `NOT_MEASURED` for NaN, shape ``[N]``.

    The grade is the share of samples that are no better, in twentieths, rounded up. Equal samples have equal
    grades, the highest of theirs: at most a twentieth of the samples is graded 1.

    Args:
        value_N: the measure.
        better: ``higher`` or ``lower`` values.
    """
    known_N = np.isfinite(value_N)
    value_n = value_N[known_N] if better == "higher" else -value_N[known_N]
    num_no_better_n = np.searchsorted(np.sort(value_n), value_n, side="right")
    grade_N = np.full(len(value_N), NOT_MEASURED)
    grade_N[known_N] = -(-NUM_GRADES * num_no_better_n // max(len(value_n), 1))
    return grade_N


def quality_measures(columns: Sequence[str]) -> list[str]:
    """The measures of quality among the columns of samples, without their prefix."""
    return [name.removeprefix(QUALITY) for name in columns if name.startswith(QUALITY)]


def read_grades(samples: pa.Table) -> dict[str, Ints]:
    """Measure → the grade of each sample ``[N]``; columns that hold anything else are left out."""
    found = {}
    for measure in quality_measures(samples.column_names):
        column = samples[f"{QUALITY}{measure}"]
        if not (pa.types.is_integer(column.type) or pa.types.is_floating(column.type)):
            continue
        grade_N = pc.fill_null(column.cast(pa.float64()), NOT_MEASURED).to_numpy()
        if np.isin(grade_N, np.arange(NUM_GRADES + 1)).all() and len(np.unique(grade_N[grade_N > 0])) > 1:
            found[measure] = grade_N.astype(np.int64)
    return found
