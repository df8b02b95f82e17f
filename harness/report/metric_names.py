"""How metrics are called where people read them, and which way is better."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from harness.metrics.catalogue import METRICS as CATALOGUE

Better = Literal["higher", "lower", "zero"]

METRICS: Mapping[str, tuple[str, str]] = {
    "accuracy": ("Accuracy", "share of samples answered right; one without a score counts as wrong"),
    "accuracy_scored": ("Accuracy, scored only", "over the samples that got a score"),
    "uar": ("UAR", "unweighted average recall: the mean of the classes' recalls"),
    "macro_f1": ("Macro F1", "the mean of the classes' F1"),
    "auc": ("AUC", "how well the scores order the two classes; scored samples only"),
    "ccc": ("CCC", "concordance correlation; scored samples only; 1 is perfect, 0 is chance"),
    "coverage": ("Coverage", "share of samples that got a score"),
    "negative_assignment": (
        "Negative assignment",
        "share of samples without a negative emotion that are called anger, disgust, contempt, fear or sadness; "
        "lower is better",
    ),
    "valence_error": (
        "Valence error",
        "how much more positive the answers are than the labels, from \N{MINUS SIGN}2 to 2; 0 is best",
    ),
    "log_loss": ("Log-loss", "scored samples only; lower is better, 0 is perfect"),
    "brier": ("Brier score", "scored samples only; lower is better, 0 is perfect"),
    "ece": (
        "ECE",
        "expected calibration error: how far scores are from the shares that they promise; scored samples only; "
        "lower is better, 0 is perfect",
    ),
    "calibration_error_sq": (
        "Calibration error, squared",
        "as ECE, but 0 on average for a calibrated system, however few the samples; lower is better",
    ),
    "aurc": ("AURC", "mean share of wrong answers when only the surest are kept; lower is better"),
    "risk_at_80": (
        "Risk at 80\N{NO-BREAK SPACE}%",
        "share of wrong answers among the surest 80 in 100 scored samples; lower is better",
    ),
    "conformal_coverage": (
        "Conformal coverage",
        "how often a conformal set holds the label; it is made to be 0.9",
    ),
    "conformal_set_size": ("Conformal set size", "classes in a conformal set; lower is better"),
    "pearson": ("Pearson", "linear correlation; scored samples only; 1 is perfect, 0 is chance"),
    "rmse": (
        "RMSE",
        "root mean square error, labels from \N{MINUS SIGN}1 to 1; scored samples only; lower is better",
    ),
    "bias": ("Bias", "how much higher the answers are than the labels; scored samples only; 0 is best"),
}
"""The metrics of the headline table in their order: name and meaning. ``ccc`` stands for ``ccc:valence``, …"""

OF_PARTS: Mapping[str, tuple[str, str]] = {
    "recall": ("Recall", "share of the samples with this label that are answered so"),
    "precision": ("Precision", "share of the answers of this class that are right"),
    "f1": ("F1", "harmonic mean of recall and precision"),
    "abstained": ("Abstained", "share of samples that the system declined to answer; lower is better"),
    "failed": ("Failed", "share of samples to which no answer could be had; lower is better"),
}
"""The metrics of single classes and of reasons, which have tables of their own."""

_BETTER = {metric.name.partition(":")[0]: metric.better for metric in CATALOGUE}


def metric_name(metric: str) -> tuple[str, str]:
    """A metric's name and meaning: ``ccc:valence`` is "CCC, valence". One that is not known keeps its own."""
    kind, _, detail = metric.partition(":")
    name, meaning = {**METRICS, **OF_PARTS}.get(kind, (kind.replace("_", " "), ""))
    return (f"{name}, {detail.replace('_', ' ')}" if detail else name), meaning


def better(metric: str) -> Better:
    """Which way a metric of the results is better; ``zero`` for signed errors.

    Where neither is, as for the coverage of conformal sets, or nothing is known, more counts as better.
    """
    return _BETTER.get(metric.partition(":")[0]) or "higher"


def in_order(metrics: Sequence[str]) -> list[str]:
    """Metrics in the order of the headline table; others follow."""
    order = {kind: index for index, kind in enumerate(METRICS)}
    return sorted(metrics, key=lambda metric: order.get(metric.partition(":")[0], len(order)))
