"""The frames of films: of how many the system was asked, and to how many it had an answer."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from harness.errors import HarnessError
from harness.tables.validation import conform, refuse, require_present

FRAMES = pa.schema(
    [
        pa.field("sample_id", pa.string(), nullable=False),
        pa.field("model", pa.string(), nullable=False),
        pa.field("condition", pa.string(), nullable=False),
        pa.field("answered", pa.int64(), nullable=False),
        pa.field("frames", pa.int64(), nullable=False),
    ]
)
"""One row per film that has an answer: ``answered`` of ``frames`` have one, at least one of them."""

KEY = ("sample_id", "model", "condition")


def validate_frames(table: pa.Table, samples: pa.Table) -> pa.Table:
    """Check a table of frames.

    Args:
        table: schema `FRAMES`.
        samples: those of the study, or drawn from it.

    Raises:
        HarnessError: it does not fit the schema, names an unknown sample, repeats a row, or counts what cannot be.
    """
    table = conform(table, FRAMES, "frames")
    require_present(table, FRAMES, "frames")
    known = pc.is_in(table["sample_id"], value_set=samples["sample_id"])
    refuse(table, pc.invert(known), "frames", "sample_id", "which is no sample of the study")
    possible = pc.and_(pc.greater(table["answered"], 0), pc.less_equal(table["answered"], table["frames"]))
    refuse(table, pc.invert(possible), "frames", "answered", "which is not from 1 to the number of frames")
    if table.select(KEY).group_by(list(KEY)).aggregate([]).num_rows < table.num_rows:
        raise HarnessError("frames: a film stands twice under the same model and condition.")
    return table
