"""What the journal keeps of a sample, as a table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from harness.inference.executor import Finished
from harness.models.answer import Answer
from harness.tables.schemas import ANSWERED_BESIDES, OUTCOMES

SHARD = pa.schema(
    [
        ("place", pa.int64()),
        ("sample_id", pa.string()),
        ("outcome", pa.string()),
        ("reason", pa.string()),
        ("vector", pa.list_(pa.float64())),
        ("prepare_s", pa.float64()),
        ("forward_s", pa.float64()),
        ("attempts", pa.int32()),
        ("cost", pa.float64()),
        ("raw", pa.binary()),
        *ANSWERED_BESIDES.items(),
    ]
)
"""``place`` is the sample's in the samples table. ``vector`` is null where it was not scored, times are NaN where
unknown; attempts, cost and raw answer are null where the model answers with vectors alone."""


def shard_table(finished: Sequence[Finished], sample_id: pa.Array) -> pa.Table:
    """What was finished as a table of schema `SHARD`, batches in the plan's order."""
    ordered = sorted(finished, key=lambda one: int(one.places[0]))
    places = np.concatenate([one.places for one in ordered])
    outcome = _joined(one.outcome for one in ordered)
    scored = np.array([name == "scored" for name in outcome])
    flat = np.concatenate([one.vectors for one in ordered])
    offsets = np.concatenate([[0], np.cumsum(scored) * flat.shape[1]])
    columns = [
        places,
        sample_id.take(pa.array(places)),
        outcome,
        _joined(one.reason for one in ordered),
        pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), flat.ravel(), mask=pa.array(~scored)),
        _joined(one.prepare_s for one in ordered),
        _joined(one.forward_s for one in ordered),
        *_said(ordered, len(places)),
    ]
    arrays = [
        c.cast(f.type) if isinstance(c, pa.Array) else pa.array(c, f.type)
        for c, f in zip(columns, SHARD, strict=True)
    ]
    return pa.table(arrays, schema=SHARD)


def fits(table: pa.Table, sample_id: pa.Array, width: int) -> bool:
    """Whether a table holds samples of this run, with a vector for every one that is scored and no other."""
    place, outcome = table["place"].to_numpy(), table["outcome"]
    if table["place"].null_count or not len(place) or place.min() < 0 or place.max() >= len(sample_id):
        return False
    if not pc.all(pc.is_in(outcome, value_set=pa.array(OUTCOMES))).as_py():
        return False
    lengths = pc.fill_null(pc.list_value_length(table["vector"]), -1).to_numpy()
    expected = np.where(outcome.to_numpy() == "scored", width, -1)
    known = table["sample_id"].combine_chunks().equals(sample_id.take(pa.array(place)))
    return known and bool((lengths == expected).all())


def _said(finished: Sequence[Finished], num_samples: int) -> list[Any]:
    """Attempts, cost and raw answer of each sample; null where the model answers with vectors alone."""
    if not any(one.answers for one in finished):
        return [pa.nulls(num_samples)] * (3 + len(ANSWERED_BESIDES))
    said: list[Answer | None] = _joined(one.answers or [None] * len(one.places) for one in finished)
    return [
        [answer.attempts if answer else None for answer in said],
        [answer.cost if answer else None for answer in said],
        [answer.evidence if answer else None for answer in said],
        *([getattr(answer, name) if answer else None for answer in said] for name in ANSWERED_BESIDES),
    ]


def _joined(parts: Iterable[Sequence[Any]]) -> list[Any]:
    return list(chain.from_iterable(parts))
