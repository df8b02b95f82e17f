"""The three tables that stages share, their schemas and their validation.

*samples*: one row per sample. *predictions*: one row per sample × model × condition. *results*: one row per
number that we claim. They are Arrow tables in memory and Parquet files on disk, and a file is written whole or
not at all. The same rows give the same bytes.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from harness.errors import HarnessError
from harness.table_checks import (
    conform,
    has_non_finite,
    refuse,
    require_present,
    require_range,
    require_same_ids,
    require_short,
    require_texts,
    require_unique,
    require_values,
    with_extra,
)

MODALITIES = ("face", "voice", "wearable", "audiovisual")
LABEL_SOURCES = ("self_report", "observer", "acted", "elicited", "context_assigned", "model_generated")
OUTCOMES = ("scored", "abstained", "failed")
STATISTICS = ("level", "difference", "ratio", "index")
VERDICTS = ("met", "not_met", "inconclusive", "not_tested")
DIMENSIONS = ("valence", "arousal", "dominance")
MAX_DIMENSION = 1e3
"""A prediction may leave [-1, 1], but not by this much: squares of greater numbers drown all others."""
CLEAN = "clean"
RATERS = "human_raters"
"""The model that answers with the raters' votes; others are read beside it."""
LABELS_KEY = b"harness.labels"

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
"""The fixed columns of samples; ``attr.*`` (string or float64) and ``ctx.*`` (scalars) follow them."""

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

RESULTS = pa.schema(
    [
        pa.field("dataset", pa.string(), nullable=False),
        pa.field("model", pa.string(), nullable=False),
        pa.field("condition", pa.string(), nullable=False),
        pa.field("metric", pa.string(), nullable=False),
        pa.field("statistic", pa.string(), nullable=False),
        pa.field("axis", pa.string(), nullable=False),
        pa.field("group", pa.string(), nullable=False),
        pa.field("value", pa.float64()),
        pa.field("lo", pa.float64()),
        pa.field("hi", pa.float64()),
        pa.field("level", pa.float64()),
        pa.field("method", pa.string()),
        pa.field("n_samples", pa.int64(), nullable=False),
        pa.field("n_subjects", pa.int64(), nullable=False),
        pa.field("n_unscored", pa.int64(), nullable=False),
        pa.field("null_lo", pa.float64()),
        pa.field("null_hi", pa.float64()),
        pa.field("threshold", pa.float64()),
        pa.field("verdict", pa.string()),
        pa.field("reason", pa.string()),
    ]
)

TIMINGS = pa.schema(
    [
        pa.field("sample_id", pa.string(), nullable=False),
        pa.field("model", pa.string(), nullable=False),
        pa.field("condition", pa.string(), nullable=False),
        pa.field("prepare_s", pa.float64()),
        pa.field("forward_s", pa.float64()),
    ]
)
"""Seconds per sample: reading and preparing it in a worker, and its share of its batch in the model."""


@dataclass(frozen=True, kw_only=True)
class Result:
    """One number that we claim: a row of `RESULTS`. Non-finite values become null, never zero."""

    dataset: str
    model: str
    metric: str
    value: float | None
    n_samples: int
    n_subjects: int
    n_unscored: int
    condition: str = CLEAN
    statistic: str = "level"
    axis: str = "overall"
    group: str = "all"
    lo: float | None = None
    hi: float | None = None
    level: float | None = None
    method: str | None = None
    null_lo: float | None = None
    null_hi: float | None = None
    threshold: float | None = None
    verdict: str | None = None
    reason: str | None = None


def samples_table(rows: Sequence[Mapping[str, Any]], *, rows_independent: bool = False) -> pa.Table:
    """Build and validate a samples table.

    Args:
        rows: one mapping per sample; absent columns are null. Keys outside the schema must start with ``attr.``
            or ``ctx.``; their columns follow in order of first appearance.
        rows_independent: the card's word that subjects are unknown and every row is its own subject.

    Raises:
        HarnessError: see `validate_samples`.
    """
    fixed = set(SAMPLES.names)
    extra = dict.fromkeys(key for row in rows for key in row if key not in fixed)
    columns = {field.name: pa.array([row.get(field.name) for row in rows], field.type) for field in SAMPLES}
    columns |= {name: pa.array([row.get(name) for row in rows]) for name in extra}
    return validate_samples(pa.table(columns), rows_independent=rows_independent)


