"""What was rated, and what was answered, over a clip that is cut into samples: the course around one of them.

Shapes: W samples of the clip.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from harness.arrays import Floats
from harness.measurement.within_subjects import MIN_SAMPLES
from harness.metrics.dimensional import ccc, moments
from harness.tables.predictions import rows_of
from harness.tables.schemas import DIMENSIONS
from harness.viewer.listing import Listing
from harness.viewer.row_pages import finite

MAX_WINDOWS = 2000
"""A clip of more samples is not drawn: a line cannot show them."""


def clip_courses(listing: Listing, side: int, row: int) -> list[dict[str, Any]]:
    """One course for each dimension that is rated in a sample's clip; none of a sample that is no part of a clip.

    Args:
        listing: of one run or two.
        side: whose answers, an index into ``listing.sides``.
        row: of the first run's ``samples.parquet``.

    Returns:
        For each dimension its ``name``, the ``middle`` of each sample in seconds, ``label`` and ``answer``, both
        with None where nothing is known, ``here``, the place of this sample, and ``ccc``, the concordance within
        the clip; None with fewer than `MIN_SAMPLES` answers.
    """
    samples = listing.samples
    (own,) = samples.select(["uri", "start_s", *DIMENSIONS]).slice(row, 1).to_pylist()
    if own["uri"] is None or own["start_s"] is None or all(own[name] is None for name in DIMENSIONS):
        return []
    is_clip = pc.fill_null(pc.equal(samples["uri"], own["uri"]), False)
    rows = np.flatnonzero(pc.and_(is_clip, samples["start_s"].is_valid()).to_numpy())
    if not 2 <= len(rows) <= MAX_WINDOWS:
        return []
    columns = ["sample_id", "start_s", "end_s", *DIMENSIONS]
    clip = samples.select(columns).take(pa.array(rows))
    order = np.argsort(_known(clip["start_s"]), kind="stable")
    clip, here = clip.take(pa.array(order)), int(np.flatnonzero(rows[order] == row)[0])
    number, of = listing.sides[side]
    answers = rows_of(listing.runs[number].predictions, of.model, of.condition)
    answers = answers.take(pc.index_in(clip["sample_id"], value_set=answers["sample_id"]).combine_chunks())
    start_W, end_W = _known(clip["start_s"]), _known(clip["end_s"])
    middle_W = np.where(np.isnan(end_W), start_W, (start_W + end_W) / 2)
    return [
        _course(name, middle_W, _known(clip[name]), _known(answers[name]), here)
        for name in DIMENSIONS
        if clip[name].null_count < clip.num_rows
    ]


def _course(name: str, middle_W: Floats, label_W: Floats, answer_W: Floats, here: int) -> dict[str, Any]:
    both_W = ~(np.isnan(label_W) | np.isnan(answer_W))
    one_clip = np.zeros(int(both_W.sum()), np.int64)
    found = float(ccc(moments(one_clip, label_W[both_W], answer_W[both_W], 1))[0])
    return {
        "name": name,
        "middle": [finite(value) for value in middle_W.tolist()],
        "label": [finite(value) for value in label_W.tolist()],
        "answer": [finite(value) for value in answer_W.tolist()],
        "here": here,
        "ccc": finite(found) if len(one_clip) >= MIN_SAMPLES else None,
    }


def _known(column: pa.ChunkedArray) -> Floats:
    """Numbers, NaN where there is none."""
    values: Floats = pc.fill_null(column, float("nan")).to_numpy().astype(np.float64)
    return values
