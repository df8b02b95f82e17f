"""The predictions table: built, joined, validated against the samples."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias, TypeVar

import pyarrow as pa
import pyarrow.compute as pc

from harness.errors import HarnessError
from harness.tables.encoded_texts import as_array, is_encoded, of_texts
from harness.tables.schemas import (
    CLEAN,
    DIMENSIONS,
    LABELS_KEY,
    MAX_DIMENSION,
    OUTCOMES,
    PANDAS_KEY,
    PREDICTIONS,
)
from harness.tables.validation import (
    conform,
    has_non_finite,
    refuse,
    require_present,
    require_same_ids,
    require_short,
    require_texts,
    require_unique,
    require_values,
)

_Value = TypeVar("_Value")
Column: TypeAlias = Sequence[_Value] | pa.Array | pa.ChunkedArray
Arrow = (pa.Array, pa.ChunkedArray)


def predictions_table(
    *,
    model: str,
    labels: Sequence[str],
    sample_id: Column[str],
    outcome: Column[str],
    reason: Column[str | None],
    label: Column[str | None],
    scores: Column[Sequence[float] | None] | None = None,
    dimensions: Mapping[str, Column[float | None]] | None = None,
    condition: str = CLEAN,
) -> pa.Table:
    """Build the predictions of one model under one condition; ``scores`` follow the order of ``labels``."""
    num_rows = len(sample_id)
    columns: dict[str, Any] = {
        "sample_id": sample_id,
        "model": pa.repeat(model, num_rows),
        "condition": pa.repeat(condition, num_rows),
        "outcome": outcome,
        "reason": reason,
        "label": label,
        "scores": scores,
        **(dimensions or {}),
    }
    table = pa.table({field.name: _column(columns.get(field.name), field, num_rows) for field in PREDICTIONS})
    return table.combine_chunks().replace_schema_metadata(labels_metadata({model: list(labels)}))


def _column(values: Any, field: pa.Field, num_rows: int) -> pa.Array | pa.ChunkedArray:
    if values is None:
        return pa.nulls(num_rows, field.type)
    return values.cast(field.type) if isinstance(values, Arrow) else pa.array(values, field.type)


def label_orders(predictions: pa.Table) -> dict[str, list[str]]:
    """Each model's label list, in the order of its scores.

    Raises:
        HarnessError: the metadata contain something else.
    """
    metadata = predictions.schema.metadata or {}
    try:
        orders = json.loads(metadata.get(LABELS_KEY, b"{}"))
        return {model: require_texts(labels) for model, labels in orders.items()}
    except (ValueError, TypeError, AttributeError, RecursionError):
        raise HarnessError("predictions: the metadata do not hold a list of labels for each model.") from None


def with_label_orders(predictions: pa.Table, orders: Mapping[str, Sequence[str]]) -> pa.Table:
    """The predictions with each model's label list, in the order of its scores."""
    metadata = labels_metadata({model: list(labels) for model, labels in orders.items()})
    return predictions.replace_schema_metadata(metadata)


def concat_predictions(tables: Sequence[pa.Table]) -> pa.Table:
    """Stack the predictions of several models, merging their label lists."""
    orders: dict[str, list[str]] = {}
    for table in tables:
        orders |= label_orders(table)
    stacked = pa.concat_tables([table.replace_schema_metadata(None) for table in tables])
    return stacked.replace_schema_metadata(labels_metadata(orders)).combine_chunks()


def under_condition(predictions: pa.Table, condition: str) -> pa.Table:
    """The same predictions, labelled with a condition."""
    column = predictions.schema.get_field_index("condition")
    return predictions.set_column(
        column, PREDICTIONS.field("condition"), pa.repeat(condition, predictions.num_rows)
    )


def validate_predictions(predictions: pa.Table, samples: pa.Table) -> pa.Table:
    """Return the predictions with the schema's column order, after checking them against the samples.

    Args:
        predictions: of any number of models and conditions.
        samples: validated.

    Raises:
        HarnessError: a model × condition does not cover exactly the samples, once each; an outcome is unknown; a
            scored row has neither label nor dimension, an unscored row has no reason; a label or a score list does
            not match the model's label list; a score is not finite.
    """
    table = _conformed(predictions, "predictions")
    orders = label_orders(predictions)
    for model, condition in model_conditions(table):
        rows = rows_of(table, model, condition)
        where = f"predictions of {model} ({condition})"
        if not rows["sample_id"].equals(samples["sample_id"]):  # those of samples are unique
            require_unique(rows, where)
            require_same_ids(rows["sample_id"], samples["sample_id"], where)
        _require_consistent(rows, orders.get(model, []), where)
    return table.replace_schema_metadata(predictions.schema.metadata)


