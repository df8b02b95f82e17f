"""Calls: who speaks, what they show, and what was answered to the whole call and under each condition.

Shapes: n calls, S people, C classes.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from harness.arrays import Bools, Ints
from harness.errors import Reason, reason_code
from harness.practice_tests.observed_columns import numbered
from harness.tables.predictions import rows_of
from harness.tables.schemas import CLEAN


@dataclass(frozen=True)
class Answers:
    """What one listener answered to every call.

    Attributes:
        right_n: whether the label is that of the call; a call without an answer is wrong.
        negative_n: whether it is a negative emotion.
        scored_n: whether there is an answer.
        applicable_n: whether the condition could change the call.
    """

    right_n: Bools
    negative_n: Bools
    scored_n: Bools
    applicable_n: Bools

    def some(self, part_n: Bools) -> Answers:
        """Those to some of the calls."""
        return Answers(*(getattr(self, field.name)[part_n] for field in fields(self)))


@dataclass(frozen=True)
class Calls:
    """The calls of one dataset with the answers of one listener.

    Attributes:
        dataset: their name.
        model: who answered.
        subject_n: who speaks, 0 … S - 1.
        class_n: the class of each call, 0 … C - 1.
        negative_n: whether that is a negative emotion.
        calm_n: whether that is calm speech.
        answers: condition → the answers; ``clean`` is the whole call as recorded.
        role_n: in which role somebody speaks, such as agent or customer; None where it is not stated. None in
            place of all: nobody asked.
    """

    dataset: str
    model: str
    subject_n: Ints
    class_n: Ints
    negative_n: Bools
    calm_n: Bools
    answers: Mapping[str, Answers]
    role_n: npt.NDArray[np.object_] | None = None

    @property
    def roles(self) -> list[str]:
        """Those that are stated, sorted."""
        return [] if self.role_n is None else sorted({role for role in self.role_n.tolist() if role is not None})

    def of_role(self, role: str) -> Calls:
        """The calls in which somebody speaks in a role."""
        assert self.role_n is not None
        part_n: Bools = self.role_n == role
        return replace(
            self,
            subject_n=np.unique(self.subject_n[part_n], return_inverse=True)[1].astype(np.int64),
            class_n=self.class_n[part_n],
            negative_n=self.negative_n[part_n],
            calm_n=self.calm_n[part_n],
            answers={condition: answers.some(part_n) for condition, answers in self.answers.items()},
            role_n=self.role_n[part_n],
        )

    @property
    def num_classes(self) -> int:
        """C."""
        return int(self.class_n.max()) + 1

    def scored(self, condition: str = CLEAN) -> dict[str, Any]:
        """The columns of a row about the calls that are answered under a condition."""
        return self.columns(np.ones(len(self.subject_n), np.bool_), condition, answered=True)

    def columns(self, asked_n: Bools, condition: str = CLEAN, *, answered: bool = False) -> dict[str, Any]:
        """The columns of a row about some of the calls under a condition.

        Args:
            asked_n: which.
            condition: under which they are heard.
            answered: whether it is about those alone that have an answer; how many have none stands beside them.
        """
        scored_n = self.answers[condition].scored_n
        part_n = asked_n & scored_n if answered else asked_n
        return {
            "dataset": self.dataset,
            "model": self.model,
            "condition": condition,
            "n_samples": int(part_n.sum()),
            "n_subjects": len(np.unique(self.subject_n[part_n])),
            "n_unscored": int((asked_n & ~scored_n).sum()),
        }


@dataclass(frozen=True)
class Meanings:
    """What the labels mean in this test.

    Attributes:
        class_of: label → class.
        negative: the classes that are negative emotions.
        calm: the classes that are calm speech.
    """

    class_of: Callable[[str], str]
    negative: Collection[str]
    calm: Collection[str]


def calls_of(
    dataset: str,
    model: str,
    samples: pa.Table,
    predictions: pa.Table,
    meanings: Meanings,
    role_column: str | None = None,
) -> Calls:
    """The labelled samples as calls, with what a model answered under each of its conditions.

    Args:
        dataset: its name.
        model: its name in the predictions.
        samples: with labels of at least one.
        predictions: of that model and perhaps others.
        meanings: of the labels.
        role_column: of the samples, says in which role somebody speaks; None: nobody asks.
    """
    labelled = samples.filter(samples["label"].is_valid())
    truth_n = np.array([meanings.class_of(label) for label in labelled["label"].to_pylist()], np.str_)
    subject_n, _ = numbered(labelled["subject_id"].to_pylist())
    _, class_n = np.unique(truth_n, return_inverse=True)
    ids = labelled["sample_id"].to_pylist()
    conditions = dict.fromkeys(predictions.filter(_is(predictions["model"], model))["condition"].to_pylist())
    answers = {
        condition: _answers(rows_of(predictions, model, condition), ids, truth_n, meanings)
        for condition in conditions
    }
    return Calls(
        dataset,
        model,
        subject_n,
        class_n.astype(np.int64),
        np.isin(truth_n, list(meanings.negative)),
        np.isin(truth_n, list(meanings.calm)),
        answers,
        None
        if role_column is None
        else np.array([_role(one) for one in labelled[role_column].to_pylist()], object),
    )


def _role(value: Any) -> str | None:
    """A role as text; None where none is stated."""
    text = f"{value:g}" if isinstance(value, float) else "" if value is None else str(value)
    return text or None


def _is(column: pa.ChunkedArray, value: str) -> pa.Array:
    return pa.array(np.array(column.to_pylist(), object) == value)


def _answers(rows: pa.Table, ids: list[str], truth_n: np.ndarray, meanings: Meanings) -> Answers:
    by_id = {row["sample_id"]: row for row in rows.select(["sample_id", "outcome", "label", "reason"]).to_pylist()}
    own = [by_id[one] for one in ids]
    answer_n = np.array([meanings.class_of(row["label"]) if row["label"] else "" for row in own], np.str_)
    scored_n = np.array([row["outcome"] == "scored" for row in own], np.bool_)
    left_out = [reason_code(row["reason"] or "") == Reason.NOT_APPLICABLE for row in own]
    return Answers(
        scored_n & (answer_n == truth_n),
        scored_n & np.isin(answer_n, list(meanings.negative)),
        scored_n,
        ~np.array(left_out, np.bool_),
    )
