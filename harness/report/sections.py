"""The sections of the report on all samples, as data for the templates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from harness.report.levels_table import Results
from harness.report.metric_names import metric_name
from harness.report.numbers import percent
from harness.report.run_curves import Confusion, RunCurves

UNSCORED = "unscored"
OTHER_ANSWERS = "other answers"
MAX_CLASSES = 40
"""The classes of the confusion matrix and of the tables of classes; of more, those with the most samples."""

MAX_COLUMNS = 50
OTHER_REASONS = "other reasons"
PROTECTED = ("age", "sex", "skin_tone", "race", "neurodivergence", "health")
"""The attributes that are expected of a dataset; the report says which are missing."""


@dataclass(frozen=True)
class HeadlineMetric:
    """One metric over all samples for every model in the report's order; None if a model has no such row."""

    metric: str
    name: str
    meaning: str
    cells: tuple[dict[str, Any] | None, ...]


@dataclass(frozen=True)
class PerClass:
    """Recall and precision of one class."""

    name: str
    num_samples: int
    recall: dict[str, Any] | None
    precision: dict[str, Any] | None


@dataclass(frozen=True)
class ConfusionRow:
    """One class of the truth: (count, share of the row, shade 0 to 9, is it right) per answer."""

    name: str
    num_samples: int
    cells: tuple[tuple[int, str, int, bool], ...]


@dataclass(frozen=True)
class ClassShare:
    """The share of a class among the labels and among the answers."""

    name: str
    truth: float
    predicted: float


@dataclass(frozen=True)
class Failure:
    """A reason why samples have no score."""

    outcome: str
    reason: str
    num_samples: int
    num_subjects: int


def headline(results: Results, models: Sequence[str]) -> list[HeadlineMetric]:
    """Every metric of the first model over all samples, with the values of the other models."""
    return [
        HeadlineMetric(metric, *metric_name(metric), tuple(results.row(model, metric) for model in models))
        for metric in results.metrics(models[0])
    ]


def per_class(results: Results, model: str, confusion: Confusion) -> list[PerClass]:
    """Recall and precision per class of the truth."""
    return [
        PerClass(
            name,
            sum(confusion.counts.get((name, answer), 0) for answer in confusion.answers),
            results.row(model, f"recall:{name}"),
            results.row(model, f"precision:{name}"),
        )
        for name in confusion.largest(MAX_CLASSES)
    ]


def answer_names(confusion: Confusion) -> list[str]:
    """The heads of the matrix's columns."""
    shown, rest = _columns(confusion)
    return [*shown, *([OTHER_ANSWERS] if rest else []), UNSCORED]


def confusion_rows(confusion: Confusion) -> list[ConfusionRow]:
    """The confusion matrix with row-wise shares."""
    shown, rest = _columns(confusion)
    rows = []
    for label in confusion.largest(MAX_CLASSES):
        counts = [confusion.counts.get((label, answer), 0) for answer in shown]
        others = [sum(confusion.counts.get((label, answer), 0) for answer in rest)] if rest else []
        counts += [*others, confusion.counts.get((label, None), 0)]
        total = sum(counts)
        cells = tuple(
            (n, percent(n, total), _shade(n, total), label == answer)
            for n, answer in zip(counts, answer_names(confusion), strict=True)
        )
        rows.append(ConfusionRow(label, total, cells))
    return rows


def _columns(confusion: Confusion) -> tuple[list[str], list[str]]:
    """The answers with a column of their own, and those that share one."""
    answers = [answer for answer in confusion.answers if answer is not None]
    shown = [*confusion.largest(MAX_CLASSES), *confusion.outside][:MAX_COLUMNS]
    return shown, [answer for answer in answers if answer not in set(shown)]


def shares(confusion: Confusion) -> list[ClassShare]:
    """The share of each class among the labels and answers of the scored samples."""
    shown, _ = _columns(confusion)
    return [ClassShare(name, *of_class) for name, of_class in confusion.shares.items() if name in set(shown)]


def most_answered(confusion: Confusion) -> ClassShare | None:
    """The most frequent answer."""
    every = [ClassShare(name, *of_class) for name, of_class in confusion.shares.items()]
    return max(every, key=lambda share: share.predicted, default=None)


def not_carried(curves: RunCurves) -> list[str]:
    """The protected attributes that the samples do not have."""
    known = {name for name, num in curves.counts("attribute") if num}
    return [name for name in PROTECTED if name not in known]


def failures(curves: RunCurves) -> list[Failure]:
    """Why samples have no score, the most frequent reason first; all rare reasons together at the end."""
    rows = sorted(curves.rows("unscored"), key=lambda row: (row["answer"] is None, -row["n_samples"]))
    return [
        Failure(row["truth"], row["answer"] or OTHER_REASONS, row["n_samples"], row["n_subjects"]) for row in rows
    ]


def _shade(part: int, whole: int) -> int:
    return 0 if part == 0 else int(np.clip(np.ceil(9 * part / whole), 1, 9))