def validate_answers(rows: pa.Table, labels: Sequence[str], where: str, *, encoded: bool = False) -> pa.Table:
    """Check some rows of one model under one condition, as `validate_predictions` does, except for their ids.

    Args:
        rows: of the predictions.
        labels: the model's, in the order of its scores.
        where: how messages call the rows.
        encoded: whether texts that are dictionaries stay so.
    """
    rows = _conformed(rows, where, encoded=encoded)
    _require_consistent(rows, labels, where)
    return rows


def validate_scores(rows: pa.Table, labels: Sequence[str], where: str) -> None:
    """Check the scores of some rows with the columns ``sample_id``, ``outcome`` and ``scores``.

    Args:
        rows: of the predictions.
        labels: the model's, in the order of its scores.
        where: how messages call the rows.
    """
    scored = is_scored(rows)
    lengths = pc.fill_null(pc.list_value_length(rows["scores"]), len(labels))
    wrong = pc.and_(scored, pc.not_equal(lengths, len(labels)))
    refuse(rows, wrong, where, "scores", f"not one score for each of the {len(labels)} labels")
    refuse(rows, pc.and_(scored, has_non_finite(rows["scores"])), where, "scores", "not finite numbers")


def is_scored(rows: pa.Table) -> pa.Array:
    """Whether the outcome of each row is ``scored``."""
    outcomes = as_array(rows["outcome"])
    if is_encoded(outcomes.type):
        return pc.equal(outcomes.indices, pc.index(outcomes.dictionary, "scored"))
    return pc.equal(outcomes, "scored")


def model_conditions(predictions: pa.Table) -> list[tuple[str, str]]:
    """The pairs of model and condition: models in order of name, ``clean`` before other conditions."""
    pairs = predictions.group_by(["model", "condition"]).aggregate([]).to_pylist()
    return sorted(((pair["model"], pair["condition"]) for pair in pairs), key=model_condition_order)


def rows_of(predictions: pa.Table, model: str, condition: str) -> pa.Table:
    """The rows of one model under one condition, which are no copies where they stand together."""
    chosen = pc.and_(pc.equal(predictions["model"], model), pc.equal(predictions["condition"], condition))
    first, num = max(pc.index(chosen, True).as_py(), 0), pc.sum(chosen).as_py() or 0
    stand_together = pc.all(chosen.slice(first, num), min_count=0).as_py()
    return predictions.slice(first, num) if stand_together else predictions.filter(chosen)


def model_condition_order(pair: tuple[str, str]) -> tuple[str, bool, str]:
    """The key by which pairs of model and condition are sorted: see `model_conditions`."""
    model, condition = pair
    return model, condition != CLEAN, condition


def _conformed(predictions: pa.Table, where: str, *, encoded: bool = False) -> pa.Table:
    table = conform(predictions, PREDICTIONS, where, encoded=encoded)
    require_values(table, "outcome", OUTCOMES, where)
    require_present(table, PREDICTIONS, where)
    require_short(table.drop_columns(["reason"]), where)
    return table


def _require_consistent(rows: pa.Table, labels: Sequence[str], where: str) -> None:
    scored = is_scored(rows)
    no_reason = pc.fill_null(of_texts(rows["reason"], lambda texts: pc.equal(texts, "")), True)
    refuse(rows, pc.and_(pc.invert(scored), no_reason), where, "outcome", "without a reason")
    answered = pc.is_valid(rows["label"])
    dimensions = [name for name in DIMENSIONS if rows[name].null_count < rows.num_rows]
    for name in dimensions:
        answered = pc.or_(answered, pc.is_valid(rows[name]))
    refuse(rows, pc.and_(scored, pc.invert(answered)), where, "outcome", "with neither a label nor a dimension")
    if labels:
        own = pa.array(labels, pa.string())
        unknown = of_texts(rows["label"], lambda texts: pc.invert(pc.is_in(texts, value_set=own)))
        unknown = pc.and_(scored, pc.and_(pc.is_valid(rows["label"]), pc.fill_null(unknown, False)))
        refuse(rows, unknown, where, "label", f"not among the model's labels {labels}")
    validate_scores(rows, labels, where)
    for name in dimensions:
        inside = pc.less_equal(pc.abs(pc.fill_null(rows[name], 0.0)), MAX_DIMENSION)
        refuse(rows, pc.and_(scored, pc.invert(inside)), where, name, "far from the scale of [-1, 1]")


def labels_metadata(orders: Mapping[str, list[str]]) -> dict[bytes, bytes]:
    """The metadata of a table of predictions: each model's label list, for `label_orders` and for pandas."""
    return {
        LABELS_KEY: json.dumps(orders, ensure_ascii=False, sort_keys=True).encode(),
        PANDAS_KEY: json.dumps({"labels": orders}, ensure_ascii=False, sort_keys=True).encode(),
    }
