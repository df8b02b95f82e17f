"""Every metric by the name it has in results, with its range and what it is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class MetricName:
    """A metric. In `name`, ``<class>`` and ``<dimension>`` stand for each class or dimension in turn."""

    name: str
    range: str
    description: str


METRICS: tuple[MetricName, ...] = (
    MetricName(
        "accuracy", "0 to 1", "Share of right answers among all samples; a sample without a score is wrong."
    ),
    MetricName(
        "accuracy_scored", "0 to 1", "Share of right answers among the scored samples. Read it with coverage."
    ),
    MetricName("uar", "0 to 1", "Unweighted average recall over the classes of the truth; unscored is wrong."),
    MetricName("macro_f1", "0 to 1", "Mean F1 over the classes of the truth; unscored is wrong."),
    MetricName("recall:<class>", "0 to 1", "Share of the samples of a class that were answered with it."),
    MetricName("precision:<class>", "0 to 1", "Share of the answers with a class that were right."),
    MetricName("coverage", "0 to 1", "Share of the samples that have a score."),
    MetricName(
        "log_loss", "0 and up", "Mean negative log probability of the true class, over the scored samples."
    ),
    MetricName(
        "brier", "0 to 2", "Mean squared distance of the probabilities from the truth, summed over classes."
    ),
    MetricName("ece", "0 to 1", "Expected calibration error: |confidence - accuracy|, weighted over 15 bins."),
    MetricName("auc", "0 to 1", "Area under the ROC curve, where there are two classes; 0.5 is chance."),
    MetricName(
        "ccc:<dimension>", "-1 to 1", "Concordance correlation coefficient (Lin 1989), population moments."
    ),
    MetricName("pearson:<dimension>", "-1 to 1", "Pearson correlation."),
    MetricName("rmse:<dimension>", "0 and up", "Root mean squared error, on the scale of -1 to 1."),
)
