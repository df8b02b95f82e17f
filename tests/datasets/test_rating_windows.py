from __future__ import annotations

import numpy as np
import pytest

from harness.datasets.rating_trace_files import Trace
from harness.datasets.rating_windows import RatingTracesOptions, rated_windows, within_scale

TIMES = np.arange(0.0, 13.0)
RAMP = Trace(TIMES, np.stack([TIMES / 12, TIMES / 12], axis=1))


def test_a_window_has_what_raters_said_later_on_their_scale() -> None:
    options = RatingTracesOptions(delay_s=2.0, scale=(0.0, 1.0))
    rows = list(rated_windows("a.wav", {"arousal": RAMP}, options))
    assert [row["sample_id"] for row in rows] == ["a.wav#0-4000", "a.wav#4000-8000"]
    at_once = list(rated_windows("a.wav", {"arousal": RAMP}, RatingTracesOptions(scale=(0.0, 1.0))))
    assert len(at_once) == 3
    assert [row["arousal"] for row in rows] == pytest.approx([one["arousal"] + 4 / 12 for one in at_once[:2]])


def test_windows_are_those_that_all_traces_cover() -> None:
    short = Trace(TIMES[4:9], RAMP.ratings[4:9])
    rows = list(rated_windows("a.wav", {"arousal": RAMP, "valence": short}, RatingTracesOptions()))
    assert [row["start_s"] for row in rows] == [4.0]


def test_ratings_beyond_the_scale_are_refused() -> None:
    assert within_scale(RAMP, (0.0, 1.0)) is RAMP
    with pytest.raises(ValueError, match=r"ratings beyond 0 to 0\.5\. State their scale"):
        within_scale(RAMP, (0.0, 0.5))
