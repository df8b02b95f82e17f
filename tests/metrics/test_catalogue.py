from __future__ import annotations

import re

import numpy as np

from harness.metrics.additive import Metric
from harness.metrics.calibration import calibration
from harness.metrics.catalogue import METRICS
from harness.metrics.categorical import categorical, coverage
from harness.metrics.dimensional import dimensional
from harness.metrics.probabilistic import probabilistic
from harness.metrics.ranking import ranking

SUBJECT = np.array([0, 1])
TRUTH = np.array([0, 1])
CLASSES = ("class", "other")
SCORES = np.array([[0.8, 0.2], [0.4, 0.6]])


def measured() -> list[Metric]:
    families = [
        categorical(SUBJECT, TRUTH, TRUTH, num_subjects=2, classes=CLASSES, per_class=True),
        coverage(SUBJECT, TRUTH == 0, num_subjects=2),
        dimensional("dimension", SUBJECT, SCORES[:, 0], SCORES[:, 1], num_subjects=2, only_ccc=False),
        probabilistic(SUBJECT, TRUTH, SCORES, num_subjects=2),
        calibration(SUBJECT, TRUTH, SCORES, num_subjects=2),
        ranking(SUBJECT, TRUTH == 1, SCORES[:, 1], num_subjects=2),
    ]
    return [metric for family in families for metric in family.metrics if not metric.name.endswith(":other")]


def test_every_metric_stands_in_the_catalogue_once() -> None:
    names = [re.sub(r":(\w+)", r":<\1>", metric.name) for metric in measured()]
    assert sorted(names) == sorted(metric.name for metric in METRICS)


def test_the_catalogue_states_the_ranges_that_intervals_are_clipped_to() -> None:
    stated = {re.sub(r"[<>]", "", metric.name): metric.range for metric in METRICS}
    for metric in measured():
        low, _, high = stated[metric.name].partition(" to ")
        if high:
            assert (float(low), float(high)) == (metric.low, metric.high), metric.name
        else:
            assert stated[metric.name] == f"{metric.low:g} and up", metric.name
            assert metric.high > 2.0
