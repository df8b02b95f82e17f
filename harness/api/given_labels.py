"""Labels from every argument that has some, brought under one naming and one order.

Truth, answers, columns of scores and votes may name the same label as ``1``, ``1.0``, ``True`` or ``"1"``,
depending on the library that they come from. Labels are sorted as scikit-learn sorts them: numbers as numbers,
texts as texts.

Shapes: N samples, L labels of the system.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from harness.api.array_columns import ArrayLike, column, whole
from harness.cards.taxonomy import canonical
from harness.errors import HarnessError
from harness.user_tables.cells import as_text
from harness.wording import listed


@dataclass(frozen=True)
class GivenLabels:
    """Labels as text.

    Attributes:
        truth: ``[N]``, null where it is not known.
        answers: ``[N]``, null where there is none, or where no answers were given.
        of_scores: the names that came with the columns of scores; None if there were none.
        of_votes: the names that came with the votes.
        chosen: those of ``labels=``; None if it was not given.
        sorted: all that occur in truth and answers.
    """

    truth: pa.Array
    answers: pa.Array
    of_scores: list[str] | None
    of_votes: list[str]
    chosen: list[str] | None
    sorted: list[str]


def given_labels(
    y_true: ArrayLike | None,
    y_pred: ArrayLike | None,
    *,
    labels: Sequence[Any] | None,
    score_names: Iterable[Any] | None,
    vote_names: Iterable[Any],
    num_samples: int,
) -> GivenLabels:
    """Bring all labels under one naming.

    Raises:
        HarnessError: not one label per sample, a label that is a number with a fraction, or no true label at all.
    """
    columns = [
        _labels("y_true", y_true, num_samples),
        _labels("y_pred", y_pred, num_samples),
        _labels("names of the columns of scores", None if score_names is None else list(score_names)),
        _labels("names of the columns of votes", list(vote_names)),
        _labels("labels", labels),
    ]
    if y_true is not None and columns[0].null_count == num_samples:
        raise HarnessError("y_true: no sample has a label. Without true labels nothing can be measured.")
    alike = _of_one_type(columns)
    truth, answers, of_scores, of_votes, chosen = (found.cast(pa.string()) for found in alike)
    occurring = sorted({label for found in alike[:2] for label in found.drop_null().to_pylist()})
    return GivenLabels(
        truth=truth,
        answers=answers,
        of_scores=None if score_names is None else of_scores.to_pylist(),
        of_votes=of_votes.to_pylist(),
        chosen=None if labels is None else _each_once(chosen),
        sorted=pa.array(occurring, alike[0].type).cast(pa.string()).to_pylist(),
    )


def require_meeting(truth: pa.Array, system_labels: Sequence[str]) -> None:
    """Truth and system have a label in common, whichever way it is spelled.

    Raises:
        HarnessError: they have none: most likely one side has names and the other has codes.
    """
    true = truth.unique().drop_null().to_pylist()
    if true and system_labels and not set(map(canonical, true)) & set(map(canonical, system_labels)):
        raise HarnessError(
            f"y_true has the labels {listed(sorted(true))}, the system {listed(list(system_labels))}: none in "
            "common. Give both sides the same labels; labels=[…] names the columns of scores, or what the system "
            "can answer."
        )


def _labels(name: str, values: ArrayLike | None, num_samples: int | None = None) -> pa.Array:
    if values is None:
        return pa.nulls(num_samples or 0, pa.null())
    remedy = "Give valence, arousal and dominance as dimensions={'valence': (truth, predicted)}."
    return whole(name, column(name, values, num_samples), remedy)


def _of_one_type(columns: Sequence[pa.Array]) -> list[pa.Array]:
    """Beside numbers, Booleans are 0 and 1; beside texts, everything is text."""
    types = {_kind(found) for found in columns if found.null_count < len(found)}
    common = pa.string() if "text" in types or not types else pa.int64() if "number" in types else pa.bool_()
    return [_cast(found, common) for found in columns]


def _kind(found: pa.Array) -> str:
    if pa.types.is_boolean(found.type):
        return "boolean"
    return "number" if pa.types.is_integer(found.type) else "text"


def _cast(found: pa.Array, common: pa.DataType) -> pa.Array:
    if found.null_count == len(found):
        return pa.nulls(len(found), common)
    return as_text(found, "labels", "arrays") if pa.types.is_string(common) else found.cast(common)


def _each_once(chosen: pa.Array) -> list[str]:
    labels: list[str] = chosen.to_pylist()
    if None in labels or len(set(labels)) < len(labels):
        raise HarnessError("labels: a label is empty or is there twice. Name each column of scores once.")
    return labels