def validate_samples(table: pa.Table, *, rows_independent: bool = False, ids_are_unique: bool = False) -> pa.Table:
    """Return the table with the schema's column order and types.

    Args:
        table: the samples.
        rows_independent: see `samples_table`.
        ids_are_unique: known already, and not looked at again.

    Raises:
        HarnessError: columns are missing, unknown or of the wrong type; there are no rows; ids repeat; a value
            lies outside its vocabulary or range; a subject is missing (unless ``rows_independent``).
    """
    table = conform(table, SAMPLES, "samples", extra_prefixes=("attr.", "ctx."))
    if table.num_rows == 0:
        raise HarnessError("samples: no rows. Check the dataset's root and the filters of the run.")
    if not ids_are_unique:
        require_unique(table, "samples")
    require_values(table, "modality", MODALITIES, "samples")
    require_values(table, "label_source", LABEL_SOURCES, "samples")
    for name in DIMENSIONS:
        require_range(table, name, -1.0, 1.0)
    if rows_independent and table["subject_id"].null_count:
        filled = pc.fill_null(table["subject_id"], table["sample_id"])
        table = table.set_column(table.schema.get_field_index("subject_id"), SAMPLES.field("subject_id"), filled)
    require_present(table, SAMPLES, "samples")
    table = table.cast(with_extra(SAMPLES, table))
    require_short(table, "samples")
    return table


def predictions_table(
    *,
    model: str,
    labels: Sequence[str],
    sample_id: Sequence[str],
    outcome: Sequence[str],
    reason: Sequence[str | None],
    label: Sequence[str | None],
    scores: Sequence[Sequence[float] | None] | None = None,
    dimensions: Mapping[str, Sequence[float | None]] | None = None,
    condition: str = CLEAN,
) -> pa.Table:
    """Build the predictions of one model under one condition; ``scores`` follow the order of ``labels``."""
    num_rows = len(sample_id)
    dimensions = dimensions or {}
    columns: dict[str, Any] = {
        "sample_id": sample_id,
        "model": [model] * num_rows,
        "condition": [condition] * num_rows,
        "outcome": outcome,
        "reason": reason,
        "label": label,
        "scores": scores if scores is not None else [None] * num_rows,
        **{name: dimensions.get(name, [None] * num_rows) for name in DIMENSIONS},
    }
    table = pa.table({field.name: pa.array(columns[field.name], field.type) for field in PREDICTIONS})
    return table.replace_schema_metadata(_labels_metadata({model: list(labels)}))


def label_orders(predictions: pa.Table) -> dict[str, list[str]]:
    """Each model's label list, in the order of its scores.

    Raises:
        HarnessError: the metadata hold something else.
    """
    metadata = predictions.schema.metadata or {}
    try:
        orders = json.loads(metadata.get(LABELS_KEY, b"{}"))
        return {model: require_texts(labels) for model, labels in orders.items()}
    except (ValueError, TypeError, AttributeError, RecursionError):
        raise HarnessError("predictions: the metadata do not hold a list of labels for each model.") from None


def concat_predictions(tables: Sequence[pa.Table]) -> pa.Table:
    """Stack the predictions of several models, merging their label lists."""
    orders: dict[str, list[str]] = {}
    for table in tables:
        orders |= label_orders(table)
    stacked = pa.concat_tables([table.replace_schema_metadata(None) for table in tables])
    return stacked.replace_schema_metadata(_labels_metadata(orders)).combine_chunks()


