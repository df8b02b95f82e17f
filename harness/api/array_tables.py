"""Builds the samples and predictions tables from arrays.

NumPy arrays, pandas Series, Arrow arrays and plain sequences are accepted.

Shapes: N samples, L labels of the system.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from harness.arrays import Floats
from harness.attributes.groups import PREFIX
from harness.errors import HarnessError
from harness.tables.predictions import validate_predictions, with_label_orders
from harness.tables.samples import validate_samples
from harness.tables.schemas import CLEAN, DIMENSIONS, PREDICTIONS, SAMPLES

ArrayLike = Any
"""A sequence, a NumPy array, a pandas Series, an Arrow array: one value per sample."""

Columns = Any
"""A mapping of names to arrays, or a pandas DataFrame, an Arrow table, or one named pandas Series."""

NO_ANSWER = "no_answer"
MAX_LISTED = 8


@dataclass(frozen=True)
class ArrayTables:
    """The two tables, validated, and the name of the system in them."""

    samples: pa.Table
    predictions: pa.Table
    system: str


def array_tables(
    y_true: ArrayLike | None,
    y_pred: ArrayLike | None,
    *,
    subject: ArrayLike,
    scores: ArrayLike | None,
    labels: Sequence[str] | None,
    dimensions: Mapping[str, tuple[ArrayLike, ArrayLike]] | None,
    groups: Columns | None,
    context: Columns | None,
    votes: Columns | None,
    sample_id: ArrayLike | None,
    reason: ArrayLike | None,
    system: str,
    modality: str,
    label_source: str,
) -> ArrayTables:
    """Build both tables; the arguments are those of `harness.measure`.

    Raises:
        HarnessError: lengths differ, labels and scores do not match, or a table is not valid.
    """
    subjects = _texts("subject", subject)
    num_samples = len(subjects)
    truth = _labels("y_true", y_true, num_samples)
    score_table = None if scores is None else _scores(scores, labels, truth, y_pred, num_samples)
    answers = _answers(y_pred, score_table, num_samples)
    pairs = _known_dimensions(dimensions)
    true = {name: _numbers(f"{name} (truth)", pair[0], num_samples) for name, pair in pairs.items()}
    predicted = {name: _numbers(f"{name} (predicted)", pair[1], num_samples) for name, pair in pairs.items()}
    ids = _ids(sample_id, num_samples)
    columns: dict[str, Any] = {
        "sample_id": ids,
        "subject_id": subjects,
        "modality": pa.repeat(modality, num_samples),
        "label_source": pa.repeat(label_source, num_samples),
        "label": truth,
        **true,
    }
    if votes is not None:
        columns["votes"] = _votes(votes, num_samples)
    for prefix, given in ((PREFIX, groups), ("ctx.", context)):
        for name, column in _named_columns(given, prefix.rstrip(".")).items():
            found = _column(name, column, num_samples)
            columns[f"{prefix}{name}"] = found.cast(pa.float64()) if pa.types.is_integer(found.type) else found
    samples = validate_samples(_with_all_columns(columns, num_samples))
    predictions = _predictions(system, ids, answers, score_table, predicted, reason)
    return ArrayTables(samples, validate_predictions(predictions, samples), system)


@dataclass(frozen=True)
class _Scores:
    """Scores ``[N, L]``, rows of NaN if there are none, and the names of their columns."""

    values: Floats
    labels: list[str]


def _with_all_columns(columns: dict[str, Any], num_samples: int) -> pa.Table:
    fixed = {field.name: columns.pop(field.name, pa.nulls(num_samples, field.type)) for field in SAMPLES}
    return pa.table(fixed | columns)


def _column(name: str, values: ArrayLike, num_samples: int) -> pa.Array:
    """An Arrow array of the right length; NaN and None become null."""
    try:
        chunked = isinstance(values, pa.ChunkedArray)
        found = values.combine_chunks() if chunked else pa.array(values, from_pandas=True)
        if isinstance(found, pa.DictionaryArray):
            found = found.dictionary_decode()
        if not (pa.types.is_integer(found.type) or pa.types.is_floating(found.type)):
            found = found.cast(pa.string())
    except (pa.ArrowException, TypeError, ValueError) as error:
        raise HarnessError(f"{name}: not an array with one value per sample ({error}).") from None
    if len(found) != num_samples:
        raise HarnessError(f"{name}: {len(found):,} values for {num_samples:,} samples. Give one for each sample.")
    return found


def _texts(name: str, values: ArrayLike) -> pa.Array:
    found = _column(name, values, len(values))
    if pa.types.is_floating(found.type) and found.null_count == 0:
        found = _whole(name, found)
    texts = found.cast(pa.string())
    if texts.null_count:
        raise HarnessError(f"{name}: {texts.null_count:,} samples have no value. Every sample needs one.")
    return texts


def _whole(name: str, numbers: pa.Array) -> pa.Array:
    """Integers stored as floats, as pandas does if a value is missing."""
    if not pc.all(pc.equal(numbers, pc.round(numbers))).as_py():
        raise HarnessError(
            f"{name} has numbers such as {next(v for v in numbers.to_pylist() if v != round(v)):g}, not names. "
            "Give valence, arousal and dominance as dimensions={'valence': (truth, predicted)}."
        )
    return numbers.cast(pa.int64())


def _labels(name: str, values: ArrayLike | None, num_samples: int) -> pa.Array:
    if values is None:
        return pa.nulls(num_samples, pa.string())
    found = _column(name, values, num_samples)
    if pa.types.is_floating(found.type):
        present = found.drop_null()
        _whole(name, present)
        found = found.cast(pa.int64())
    return found.cast(pa.string())


def _numbers(name: str, values: ArrayLike, num_samples: int) -> pa.Array:
    try:
        return _column(name, values, num_samples).cast(pa.float64())
    except pa.ArrowException:
        raise HarnessError(f"{name}: not numbers.") from None


def _known_dimensions(
    given: Mapping[str, tuple[ArrayLike, ArrayLike]] | None,
) -> dict[str, tuple[ArrayLike, ArrayLike]]:
    for name, pair in (given or {}).items():
        if name not in DIMENSIONS or not isinstance(pair, tuple | list) or len(pair) != 2:
            raise HarnessError(
                f"dimensions[{name!r}]: give {', '.join(DIMENSIONS)}, each as a pair (truth, predicted)."
            )
    return dict(given or {})


def _scores(
    scores: ArrayLike, labels: Sequence[str] | None, truth: pa.Array, y_pred: ArrayLike | None, num_samples: int
) -> _Scores:
    """One column per label, in the order of a DataFrame or of ``labels``, otherwise sorted as in scikit-learn."""
    if hasattr(scores, "columns") and hasattr(scores, "to_numpy"):
        labels = [str(name) for name in scores.columns] if labels is None else labels
        scores = scores.to_numpy()
    values = np.asarray(scores, dtype=np.float64)
    if values.ndim == 1:
        values = np.stack([1.0 - values, values], axis=1)
    if values.ndim != 2 or len(values) != num_samples:
        raise HarnessError(
            f"scores: shape {np.shape(scores)} for {num_samples:,} samples. Give one row per sample and one "
            "column per label, or for two labels the probability of the second."
        )
    names = [str(name) for name in labels] if labels is not None else _sorted_labels(truth, y_pred, num_samples)
    if len(names) != values.shape[1]:
        shown = ", ".join(names[:MAX_LISTED])
        raise HarnessError(
            f"scores: {values.shape[1]} columns for {len(names)} labels ({shown}). Name the columns in their "
            "order with labels=[…]."
        )
    return _Scores(values, names)


def _sorted_labels(truth: pa.Array, y_pred: ArrayLike | None, num_samples: int) -> list[str]:
    answered = _labels("y_pred", y_pred, num_samples)
    return sorted({*truth.drop_null().to_pylist(), *answered.drop_null().to_pylist()})


def _answers(y_pred: ArrayLike | None, scores: _Scores | None, num_samples: int) -> pa.Array:
    """The answers; the labels with the highest score if only scores are given."""
    if y_pred is not None or scores is None:
        return _labels("y_pred", y_pred, num_samples)
    known_N = np.isfinite(scores.values).all(axis=1)
    highest_N = np.where(known_N, np.nan_to_num(scores.values, nan=-np.inf).argmax(axis=1), -1)
    return pa.array([scores.labels[index] if index >= 0 else None for index in highest_N.tolist()], pa.string())


def _ids(sample_id: ArrayLike | None, num_samples: int) -> pa.Array:
    if sample_id is not None:
        ids = _texts("sample_id", sample_id)
        return _column("sample_id", ids, num_samples)
    digits = len(str(max(num_samples - 1, 0)))
    return pa.array([f"sample-{index:0{digits}d}" for index in range(num_samples)], pa.string())


def _named_columns(given: Columns | None, argument: str) -> dict[str, ArrayLike]:
    if given is None:
        return {}
    if isinstance(given, pa.Table):
        return dict(zip(given.column_names, given.columns, strict=True))
    if hasattr(given, "name") and not hasattr(given, "columns"):
        if given.name is None:
            raise HarnessError(f"{argument}: the Series has no name. Give a dict, such as groups={{'sex': sex}}.")
        return {str(given.name): given}
    if isinstance(given, Mapping) or hasattr(given, "columns"):
        names = given.keys() if isinstance(given, Mapping) else given.columns
        return {str(name): given[name] for name in names}
    raise HarnessError(f"{argument}: give a dict of names to arrays, or a DataFrame, not {type(given).__name__}.")


def _votes(votes: Columns, num_samples: int) -> pa.Array:
    counts = {
        name: _numbers(f"votes[{name!r}]", column, num_samples).fill_null(0.0).cast(pa.int64()).to_pylist()
        for name, column in _named_columns(votes, "votes").items()
    }
    ballots = [
        [(name, of_label[index]) for name, of_label in counts.items() if of_label[index]]
        for index in range(num_samples)
    ]
    return pa.array(ballots, SAMPLES.field("votes").type)


def _predictions(
    system: str,
    ids: pa.Array,
    answers: pa.Array,
    scores: _Scores | None,
    dimensions: Mapping[str, pa.Array],
    reason: ArrayLike | None,
) -> pa.Table:
    """The predictions; a sample with neither a label nor a dimension has failed, by default with ``no_answer``."""
    num_samples = len(ids)
    answered = pc.is_valid(answers)
    for column in dimensions.values():
        answered = pc.or_(answered, pc.is_valid(column))
    stated = pa.nulls(num_samples, pa.string())
    if reason is not None:
        stated = _column("reason", reason, num_samples).cast(pa.string())
    columns: dict[str, Any] = {
        "sample_id": ids,
        "model": pa.repeat(system, num_samples),
        "condition": pa.repeat(CLEAN, num_samples),
        "outcome": pc.if_else(answered, "scored", "failed"),
        "reason": pc.if_else(answered, pa.scalar(None, pa.string()), pc.fill_null(stated, NO_ANSWER)),
        "label": answers,
        "scores": pa.nulls(num_samples, PREDICTIONS.field("scores").type)
        if scores is None
        else _score_lists(scores, answered),
    }
    labels = scores.labels if scores else sorted(set(answers.drop_null().to_pylist()))
    table = pa.table(
        [columns.get(f.name, dimensions.get(f.name, pa.nulls(num_samples, f.type))) for f in PREDICTIONS],
        schema=PREDICTIONS,
    )
    return with_label_orders(table, {system: labels})


def _score_lists(scores: _Scores, answered: pa.Array) -> pa.Array:
    """A list of float32 per sample; null if there is no answer or a score is missing."""
    present_N = np.isfinite(scores.values).all(axis=1) & answered.to_numpy(zero_copy_only=False)
    offsets = np.concatenate([[0], np.cumsum(present_N) * scores.values.shape[1]]).astype(np.int32)
    flat = pa.array(scores.values[present_N].astype(np.float32).ravel())
    return pa.ListArray.from_arrays(pa.array(offsets), flat, mask=pa.array(~present_N))
