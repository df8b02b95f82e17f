"""The tables that stages share: their columns and vocabularies.

*samples*: one row per sample. *predictions*: one row per sample × model × condition. *results*: one row per
reported number. *curves*: one row per number that a report draws or counts and that is not in the results. They
are Arrow tables in memory and Parquet files on disk.
"""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa

LABEL_SOURCES = (
    "self_report",
    "observer",
    "acted",
    "elicited",
    "context_assigned",
    "model_generated",
    "not_stated",
)

OUTCOMES = ("scored", "abstained", "failed")

RESULT_KINDS = (
    "metric",
    "standardised",
    "adjusted",
    "association",
    "misclassification",
    "shrunken",
    "search",
    "repeats",
    "check",
    "equivalence",
    "practice",
    "review",
    "equal_quality",
    "matched_quality",
    "refused_quality",
)
"""What a row of the results is about: a metric of the samples; a difference with the same mix of classes on both
sides; a difference with the same mix of the groups of another axis; how closely two axes go together; a metric of
groups, or a difference between them, corrected for the errors of an estimated attribute; a metric in a cell of an
intersection, shrunk towards the additive prediction; what a search over all cells counted or flagged;
how answers to the same sample vary; a check of the test itself; whether two models may be taken for one; what a
practice test measured; what people judged who saw some of the samples again (`harness.review`); a difference with
the same mix of grades of quality, or over samples matched on them; what refusing low quality does
(`harness.measurement.quality`)."""

STATISTICS = ("level", "difference", "ratio", "index")

DIMENSIONS = ("valence", "arousal", "dominance")

MAX_DIMENSION = 1e3
"""The largest absolute prediction. It may leave [-1, 1], but larger values would dominate all squared errors."""

CLEAN = "clean"

RATERS = "human_raters"
"""The model that answers with the raters' votes: a reference for other models."""

LABELS_KEY = b"harness.labels"

PANDAS_KEY = b"PANDAS_ATTRS"
"""Where pandas finds the ``attrs`` of a DataFrame: ``read_parquet(…).attrs["labels"]`` names the scores, too."""

SAMPLES = pa.schema(
    [
        pa.field("sample_id", pa.string(), nullable=False),
        pa.field("modality", pa.string(), nullable=False),
        pa.field("uri", pa.string()),
        pa.field("start_s", pa.float64()),
        pa.field("end_s", pa.float64()),
        pa.field("subject_id", pa.string(), nullable=False),
        pa.field("session_id", pa.string()),
        pa.field("split", pa.string()),
        pa.field("label", pa.string()),
        pa.field("valence", pa.float64()),
        pa.field("arousal", pa.float64()),
        pa.field("dominance", pa.float64()),
        pa.field("label_source", pa.string(), nullable=False),
        pa.field("votes", pa.map_(pa.string(), pa.int64())),
    ]
)
"""The fixed columns of samples; `MORE_SAMPLES` follow them."""

SUBJECT_RANK = "subject_rank"
"""In pseudonymised samples: the rank of the subject's own id, which the pseudonym does not show."""

MORE_SAMPLES = ("attr.", "ctx.", SUBJECT_RANK)
"""How further columns of samples begin: ``attr.*`` (string or float64), ``ctx.*`` (scalars), `SUBJECT_RANK`."""

PREDICTIONS = pa.schema(
    [
        pa.field("sample_id", pa.string(), nullable=False),
        pa.field("model", pa.string(), nullable=False),
        pa.field("condition", pa.string(), nullable=False),
        pa.field("outcome", pa.string(), nullable=False),
        pa.field("reason", pa.string()),
        pa.field("label", pa.string()),
        pa.field("scores", pa.list_(pa.float32())),
        pa.field("valence", pa.float64()),
        pa.field("arousal", pa.float64()),
        pa.field("dominance", pa.float64()),
    ]
)
"""Scores follow the model's own label order, kept in the schema metadata: `label_orders`."""

_KEY = ("sample_id", "model", "condition")

REPEATS = pa.schema(
    [
        *(PREDICTIONS.field(name) for name in _KEY),
        pa.field("repeat", pa.int32(), nullable=False),
        *(field for field in PREDICTIONS if field.name not in _KEY),
    ]
)
"""What the system answered when it was asked again: predictions, from the second (``repeat`` 2) on."""

