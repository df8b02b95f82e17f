"""Axes of differences: round ends in the units of the metric, never beyond what its range allows."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.report.gap_scale import gap_scale, same_range
from tests.report.test_charts import GAP


@pytest.mark.parametrize(
    ("metric", "changes", "axis"),
    [
        # The interval from 0.05 to 0.15 and chance from -0.04 to 0.04; 1.5 tolerances are 0.075 to each side.
        ("accuracy", {}, (-0.08, 0.15)),
        ("ece", {"tolerance": 0.03, "null_lo": -0.01}, (-0.06, 0.15)),
        ("accuracy", {"lo": -0.7, "hi": 0.97}, (-0.8, 1.0)),
        ("ccc:valence", {"lo": -1.2, "hi": 1.9}, (-1.5, 2.0)),
        # What a bound would exceed is cut off: two rates differ by at most 1, and roots of squares up to 1, too.
        ("accuracy", {"hi": 1.3}, (-0.08, 1.0)),
        ("calibration_error_sq", {"hi": 1.3}, (-0.08, 1.0)),
        ("log_loss", {"hi": 1.3}, (-0.08, 1.5)),
        ("accuracy", {"lo": None, "hi": None, "null_lo": None, "null_hi": None, "tolerance": None}, (-1.0, 0.1)),
    ],
)
def test_an_axis_ends_at_round_numbers_outside_all_that_is_drawn(
    metric: str, changes: dict[str, float | None], axis: tuple[float, float]
) -> None:
    scale = gap_scale(metric, [replace(GAP, **changes)])
    assert scale.axis == pytest.approx(axis)
    assert scale.ticks == (scale.axis[0], 0.0, scale.axis[1])


def test_metrics_of_one_range_share_an_axis() -> None:
    metrics = ["accuracy", "log_loss", "ece", "ccc:valence", "calibration_error_sq", "accuracy", "ccc:arousal"]
    assert same_range(metrics) == [
        ("accuracy", "ece", "calibration_error_sq"),
        ("log_loss",),
        ("ccc:valence", "ccc:arousal"),
    ]
