"""Builds the samples and predictions tables from arrays.

Shapes: N samples, L labels of the system.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from harness.api.array_columns import (
    ArrayLike,
    Columns,
    column,
    named_columns,
    numbers,
    require_same_index,
    texts,
    whole,
)
from harness.api.given_labels import GivenLabels, given_labels, require_meeting
from harness.api.given_scores import NamedScores, given_scores, highest, name_columns, score_lists
from harness.attributes.grouping import require_name
from harness.attributes.groups import PREFIX
from harness.errors import HarnessError
from harness.tables.predictions import validate_predictions, with_label_orders
from harness.tables.samples import validate_samples
from harness.tables.schemas import CLEAN, DIMENSIONS, PREDICTIONS, SAMPLES
from harness.user_tables.cells import as_values
from harness.wording import listed

NO_ANSWER = "no_answer"
COLUMN_PREFIXES = {"groups": PREFIX, "context": "ctx."}


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
    scores: ArrayLike | Columns | None,
    labels: Sequence[Any] | None,
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
        HarnessError: there is nothing to measure, lengths or pandas indices differ, labels and scores do not
            match, or a table is not valid.
    """
    _require_something(y_true, y_pred, scores, dimensions)
    per_sample = {"subject": subject, "y_true": y_true, "y_pred": y_pred, "scores": scores, "sample_id": sample_id}
    more = {"dimensions": dimensions, "groups": groups, "context": context, "votes": votes, "reason": reason}
    require_same_index(per_sample | more)
    subjects = texts("subject", subject)
    num_samples = len(subjects)
    if not num_samples:
        raise HarnessError("subject: no samples.")
    read = None if scores is None else given_scores(scores, num_samples)
    ballots = named_columns("votes", votes)
    known = given_labels(
        y_true,
        y_pred,
        labels=labels,
        score_names=None if read is None else read.names,
        vote_names=ballots,
        num_samples=num_samples,
    )
    score_table = None if read is None else name_columns(read, known)
    ids = _ids(sample_id, num_samples)
    true, predicted = _dimensions(dimensions, num_samples)
    columns: dict[str, Any] = {
        "sample_id": ids,
        "subject_id": subjects,
        "modality": pa.repeat(modality, num_samples),
        "label_source": pa.repeat(label_source, num_samples),
        "label": known.truth,
        **true,
        **({} if votes is None else {"votes": _votes(ballots, known.of_votes, num_samples)}),
        **_attributes("groups", groups, num_samples),
        **_attributes("context", context, num_samples),
    }
    samples = validate_samples(_with_all_columns(columns, num_samples))
    answers = known.answers if y_pred is not None or score_table is None else highest(score_table)
    predictions = _predictions(system, ids, answers, score_table, predicted, _reasons(reason, num_samples))
    ordered = with_label_orders(predictions, {system: _labels_of_system(known, answers, score_table)})
    return ArrayTables(samples, validate_predictions(ordered, samples), system)


def _require_something(
    y_true: ArrayLike | None, y_pred: ArrayLike | None, scores: Any, dimensions: Mapping[str, Any] | None
) -> None:
    answered = y_pred is not None or scores is not None
    if y_true is not None and not answered:
        raise HarnessError("y_true is given without answers. Give y_pred, or scores, or both.")
    if answered and y_true is None:
        raise HarnessError("y_true is missing: answers are measured against true labels.")
    if not answered and not dimensions:
        raise HarnessError(
            "There is nothing to measure. Give y_true with y_pred or scores, or dimensions, or both."
        )


def _with_all_columns(columns: dict[str, Any], num_samples: int) -> pa.Table:
    fixed = {field.name: columns.pop(field.name, pa.nulls(num_samples, field.type)) for field in SAMPLES}
    return pa.table(fixed | columns)


def _ids(sample_id: ArrayLike | None, num_samples: int) -> pa.Array:
    if sample_id is not None:
        return texts("sample_id", sample_id, num_samples)
    digits = len(str(max(num_samples - 1, 0)))
    return pa.array([f"sample-{index:0{digits}d}" for index in range(num_samples)], pa.string())


