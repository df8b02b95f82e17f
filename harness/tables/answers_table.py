"""The answers table, checked before anything is computed from it."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from harness.errors import HarnessError
from harness.tables.schemas import ANSWERS
from harness.tables.validation import conform, refuse, require_present

KEY = ("sample_id", "model", "condition")

FINGERPRINT = " system_fingerprint="
"""In a version: between the name of a model and the fingerprint of the servers that ran it."""


def validate_answers(table: pa.Table, samples: pa.Table) -> pa.Table:
    """Return the answers without what they said word for word.

    Args:
        table: schema `ANSWERS`.
        samples: those of the study, or drawn from it.

    Raises:
        HarnessError: it does not fit the schema, names an unknown sample, or repeats a row.
    """
    table = conform(table, ANSWERS, "answers").drop_columns(["raw"])
    require_present(table, pa.schema([ANSWERS.field(name) for name in table.column_names]), "answers")
    known = pc.is_in(table["sample_id"], value_set=samples["sample_id"])
    refuse(table, pc.invert(known), "answers", "sample_id", "which is no sample of the study")
    if table.select(KEY).group_by(list(KEY)).aggregate([]).num_rows < table.num_rows:
        raise HarnessError("answers: a sample is answered twice by the same model under the same condition.")
    return table
