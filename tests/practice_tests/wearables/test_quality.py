"""The stated rule of quality, on each side of both shares."""

from __future__ import annotations

import numpy as np

from harness.practice_tests.wearables.quality import Quality, QualityRule, quality

ACCEPTABLE, POOR, MISSING = Quality.ACCEPTABLE.value, Quality.POOR.value, Quality.MISSING.value


def test_the_rule_by_hand() -> None:
    """Against 100 beats: 80 and 120 are within 20 %, 79 and 121 are not; 20 artefacts of 100 are, 21 are not."""
    beats = np.array([80.0, 120, 79, 121, 100, 100, 0, np.nan, 50])
    reference = np.array([100.0, 100, 100, 100, 100, 100, 100, 100, np.nan])
    artefacts = np.array([0.0, np.nan, 0, 0, 20, 21, 0, 0, 0])
    has_value = np.ones(len(beats), np.bool_)
    has_value[7] = False
    expected = [ACCEPTABLE, ACCEPTABLE, POOR, POOR, ACCEPTABLE, POOR, MISSING, MISSING, ACCEPTABLE]
    assert quality(beats, reference, artefacts, has_value, QualityRule()).tolist() == expected


def test_beats_that_nobody_counted_are_not_missing() -> None:
    unknown = np.full(3, np.nan)
    found = quality(unknown, np.array([100.0, 100, np.nan]), unknown, np.array([True, False, True]), QualityRule())
    assert found.tolist() == [Quality.UNKNOWN, MISSING, Quality.UNKNOWN]
