"""The answers of an audit as facts and a table without names, and back.

Shapes: N samples.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from pydantic import BaseModel, ConfigDict

from harness.attributes.group import Group
from harness.attributes.groups import PREFIX, Groups
from harness.errors import HarnessError
from harness.practice_tests.audit.audited_answers import AuditedAnswers
from harness.practice_tests.observed import Observed
from harness.practice_tests.observed_columns import (
    SUBJECT,
    flags_in,
    number_column,
    numbers_in,
    subjects_in,
    text_column,
    texts_in,
)

ANSWERS = "answers"
_SCORE = "score."


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Axis(_Part):
    """The groups of an axis, in reading order, also those in which there is nobody."""

    attributes: tuple[str, ...]
    groups: tuple[tuple[str, tuple[str, ...] | None], ...]
    note: str | None


class _Facts(_Part):
    dataset: str
    model: str
    axes: tuple[_Axis, ...]


def observed_audit(audited: AuditedAnswers) -> Observed:
    """Answers and groups of people."""
    axes = [
        _Axis(attributes=of.attributes, groups=tuple((one.name, one.values) for one in of.groups), note=of.note)
        for of in audited.axes
    ]
    facts = _Facts(dataset=audited.dataset, model=audited.model, axes=tuple(axes))
    table = pa.table(
        {
            SUBJECT: audited.subject,
            "answer": text_column(audited.answer.tolist()),
            "negative": pa.array(audited.negative, pa.bool_()),
            "confidence": number_column(audited.confidence),
            "seconds": number_column(audited.seconds),
            **{f"{_SCORE}{label}": number_column(of) for label, of in audited.scores.items()},
            **{f"{PREFIX}{of.axis}": text_column(of.names[index] for index in of.index) for of in audited.axes},
        }
    )
    return Observed(facts.model_dump(mode="json"), {ANSWERS: table}, audited.people)


def audited_again(observed: Observed) -> AuditedAnswers:
    """The answers of an audit from what it observed.

    Raises:
        HarnessError: facts or table are not those of an audit.
    """
    facts, table = observed.facts_as(_Facts), observed.table(ANSWERS)
    labels = [name.removeprefix(_SCORE) for name in table.column_names if name.startswith(_SCORE)]
    return AuditedAnswers(
        dataset=facts.dataset,
        model=facts.model,
        subject=subjects_in(table),
        answer=np.array(texts_in(table, "answer"), dtype=object),
        negative=flags_in(table, "negative"),
        confidence=numbers_in(table, "confidence"),
        seconds=numbers_in(table, "seconds"),
        axes=[_groups(axis, table) for axis in facts.axes],
        scores={label: numbers_in(table, f"{_SCORE}{label}") for label in labels},
    )


def _groups(axis: _Axis, table: pa.Table) -> Groups:
    groups = tuple(Group(name, values) for name, values in axis.groups)
    empty = Groups(axis.attributes, groups, np.zeros(0, np.int64), axis.note)
    place = {name: index for index, name in enumerate(empty.names)}
    names = texts_in(table, f"{PREFIX}{empty.axis}")
    if unknown := sorted(set(names) - set(place)):
        raise HarnessError(f"observed: {empty.axis}: there is no group {unknown[0]!r}.")
    return Groups(axis.attributes, groups, np.array([place[name] for name in names], np.int64), axis.note)