def _dimensions(
    given: Mapping[str, tuple[ArrayLike, ArrayLike]] | None, num_samples: int
) -> tuple[dict[str, pa.Array], dict[str, pa.Array]]:
    """The true and the predicted values of each dimension."""
    if not isinstance(given, Mapping | None):
        raise HarnessError("dimensions: give a dict, such as {'valence': (truth, predicted)}.")
    true, predicted = {}, {}
    for name, pair in (given or {}).items():
        if name not in DIMENSIONS or not isinstance(pair, tuple | list) or len(pair) != 2:
            raise HarnessError(
                f"dimensions[{name!r}]: give {', '.join(DIMENSIONS)}, each as a pair (truth, predicted)."
            )
        true[name] = numbers(f"dimensions[{name!r}] (truth)", pair[0], num_samples)
        predicted[name] = numbers(f"dimensions[{name!r}] (predicted)", pair[1], num_samples)
    return true, predicted


def _attributes(argument: str, given: Columns | None, num_samples: int) -> dict[str, pa.Array]:
    """The columns of samples that hold groups or context: numbers and texts."""
    found = {}
    for name, values in named_columns(argument, given).items():
        try:
            require_name(str(name))
        except ValueError as error:
            raise HarnessError(f"{argument}: {error}.") from None
        one = column(f"{argument}[{name!r}]", values, num_samples)
        found[f"{COLUMN_PREFIXES[argument]}{name}"] = as_values(one, str(name), argument, typed=True)
    return found


def _votes(ballots: Mapping[Any, ArrayLike], labels: Sequence[str], num_samples: int) -> pa.Array:
    counts = {
        label: _counts(f"votes[{name!r}]", values, num_samples)
        for (name, values), label in zip(ballots.items(), labels, strict=True)
    }
    of_samples = [
        [(label, of_label[index]) for label, of_label in counts.items() if of_label[index]]
        for index in range(num_samples)
    ]
    return pa.array(of_samples, SAMPLES.field("votes").type)


def _counts(name: str, values: ArrayLike, num_samples: int) -> list[int]:
    found = numbers(name, values, num_samples).fill_null(0.0)
    counts: list[int] = whole(name, found, "Give how many raters chose the label.").to_pylist()
    if min(counts, default=0) < 0:
        raise HarnessError(f"{name} is {min(counts)} for a sample. Give how many raters chose the label.")
    return counts


def _reasons(reason: ArrayLike | None, num_samples: int) -> pa.Array:
    if reason is None:
        return pa.nulls(num_samples, pa.string())
    return column("reason", reason, num_samples).cast(pa.string())


def _labels_of_system(known: GivenLabels, answers: pa.Array, scores: NamedScores | None) -> list[str]:
    """What the system can answer, in the order of its scores.

    Raises:
        HarnessError: it answered something else, or cannot answer anything that is true.
    """
    answered = set(answers.drop_null().to_pylist())
    labels = scores.labels if scores else known.chosen or [label for label in known.sorted if label in answered]
    require_meeting(known.truth, labels)
    if foreign := sorted(answered - set(labels)):
        raise HarnessError(
            f"y_pred has {listed(foreign)}, the system's labels are {listed(labels)}. Add them to labels."
        )
    return labels


def _predictions(
    system: str,
    ids: pa.Array,
    answers: pa.Array,
    scores: NamedScores | None,
    dimensions: Mapping[str, pa.Array],
    reasons: pa.Array,
) -> pa.Table:
    """The predictions; a sample with neither a label nor a dimension has failed, by default with ``no_answer``."""
    num_samples = len(ids)
    answered = pc.is_valid(answers)
    for of_dimension in dimensions.values():
        answered = pc.or_(answered, pc.is_valid(of_dimension))
    columns: dict[str, Any] = {
        "sample_id": ids,
        "model": pa.repeat(system, num_samples),
        "condition": pa.repeat(CLEAN, num_samples),
        "outcome": pc.if_else(answered, "scored", "failed"),
        "reason": pc.if_else(answered, pa.scalar(None, pa.string()), pc.fill_null(reasons, NO_ANSWER)),
        "label": answers,
        **({} if scores is None else {"scores": score_lists(scores, answered)}),
        **dimensions,
    }
    return pa.table(
        [columns.get(field.name, pa.nulls(num_samples, field.type)) for field in PREDICTIONS], schema=PREDICTIONS
    )