RESULTS = pa.schema(
    [
        pa.field("dataset", pa.string(), nullable=False),
        pa.field("model", pa.string(), nullable=False),
        pa.field("condition", pa.string(), nullable=False),
        pa.field("kind", pa.string(), nullable=False),
        pa.field("metric", pa.string(), nullable=False),
        pa.field("statistic", pa.string(), nullable=False),
        pa.field("index", pa.string()),
        pa.field("axis", pa.string(), nullable=False),
        pa.field("attributes", pa.list_(pa.string()), nullable=False),
        pa.field("other_axis", pa.string()),
        pa.field("group", pa.string(), nullable=False),
        pa.field("group_values", pa.list_(pa.string())),
        pa.field("versus", pa.string()),
        pa.field("versus_values", pa.list_(pa.string())),
        pa.field("versus_model", pa.string()),
        pa.field("versus_condition", pa.string()),
        pa.field("value", pa.float64()),
        pa.field("lo", pa.float64()),
        pa.field("hi", pa.float64()),
        pa.field("level", pa.float64()),
        pa.field("method", pa.string()),
        pa.field("n_samples", pa.int64(), nullable=False),
        pa.field("n_subjects", pa.int64(), nullable=False),
        pa.field("n_unscored", pa.int64(), nullable=False),
        pa.field("own_value", pa.float64()),
        pa.field("versus_value", pa.float64()),
        pa.field("p", pa.float64()),
        pa.field("p_corrected", pa.float64()),
        pa.field("chance", pa.float64()),
        pa.field("null_mean", pa.float64()),
        pa.field("null_lo", pa.float64()),
        pa.field("null_hi", pa.float64()),
        pa.field("threshold", pa.float64()),
        pa.field("verdict", pa.string()),
        pa.field("reason", pa.string()),
    ]
)
"""``docs/results.md`` explains each column."""

CURVES = pa.schema(
    [
        pa.field("dataset", pa.string(), nullable=False),
        pa.field("model", pa.string()),
        pa.field("condition", pa.string()),
        pa.field("curve", pa.string(), nullable=False),
        pa.field("axis", pa.string(), nullable=False),
        pa.field("attributes", pa.list_(pa.string()), nullable=False),
        pa.field("group", pa.string(), nullable=False),
        pa.field("group_values", pa.list_(pa.string())),
        pa.field("truth", pa.string()),
        pa.field("answer", pa.string()),
        pa.field("x", pa.float64()),
        pa.field("x_lo", pa.float64()),
        pa.field("x_hi", pa.float64()),
        pa.field("y", pa.float64()),
        pa.field("lo", pa.float64()),
        pa.field("hi", pa.float64()),
        pa.field("n_samples", pa.int64()),
        pa.field("n_subjects", pa.int64()),
    ]
)
"""`harness.tables.curves.CURVE_MEANINGS` explains the columns of each curve. Model and condition are null where a
row is about the samples alone; counts are null where a row does not count such things."""

TIMINGS = pa.schema(
    [
        pa.field("sample_id", pa.string(), nullable=False),
        pa.field("model", pa.string(), nullable=False),
        pa.field("condition", pa.string(), nullable=False),
        pa.field("prepare_s", pa.float64()),
        pa.field("forward_s", pa.float64()),
    ]
)
"""Seconds per sample: reading and preparing it in a worker, and its share of the model's time for the batch."""

ANSWERED_BESIDES: Mapping[str, pa.DataType] = {
    "version": pa.string(),
    "tokens_in": pa.int64(),
    "tokens_out": pa.int64(),
    "day": pa.string(),
}
"""What a service says with an answer: its own version, the tokens that it counted, and the day (ISO, UTC)."""

ANSWERS = pa.schema(
    [
        pa.field("sample_id", pa.string(), nullable=False),
        pa.field("model", pa.string(), nullable=False),
        pa.field("condition", pa.string(), nullable=False),
        pa.field("attempts", pa.int32(), nullable=False),
        pa.field("cost", pa.float64()),
        pa.field("raw", pa.binary()),
        *(pa.field(name, of) for name, of in ANSWERED_BESIDES.items()),
    ]
)
"""Further information from a model that answers sample by sample: the number of attempts, the cost, and the raw
answer. The answer may quote people, so it never leaves the machine."""