def validate_predictions(predictions: pa.Table, samples: pa.Table) -> pa.Table:
    """Return the predictions with the schema's column order, after checking them against the samples.

    Raises:
        HarnessError: a model × condition does not cover exactly the samples, once each; an outcome is unknown; a
            scored row has neither label nor dimension, an unscored row has no reason; a label or a score list does
            not match the model's label list; a score is not finite.
    """
    table = _conformed(predictions, "predictions")
    orders = label_orders(predictions)
    for model, condition in runs(table):
        mask = pc.and_(pc.equal(table["model"], model), pc.equal(table["condition"], condition))
        rows = table.filter(mask)
        where = f"predictions of {model} ({condition})"
        require_unique(rows, where)
        require_same_ids(rows["sample_id"], samples["sample_id"], where)
        _require_consistent(rows, orders.get(model, []), where)
    return table.replace_schema_metadata(predictions.schema.metadata)


def validate_answers(rows: pa.Table, labels: Sequence[str], where: str) -> pa.Table:
    """Check some rows of one model under one condition, as `validate_predictions` does, but for their ids.

    Args:
        rows: of the predictions.
        labels: the model's, in the order of its scores.
        where: how messages call the rows.
    """
    rows = _conformed(rows, where)
    _require_consistent(rows, labels, where)
    return rows


def runs(predictions: pa.Table) -> list[tuple[str, str]]:
    """The pairs of model and condition: models in order of name, ``clean`` before other conditions."""
    pairs = predictions.group_by(["model", "condition"]).aggregate([]).to_pylist()
    found = [(pair["model"], pair["condition"]) for pair in pairs]
    return sorted(found, key=lambda pair: (pair[0], pair[1] != CLEAN, pair[1]))


def results_table(rows: Iterable[Result]) -> pa.Table:
    """Build the results table; values that are not finite become null."""
    listed = list(rows)
    columns = {
        field.name: pa.array([_finite(getattr(row, field.name)) for row in listed], field.type)
        for field in RESULTS
    }
    table = pa.table(columns, schema=RESULTS)
    require_values(table, "statistic", STATISTICS, "results")
    require_values(table, "verdict", VERDICTS, "results")
    return table


def _conformed(predictions: pa.Table, where: str) -> pa.Table:
    table = conform(predictions, PREDICTIONS, where)
    require_values(table, "outcome", OUTCOMES, where)
    require_present(table, PREDICTIONS, where)
    require_short(table.drop_columns(["reason"]), where)
    return table


def _require_consistent(rows: pa.Table, labels: Sequence[str], where: str) -> None:
    scored = pc.equal(rows["outcome"], "scored")
    no_reason = pc.equal(pc.fill_null(rows["reason"], ""), "")
    refuse(rows, pc.and_(pc.invert(scored), no_reason), where, "outcome", "without a reason")
    answered = pc.is_valid(rows["label"])
    for name in DIMENSIONS:
        answered = pc.or_(answered, pc.is_valid(rows[name]))
    refuse(rows, pc.and_(scored, pc.invert(answered)), where, "outcome", "with neither a label nor a dimension")
    if labels:
        known = pc.or_(pc.is_null(rows["label"]), pc.is_in(rows["label"], value_set=pa.array(labels, pa.string())))
        refuse(rows, pc.and_(scored, pc.invert(known)), where, "label", f"not among the model's labels {labels}")
    lengths = pc.fill_null(pc.list_value_length(rows["scores"]), len(labels))
    wrong = pc.and_(scored, pc.not_equal(lengths, len(labels)))
    refuse(rows, wrong, where, "scores", f"not one score for each of the {len(labels)} labels")
    refuse(rows, pc.and_(scored, has_non_finite(rows["scores"])), where, "scores", "not finite numbers")
    for name in DIMENSIONS:
        inside = pc.less_equal(pc.abs(pc.fill_null(rows[name], 0.0)), MAX_DIMENSION)
        refuse(rows, pc.and_(scored, pc.invert(inside)), where, name, "far from the scale of [-1, 1]")


def _labels_metadata(orders: Mapping[str, list[str]]) -> dict[bytes, bytes]:
    return {LABELS_KEY: json.dumps(orders, ensure_ascii=False, sort_keys=True).encode()}


def _finite(value: object) -> object:
    return None if isinstance(value, float) and not math.isfinite(value) else value
