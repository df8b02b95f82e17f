"""The calls of a study, with what was answered to them, as facts and tables without names, and back.

Shapes: n calls.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import numpy as np
import pyarrow as pa
from pydantic import BaseModel, ConfigDict

from harness.attributes.groups import PREFIX
from harness.errors import HarnessError
from harness.practice_tests.customer_service.calls import Answers, Calls
from harness.practice_tests.customer_service.voice_study import Heard
from harness.practice_tests.observed import Observed
from harness.practice_tests.observed_columns import SUBJECT, flags_in, subjects_in
from harness.tables.schemas import RATERS

CALLS, STUDY = "calls", "study"
_SYSTEM, _PEOPLE = "system", "people"
_ROLE = f"{PREFIX}role"
"""Somebody may be known by their role, so that it counts as an attribute."""
_ANSWERS = tuple(one.name.removesuffix("_n") for one in fields(Answers))
_MAX_CLASSES = 1000


class _Facts(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    dataset: str
    model: str
    conditions: dict[str, list[str]]


def observed_calls(heard: Heard) -> Observed:
    """Calls, answers under every condition, and the results of the study."""
    calls, listeners = heard.calls, _listeners(heard)
    facts = _Facts(
        dataset=calls.dataset,
        model=calls.model,
        conditions={name: list(of.answers) for name, of in listeners.items()},
    )
    columns: dict[str, Any] = {
        SUBJECT: calls.subject_n,
        "class": calls.class_n,
        "negative": pa.array(calls.negative_n, pa.bool_()),
        "calm": pa.array(calls.calm_n, pa.bool_()),
    }
    if calls.role_n is not None:
        columns[_ROLE] = pa.array(calls.role_n.tolist(), pa.string())
    for name, of in listeners.items():
        for condition, answers in of.answers.items():
            columns |= {
                _column(name, part, condition): pa.array(getattr(answers, f"{part}_n"), pa.bool_())
                for part in _ANSWERS
            }
    tables = {CALLS: pa.table(columns), STUDY: heard.results}
    return Observed(facts.model_dump(mode="json"), tables, heard.names)


def heard_again(observed: Observed) -> Heard:
    """The calls and answers of a study from what was observed.

    Raises:
        HarnessError: facts or tables are not those of such a test.
    """
    facts, table, results = observed.facts_as(_Facts), observed.table(CALLS), observed.table(STUDY)
    if _SYSTEM not in facts.conditions:
        raise HarnessError(f"observed: there are no answers of the {_SYSTEM}.")
    calls, people = (
        _calls(facts, listener, model, table) if listener in facts.conditions else None
        for listener, model in ((_SYSTEM, facts.model), (_PEOPLE, RATERS))
    )
    assert calls is not None
    return Heard(calls, people, results)


def _listeners(heard: Heard) -> Mapping[str, Calls]:
    return {_SYSTEM: heard.calls, **({} if heard.people is None else {_PEOPLE: heard.people})}


def _column(listener: str, part: str, condition: str) -> str:
    return f"{listener} {part} {condition}"


def _calls(facts: _Facts, listener: str, model: str, table: pa.Table) -> Calls:
    class_n = table["class"].to_numpy()
    if class_n.dtype != np.int64 or not 0 <= class_n.min() <= class_n.max() < _MAX_CLASSES:
        raise HarnessError(f"observed: column class: classes are numbers from 0 to {_MAX_CLASSES - 1}.")
    return Calls(
        dataset=facts.dataset,
        model=model,
        subject_n=subjects_in(table),
        class_n=class_n,
        negative_n=flags_in(table, "negative"),
        calm_n=flags_in(table, "calm"),
        answers={
            condition: Answers(*(flags_in(table, _column(listener, part, condition)) for part in _ANSWERS))
            for condition in facts.conditions[listener]
        },
        role_n=np.array(table[_ROLE].to_pylist(), object) if _ROLE in table.column_names else None,
    )
