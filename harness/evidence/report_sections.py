"""Tables → what each section of the report shows, without a word of HTML."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from harness.attributes.groups import axes_of
from harness.evidence.report_numbers import percent
from harness.measurement.confusion import Confusion
from harness.tables import CLEAN

MAX_GROUPS = 40
MAX_REASONS = 20
PROTECTED = ("age", "sex", "skin_tone", "race", "neurodivergence", "health")
"""The attributes that the regulator names; a dataset without one cannot test it."""

METRICS: Mapping[str, tuple[str, str]] = {
    "accuracy": ("Accuracy", "share of samples answered right; one without a score counts as wrong"),
    "accuracy_scored": ("Accuracy, scored only", "over the samples that got a score"),
    "uar": ("UAR", "unweighted average recall: the mean of the classes' recalls"),
    "macro_f1": ("Macro F1", "the mean of the classes' F1"),
    "auc": ("AUC", "how well the scores order the two classes; scored samples only"),
    "coverage": ("Coverage", "share of samples that got a score"),
    "log_loss": ("Log-loss", "scored samples only; lower is better, 0 is perfect"),
    "brier": ("Brier score", "scored samples only; lower is better, 0 is perfect"),
    "ece": (
        "ECE",
        "expected calibration error: how far scores are from the shares that they promise; scored samples only; "
        "lower is better, 0 is perfect",
    ),
    "ccc": ("CCC", "concordance correlation; scored samples only; 1 is perfect, 0 is chance"),
    "pearson": ("Pearson", "linear correlation; scored samples only; 1 is perfect, 0 is chance"),
    "rmse": (
        "RMSE",
        "root mean square error, labels from \N{MINUS SIGN}1 to 1; scored samples only; lower is better",
    ),
}
"""The metrics of the headline table in their order: name and meaning."""


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
class Group:
    """One group: its size and its metrics in the order of `Axis.metrics`; the reason where it is not tested."""

    name: str
    num_samples: int
    num_subjects: int
    cells: tuple[dict[str, Any] | None, ...]
    reason: str | None


@dataclass(frozen=True)
class Axis:
    """One attribute and its groups; ``num_hidden`` more stand in the results only."""

    name: str
    metrics: tuple[tuple[str, str], ...]
    groups: tuple[Group, ...]
    num_hidden: int
    reason: str | None


@dataclass(frozen=True)
class Failure:
    """Why samples got no score."""

    outcome: str
    reason: str
    num_samples: int
    num_subjects: int


class Results:
    """The results of the clean condition, by what they are about."""

    def __init__(self, results: pa.Table) -> None:
        rows = [row for row in results.to_pylist() if row["condition"] == CLEAN and row["statistic"] == "level"]
        self._rows = {(row["model"], row["metric"], row["axis"], row["group"]): row for row in rows}

    def row(self, model: str, metric: str, axis: str = "overall", group: str = "all") -> dict[str, Any] | None:
        """The row, or None. The value of a group that is not tested is left out: it tells of single persons."""
        found = self._rows.get((model, metric, axis, group))
        if found is not None and axis != "overall" and found["verdict"] == "not_tested":
            return {**found, "value": None, "lo": None, "hi": None}
        return found

    def metrics(self, model: str) -> list[str]:
        """The metrics of a model over all samples, those of the headline table first and in its order."""
        found = [
            metric for name, metric, axis, group in self._rows if (name, axis, group) == (model, "overall", "all")
        ]
        order = list(METRICS)
        return sorted(
            (metric for metric in found if metric.partition(":")[0] in METRICS),
            key=lambda metric: order.index(metric.partition(":")[0]),
        )

    def groups(self, model: str, axis: str) -> list[str]:
        """The groups of an axis in the order of the table."""
        return list(dict.fromkeys(g for name, _, a, g in self._rows if (name, a) == (model, axis)))

    def methods(self) -> list[str]:
        """How the intervals were made."""
        return sorted({row["method"] for row in self._rows.values() if row["method"]})


def headline(results: Results, models: Sequence[str]) -> list[Claimed]:
    """Every metric of the first model over all samples, beside the other models'."""
    return [
        Claimed(metric, *metric_name(metric), tuple(results.row(model, metric) for model in models))
        for metric in results.metrics(models[0])
    ]


def metric_name(metric: str) -> tuple[str, str]:
    """A metric's name and meaning: ``ccc:valence`` is "CCC, valence"."""
    kind, _, detail = metric.partition(":")
    name, meaning = METRICS[kind]
    return (f"{name}, {detail}" if detail else name), meaning


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


def axes(results: Results, samples: pa.Table, model: str) -> list[Axis]:
    """The attributes that the samples carry, and how the model does on their groups."""
    overall = results.metrics(model)
    metrics = [m for m in ("coverage", "accuracy") if m in overall] + [m for m in overall if m.startswith("ccc:")]
    return [_axis(results, model, axis, metrics) for axis in axes_of(samples)]


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


def _axis(results: Results, model: str, axis: str, metrics: Sequence[str]) -> Axis:
    names = results.groups(model, axis)
    refused = results.row(model, "coverage", axis, "all") if names == ["all"] else None
    groups = [] if refused else [_group(results, model, axis, name, metrics) for name in names]
    largest = sorted(groups, key=lambda group: -group.num_subjects)[:MAX_GROUPS]
    shown = tuple(group for group in groups if group in largest)
    titles = tuple((metric, metric_name(metric)[0]) for metric in metrics)
    return Axis(axis, titles, shown, len(groups) - len(shown), refused["reason"] if refused else None)


def _group(results: Results, model: str, axis: str, name: str, metrics: Sequence[str]) -> Group:
    cells = tuple(results.row(model, metric, axis, name) for metric in metrics)
    known = [cell for cell in cells if cell is not None]
    whole = results.row(model, "coverage", axis, name) or (known[0] if known else None)
    untested = next((cell["reason"] for cell in known if cell["verdict"] == "not_tested"), None)
    num_samples, num_subjects = (whole["n_samples"], whole["n_subjects"]) if whole else (0, 0)
    return Group(name, num_samples, num_subjects, cells, untested)


def _unscored(predictions: pa.Table, model: str) -> Iterator[dict[str, Any]]:
    columns = predictions.select(["sample_id", "model", "condition", "outcome", "reason"])
    for row in columns.to_pylist():
        if row["model"] == model and row["condition"] == CLEAN and row["outcome"] != "scored":
            yield row


def _shade(part: int, whole: int) -> int:
    return 0 if part == 0 else int(np.clip(np.ceil(9 * part / whole), 1, 9))
