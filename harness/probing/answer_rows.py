"""A model's answers to a probe as rows of the probes table, beside what they are compared with.

Shapes: n probed samples, W the model's width.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from harness.arrays import Floats
from harness.models.model import Vectors
from harness.tables.probe_tables import PROBES


def answer_rows(
    samples: pa.Table,
    probe: str,
    variant: str,
    found: Vectors,
    reference: Vectors,
    scale_W: Floats,
    predictions: pa.Table | None = None,
) -> pa.Table:
    """The answers to one variant of a probe, schema `PROBES`.

    Args:
        samples: the n that were asked about.
        probe: its name.
        variant: its name.
        found: what the model answered.
        reference: what its vectors are compared with.
        scale_W: what a difference is measured in.
        predictions: with its labels; None where the vectors are features.
    """
    scored = [outcome == "scored" for outcome in found.outcome]
    differences = max_difference(found.values, reference.values, scale_W)
    columns: dict[str, Any] = {
        "sample_id": samples["sample_id"],
        "probe": [probe] * samples.num_rows,
        "variant": [variant] * samples.num_rows,
        "outcome": found.outcome,
        "reason": found.reason,
        "label": [None] * samples.num_rows if predictions is None else predictions["label"],
        "max_difference": [float(d) if s else None for d, s in zip(differences, scored, strict=True)],
    }
    arrays = [_array(columns[field.name], field.type) for field in PROBES]
    return pa.table(arrays, schema=PROBES)


def max_difference(values_nW: Floats, reference_nW: Floats, scale_W: Floats) -> Floats:
    """The largest |a - b| / scale of each row ``[n]``; NaN in both is no difference, NaN in one is infinite."""
    difference_nW = np.abs(values_nW - reference_nW) / scale_W
    missing_nW, missing_in_reference_nW = np.isnan(values_nW), np.isnan(reference_nW)
    difference_nW[missing_nW & missing_in_reference_nW] = 0.0
    difference_nW[missing_nW != missing_in_reference_nW] = np.inf
    largest: Floats = difference_nW.max(axis=1, initial=0.0)
    return largest


def _array(column: Sequence[Any] | pa.ChunkedArray, kind: pa.DataType) -> pa.Array:
    return column.combine_chunks().cast(kind) if isinstance(column, pa.ChunkedArray) else pa.array(column, kind)
