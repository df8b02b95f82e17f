"""The two tables that the checks on the test itself need: properties of the media, and probes of the model.

They are made together with the predictions, when media and model are available, and stored as evidence, so that
every check is a function of stored tables. *media*: one row per sample. *probes*: one row per sample × probe ×
variant. Both are empty if a system reads no media.
"""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from harness.errors import HarnessError
from harness.tables.schemas import OUTCOMES
from harness.tables.validation import (
    conform,
    refuse,
    require_present,
    require_same_ids,
    require_short,
    require_unique,
    require_values,
)

FINGERPRINT_WIDTH = 256
"""The length of a fingerprint; its numbers are integers from -127 to 127."""

MEDIA_KINDS = ("image", "audio", "signal")

PROPERTIES = (
    "duration_s",
    "num_bytes",
    "width",
    "height",
    "brightness",
    "contrast",
    "loudness_db",
    "sample_rate",
    "channels",
    "mean_level",
    "missing",
)
"""Properties of a file that have nothing to do with the emotion in it: seconds, bytes, pixels, grey level and its
standard deviation (0 to 1), level (dB of full scale), Hz, number of channels of a wearable, mean of the first of
them by name in its own unit, share of its frames that are missing."""

MEDIA = pa.schema(
    [
        pa.field("sample_id", pa.string(), nullable=False),
        pa.field("kind", pa.string()),
        *(pa.field(name, pa.float64()) for name in PROPERTIES),
        pa.field("content", pa.string()),
        pa.field("fingerprint", pa.list_(pa.int8())),
    ]
)
"""``content`` identifies the decoded media (48 bits of SHA-256, in hexadecimal). ``fingerprint`` changes little
if the media are compressed, resized, made louder or brighter. Null if a sample could not be read."""

PROBES = pa.schema(
    [
        pa.field("sample_id", pa.string(), nullable=False),
        pa.field("probe", pa.string(), nullable=False),
        pa.field("variant", pa.string(), nullable=False),
        pa.field("outcome", pa.string(), nullable=False),
        pa.field("reason", pa.string()),
        pa.field("label", pa.string()),
        pa.field("max_difference", pa.float64()),
    ]
)
"""``max_difference``: the largest difference in the sample's vector, absolute for scores, for features in units of
their standard deviation over the study; for ``determinism`` between two passes, else from the study's own vector.
Infinite where only one of the two is a number, null without a vector."""

PAID = "paid"
"""Why a system was not asked again: its answers are paid for."""

NOT_ASKED_KEY = b"harness.not_asked"

INPUT_PROBES = ("channel_order", "input_scale")
AS_GIVEN = "as_given"
"""The variant of an input probe that is the study's own."""

INPUT_SCALES = ("times_255", "divided_by_255", "stretched", "squeezed")

REDUCED_PRECISION = "reduced_precision"
FLOAT32 = "float32"
"""The variant that is computed in single precision, of a study in another."""

BLIND = "blind"
"""The blind control: the same samples without their medium."""

BLIND_VARIANTS = ("removed", "swapped", "background", "no_picture", "no_sound")
"""The medium emptied; that of another sample in its place, with the own context; all but the faces of a picture;
a film without its picture, and without its sound."""

VARIANTS = {
    "batch_invariance": ("alone", "together"),
    "determinism": ("again",),
    "channel_order": (AS_GIVEN, "swapped"),
    "input_scale": (AS_GIVEN, *INPUT_SCALES),
    BLIND: (AS_GIVEN, *BLIND_VARIANTS),
    REDUCED_PRECISION: (AS_GIVEN, FLOAT32),
}
"""The variants of each probe."""


def unasked(why: str) -> pa.Table:
    """The probes of a system that was not asked again, and why: a word in the metadata."""
    return PROBES.empty_table().replace_schema_metadata({NOT_ASKED_KEY: why.encode()})


def why_unasked(probes: pa.Table) -> str | None:
    """Why a system was not asked again, as `unasked` wrote it; None where nothing is said of it."""
    why: bytes | None = (probes.schema.metadata or {}).get(NOT_ASKED_KEY)
    return None if why is None else why.decode(errors="replace")


def validate_media(table: pa.Table, samples: pa.Table) -> pa.Table:
    """Return the media table in the samples' order, or empty as it is.

    Raises:
        HarnessError: it does not fit the schema, or does not hold every sample once.
    """
    table = conform(table, MEDIA, "media")
    if table.num_rows == 0:
        return MEDIA.empty_table()
    require_present(table, MEDIA, "media")
    require_unique(table, "media")
    require_values(table, "kind", MEDIA_KINDS, "media")
    require_short(table, "media")
    require_same_ids(table["sample_id"], samples["sample_id"], "media")
    lengths = pc.fill_null(pc.list_value_length(table["fingerprint"]), FINGERPRINT_WIDTH)
    if not pc.all(pc.equal(lengths, FINGERPRINT_WIDTH)).as_py() or _has_null_inside(table["fingerprint"]):
        raise HarnessError(f"media: a fingerprint does not hold {FINGERPRINT_WIDTH} whole numbers.")
    order = pc.index_in(samples["sample_id"], value_set=table["sample_id"])
    return table.take(order.combine_chunks()).combine_chunks().cast(MEDIA)


def validate_probes(table: pa.Table, samples: pa.Table) -> pa.Table:
    """Return the probes table with the schema's types.

    Raises:
        HarnessError: it does not fit the schema, names an unknown probe, outcome or sample, or repeats a row.
    """
    table = conform(table, PROBES, "probes")
    require_present(table, PROBES, "probes")
    require_values(table, "probe", tuple(VARIANTS), "probes")
    require_values(
        table, "variant", tuple(sorted({name for names in VARIANTS.values() for name in names})), "probes"
    )
    require_values(table, "outcome", OUTCOMES, "probes")
    require_short(table, "probes")
    known = pc.is_in(table["sample_id"], value_set=samples["sample_id"])
    refuse(table, pc.invert(known), "probes", "sample_id", "which is no sample of the study")
    not_a_size = pc.invert(pc.greater_equal(pc.fill_null(table["max_difference"], 0.0), 0.0))
    refuse(table, not_a_size, "probes", "max_difference", "which is no size of a difference")
    rows = (
        table.select(["sample_id", "probe", "variant"]).group_by(["sample_id", "probe", "variant"]).aggregate([])
    )
    if rows.num_rows < table.num_rows:
        raise HarnessError("probes: a sample is probed twice in the same way.")
    return table.combine_chunks().cast(PROBES.with_metadata(table.schema.metadata))


def _has_null_inside(lists: pa.ChunkedArray) -> bool:
    return bool(pc.list_flatten(lists).null_count)
