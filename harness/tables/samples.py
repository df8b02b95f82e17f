"""The samples table: built from rows, validated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from harness.cards.modality import Modality
from harness.errors import HarnessError
from harness.tables.encoded_texts import cast_but_encoded
from harness.tables.schemas import (
    DIMENSIONS,
    LABEL_SOURCES,
    MORE_SAMPLES,
    SAMPLES,
)
from harness.tables.validation import (
    conform,
    require_present,
    require_range,
    require_short,
    require_unique,
    require_values,
    with_extra,
)


def samples_table(rows: Sequence[Mapping[str, Any]], *, rows_independent: bool = False) -> pa.Table:
    """Build and validate a samples table.

    Args:
        rows: one mapping per sample; absent columns are null. Keys outside the schema must start with ``attr.``
            or ``ctx.``; their columns follow in order of first appearance.
        rows_independent: whether, according to the card, subjects are unknown and every row is its own subject.

    Raises:
        HarnessError: see `validate_samples`.
    """
    fixed = set(SAMPLES.names)
    extra = dict.fromkeys(key for row in rows for key in row if key not in fixed)
    columns = {field.name: pa.array([row.get(field.name) for row in rows], field.type) for field in SAMPLES}
    columns |= {name: pa.array([row.get(name) for row in rows]) for name in extra}
    return validate_samples(pa.table(columns), rows_independent=rows_independent)


def validate_samples(
    table: pa.Table, *, rows_independent: bool = False, ids_are_unique: bool = False, encoded: bool = False
) -> pa.Table:
    """Return the table with the schema's column order and types.

    Args:
        table: the samples.
        rows_independent: see `samples_table`.
        ids_are_unique: whether this is already known and need not be checked.
        encoded: whether texts that are dictionaries stay so.

    Raises:
        HarnessError: columns are missing, unknown or of the wrong type; there are no rows; ids repeat; a value
            lies outside its vocabulary or range; a subject is missing (unless ``rows_independent``).
    """
    table = conform(table, SAMPLES, "samples", extra_prefixes=MORE_SAMPLES, encoded=encoded)
    if table.num_rows == 0:
        raise HarnessError("samples: no rows. Check the dataset's root and the filters of the run.")
    if not ids_are_unique:
        require_unique(table, "samples")
    require_values(table, "modality", tuple(Modality), "samples")
    require_values(table, "label_source", LABEL_SOURCES, "samples")
    for name in DIMENSIONS:
        require_range(table, name, -1.0, 1.0)
    if rows_independent:
        table = with_subjects(table)
    require_present(table, SAMPLES, "samples")
    table = cast_but_encoded(table, with_extra(SAMPLES, table))
    require_short(table, "samples")
    return table


def with_subjects(samples: pa.Table) -> pa.Table:
    """The samples; one without a subject becomes a subject of its own, named by its id."""
    if not samples["subject_id"].null_count:
        return samples
    filled = pc.fill_null(samples["subject_id"], samples["sample_id"])
    return samples.set_column(samples.schema.get_field_index("subject_id"), SAMPLES.field("subject_id"), filled)
