"""Tables → what each section of the report shows, without a word of HTML."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from harness.attributes.groups import axes_of
from harness.measurement.confusion import Confusion
from harness.report.levels_table import Results
from harness.report.metric_names import metric_name
from harness.report.numbers import percent
from harness.tables.schemas import CLEAN

MAX_REASONS = 20
PROTECTED = ("age", "sex", "skin_tone", "race", "neurodivergence", "health")
"""The attributes that the regulator names; a dataset without one cannot test it."""


@dataclass(frozen=True)
class Claimed:
    """One metric over all samples, of every model in the report's order; None where a model has no such row."""

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
class Share:
    """How often a class is true and how often it is the answer, as shares."""

    name: str
    truth: float
    predicted: float


@dataclass(frozen=True)
class Failure:
    """Why samples got no score."""

    outcome: str
    reason: str
    num_samples: int
    num_subjects: int


def headline(results: Results, models: Sequence[str]) -> list[Claimed]:
    """Every metric of the first model over all samples, beside the other models'."""
    return [
        Claimed(metric, *metric_name(metric), tuple(results.row(model, metric) for model in models))
        for metric in results.metrics(models[0])
    ]


def per_class(results: Results, model: str, confusion: Confusion) -> list[PerClass]:
    """Recall and precision per class of the truth."""
    totals = confusion.counts.sum(axis=1)
    return [
        PerClass(c, int(n), results.row(model, f"recall:{c}"), results.row(model, f"precision:{c}"))
        for c, n in zip(confusion.classes, totals, strict=True)
    ]


def confusion_rows(confusion: Confusion) -> list[ConfusionRow]:
    """The matrix with shares of its rows."""
    rows = []
    for label, counts in zip(confusion.classes, confusion.counts.tolist(), strict=True):
        total = sum(counts)
        cells = tuple(
            (n, percent(n, total), _shade(n, total), label == answer)
            for n, answer in zip(counts, confusion.answers, strict=True)
        )
        rows.append(ConfusionRow(label, total, cells))
    return rows


def shares(confusion: Confusion) -> list[Share]:
    """How often each class is true and how often it is answered, among the samples that got a score."""
    scored = confusion.counts[:, :-1]
    total = max(int(scored.sum()), 1)
    truth = dict(zip(confusion.classes, scored.sum(axis=1).tolist(), strict=True))
    predicted = dict(zip(confusion.answers[:-1], scored.sum(axis=0).tolist(), strict=True))
    return [Share(n, truth.get(n, 0) / total, predicted[n] / total) for n in confusion.answers[:-1]]


def not_carried(samples: pa.Table) -> list[str]:
    """The protected attributes that the samples say nothing about."""
    known = {axis for axis in axes_of(samples) if samples[f"attr.{axis}"].null_count < samples.num_rows}
    return [name for name in PROTECTED if name not in known]


def failures(samples: pa.Table, predictions: pa.Table, model: str) -> list[Failure]:
    """Why samples got no score, the commonest first; what lies beyond the bound is one row."""
    subject_of = dict(zip(samples["sample_id"].to_pylist(), samples["subject_id"].to_pylist(), strict=True))
    subjects: dict[tuple[str, str], list[str]] = {}
    for row in _unscored(predictions, model):
        code = row["reason"].partition(":")[0].strip()
        subjects.setdefault((row["outcome"], code), []).append(subject_of[row["sample_id"]])
    ordered = sorted(subjects.items(), key=lambda item: (-len(item[1]), item[0]))
    shown = [Failure(*key, len(who), len(set(who))) for key, who in ordered[:MAX_REASONS]]
    rest = [subject for _, who in ordered[MAX_REASONS:] for subject in who]
    if rest:
        name = f"{len(ordered) - MAX_REASONS} more reasons"
        shown.append(Failure("abstained or failed", name, len(rest), len(set(rest))))
    return shown


def label_sources(samples: pa.Table) -> list[tuple[str, int]]:
    """Where the labels come from, with numbers of samples, the commonest first."""
    return Counter(samples["label_source"].to_pylist()).most_common()


def _unscored(predictions: pa.Table, model: str) -> Iterator[dict[str, Any]]:
    columns = predictions.select(["sample_id", "model", "condition", "outcome", "reason"])
    for row in columns.to_pylist():
        if row["model"] == model and row["condition"] == CLEAN and row["outcome"] != "scored":
            yield row


def _shade(part: int, whole: int) -> int:
    return 0 if part == 0 else int(np.clip(np.ceil(9 * part / whole), 1, 9))
