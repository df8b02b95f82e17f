"""Scores of any shape that users have → one matrix, and the names of its columns where they came with it.

Shapes: N samples, L labels of the system.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from harness.api.array_columns import as_numpy, is_series, is_table, named_columns, numbers
from harness.api.given_labels import GivenLabels
from harness.arrays import Floats
from harness.errors import HarnessError
from harness.wording import MAX_LISTED_NAME, listed, quantity

MAX_LISTED = 8


@dataclass(frozen=True)
class NamedScores:
    """Scores ``[N, L]``, rows of NaN where there are none, and the labels of the columns."""

    values: Floats
    labels: list[str]


@dataclass(frozen=True)
class GivenScores:
    """Scores ``[N, L]`` and the names that came with them; None where the columns have no names."""

    values: Floats
    names: list[Any] | None


def given_scores(scores: Any, num_samples: int) -> GivenScores:
    """Read scores from a matrix, a table, a dict or a list of dicts.

    Raises:
        HarnessError: there is not one row of numbers per sample; a score is infinite, or a row has some scores and
            not others.
    """
    if is_table(scores):
        columns = named_columns("scores", scores)
        parts = [numbers(f"scores[{name!r}]", of, num_samples) for name, of in columns.items()]
        values = np.column_stack([part.to_numpy(zero_copy_only=False) for part in parts])
        names = list(columns)
    else:
        values, names = _matrix(scores), None
    if values.ndim == 1:
        values = _of_two_labels(values)
    if values.ndim != 2 or len(values) != num_samples:
        raise HarnessError(
            f"scores: shape {values.shape} for {num_samples:,} samples. Give one row per sample and one column "
            "per label, or for two labels the probability of the second."
        )
    _require_finite(values)
    return GivenScores(values, names)


def name_columns(given: GivenScores, labels: GivenLabels) -> NamedScores:
    """Each column with its label: that of ``labels=``, else of the column, else all labels sorted.

    Raises:
        HarnessError: there are more or fewer labels than columns, or ``labels=`` names other columns.
    """
    values, of_columns, chosen = given.values, labels.of_scores, labels.chosen
    if of_columns and chosen and set(of_columns) & set(chosen):
        if set(of_columns) != set(chosen):
            raise HarnessError(f"labels: {listed(chosen)}; the columns of scores are {listed(of_columns)}.")
        values = values[:, [of_columns.index(name) for name in chosen]]
    names = chosen or of_columns or labels.sorted
    if len(names) != values.shape[1]:
        shown = ", ".join(name[:MAX_LISTED_NAME] for name in names[:MAX_LISTED])
        raise HarnessError(
            f"scores: {quantity(values.shape[1], 'column')} for {quantity(len(names), 'label')} "
            f"({shown}). Name the columns in their order with "
            "labels=[…]."
        )
    return NamedScores(values, names)


def highest(scores: NamedScores) -> pa.Array:
    """``[N]``: the label with the highest score; null where there are no scores."""
    known_N = np.isfinite(scores.values).all(axis=1)
    highest_N = np.where(known_N, np.nan_to_num(scores.values, nan=-np.inf).argmax(axis=1), -1)
    return pa.array([scores.labels[index] if index >= 0 else None for index in highest_N.tolist()], pa.string())


def score_lists(scores: NamedScores, answered_N: pa.Array) -> pa.Array:
    """A list of float32 per sample; null where there is no answer or there are no scores."""
    present_N = np.isfinite(scores.values).all(axis=1) & answered_N.to_numpy(zero_copy_only=False)
    offsets = np.concatenate([[0], np.cumsum(present_N) * scores.values.shape[1]]).astype(np.int32)
    flat = pa.array(scores.values[present_N].astype(np.float32).ravel())
    return pa.ListArray.from_arrays(pa.array(offsets), flat, mask=pa.array(~present_N))


def _matrix(scores: Any) -> Floats:
    try:
        if isinstance(scores, pa.Array | pa.ChunkedArray):
            scores = _rows(scores.to_pylist())
        elif is_series(scores):
            scores = _rows(list(scores))
        return np.asarray(as_numpy(scores), dtype=np.float64)
    except Exception:  # other libraries' objects raise whatever they like
        raise HarnessError(
            f"scores: {type(scores).__name__} is not a matrix of numbers. Give one row per sample and one column "
            "per label, rows of NaN where there are none."
        ) from None


def _rows(values: Sequence[Any]) -> list[Any]:
    """Rows of equal length: an absent one is a row of NaN, an absent number NaN."""
    width = next((len(row) for row in values if isinstance(row, Sequence | np.ndarray)), None)
    absent = np.nan if width is None else [np.nan] * width
    return [absent if row is None else row for row in values]


def _of_two_labels(second: Floats) -> Floats:
    known = second[~np.isnan(second)]
    if ((known < 0) | (known > 1)).any():
        raise HarnessError(
            "scores: one number per sample is the probability of the second of two labels, but some lie outside "
            "[0, 1]. Give probabilities, or one column per label."
        )
    return np.stack([1.0 - second, second], axis=1)


def _require_finite(values: Floats) -> None:
    """Scores are stored as float32; what does not fit there is infinite, too."""
    infinite_N = (np.abs(values) > np.finfo(np.float32).max).any(axis=1)
    if infinite_N.any():
        raise HarnessError(
            f"scores: infinite in {quantity(int(infinite_N.sum()), 'sample')}, first in row "
            f"{infinite_N.argmax()}. Give finite scores, or rows of NaN where there are none."
        )
    absent = np.isnan(values)
    partly_N = absent.any(axis=1) & ~absent.all(axis=1)
    if partly_N.any():
        raise HarnessError(
            f"scores: {quantity(int(partly_N.sum()), 'sample')} with scores for some labels and not for others, "
            f"first in row {partly_N.argmax()}. Give all of them, or a row of NaN."
        )
