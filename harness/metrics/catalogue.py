"""Every metric by the name it has in results, with its range and what it is."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class MetricName:
    """A metric. In `name`, ``<class>``, ``<dimension>`` and ``<reason>`` stand for each of them in turn.

    Attributes:
        name: its name in results.
        range: from the least to the greatest value that it can take.
        better: which way is better, or ``zero`` for a signed error; None where neither is.
        description: what it is.
    """

    name: str
    range: str
    better: Literal["higher", "lower", "zero"] | None
    description: str

    @property
    def widest(self) -> float:
        """The largest difference between two of its values; infinite where it has no bounds."""
        low, bounded, high = self.range.partition(" to ")
        return float(high) - float(low) if bounded else math.inf

    def covers(self, name: str) -> bool:
        """Whether a name means this metric: ``recall`` and ``recall:anger`` both mean ``recall:<class>``."""
        base, each, _ = self.name.partition(":")
        return name == base or bool(each and name.startswith(f"{base}:"))


METRICS: tuple[MetricName, ...] = (
    MetricName(
        "accuracy",
        "0 to 1",
        "higher",
        "Share of right answers among all samples; a sample without a score is wrong.",
    ),
    MetricName(
        "accuracy_scored",
        "0 to 1",
        "higher",
        "Share of right answers among the scored samples. Read it with coverage.",
    ),
    MetricName(
        "uar",
        "0 to 1",
        "higher",
        "Unweighted average recall over the classes of the truth; unscored is wrong.",
    ),
    MetricName("macro_f1", "0 to 1", "higher", "Mean F1 over the classes of the truth; unscored is wrong."),
    MetricName(
        "recall:<class>", "0 to 1", "higher", "Share of the samples of a class that were answered with it."
    ),
    MetricName("precision:<class>", "0 to 1", "higher", "Share of the answers with a class that were right."),
    MetricName("f1:<class>", "0 to 1", "higher", "Harmonic mean of a class's recall and precision."),
    MetricName("coverage", "0 to 1", "higher", "Share of the samples that have a score."),
    MetricName("abstained", "0 to 1", "lower", "Share of the samples on which the system declined to answer."),
    MetricName("failed", "0 to 1", "lower", "Share of the samples on which the system failed."),
    MetricName("abstained:<reason>", "0 to 1", "lower", "The same for one reason; the ten commonest of the run."),
    MetricName("failed:<reason>", "0 to 1", "lower", "The same for one reason; the ten commonest of the run."),
    MetricName(
        "negative_assignment",
        "0 to 1",
        "lower",
        "Share of the neutral samples called anger, disgust, contempt, fear or sadness; with match_on, of all "
        "samples of no negative emotion, matched on label and the columns named.",
    ),
    MetricName(
        "valence_error",
        "-2 to 2",
        "zero",
        "Mean of the answer's sign of valence less the truth's (1 happiness, 0 neutral, -1 negative emotions), "
        "over the scored samples, where labels alone tell of valence.",
    ),
    MetricName(
        "log_loss",
        "0 and up",
        "lower",
        "Mean negative log probability of the true class, over the scored samples.",
    ),
    MetricName(
        "brier",
        "0 to 2",
        "lower",
        "Mean squared distance of the probabilities from the truth, summed over classes.",
    ),
    MetricName(
        "ece",
        "0 to 1",
        "lower",
        "Expected calibration error: |confidence - accuracy|, weighted over 15 bins of equal mass. Above zero by "
        "chance, and the more so the fewer samples.",
    ),
    MetricName(
        "calibration_error_sq",
        "-1 to 1",
        "lower",
        "Squared calibration error over the same bins, debiased by subjects: zero in expectation for a calibrated "
        "model of any number of subjects; compare groups on this.",
    ),
    MetricName(
        "aurc",
        "0 to 1",
        "lower",
        "Area under the risk-coverage curve: the share of wrong answers among the most confident, averaged over "
        "all shares of samples answered.",
    ),
    MetricName(
        "risk_at_80", "0 to 1", "lower", "Share of wrong answers among the 80 % most confident scored samples."
    ),
    MetricName(
        "conformal_coverage",
        "0 to 1",
        None,
        "Share of the scored samples whose conformal prediction set, learned from the other subjects for a "
        "coverage of 90 %, holds the truth. Far from 90 % in a group, its sets mislead.",
    ),
    MetricName(
        "conformal_set_size",
        "0 and up",
        "lower",
        "Mean number of classes in these sets: how many must be named to be right in 90 %.",
    ),
    MetricName("auc", "0 to 1", "higher", "Area under the ROC curve, where there are two classes; 0.5 is chance."),
    MetricName(
        "ccc:<dimension>",
        "-1 to 1",
        "higher",
        "Concordance correlation coefficient (Lin 1989), population moments.",
    ),
    MetricName("pearson:<dimension>", "-1 to 1", "higher", "Pearson correlation."),
    MetricName(
        "bias:<dimension>",
        "any",
        "zero",
        "Mean signed error, prediction less truth; of valence, below zero is too negative.",
    ),
    MetricName("rmse:<dimension>", "0 and up", "lower", "Root mean squared error, on the scale of -1 to 1."),
)
