"""Stretches of values that come at their own times."""

from __future__ import annotations

import numpy as np
import pytest

from harness.errors import Reason, Unscored
from harness.signals.media import Beats
from harness.signals.recording_cut import MAX_DURATION_S, Series, cut

SERIES = {
    "heart_rate": Series(np.array([100.0, 100.4, 103.0, 107.9]), np.array([60.0, 61.0, 62.0, 63.0]), "1/min")
}
BEATS = Beats(np.array([101.0, 102.0, 103.0]), np.array([900.0, 1000.0, 1000.0]))


def test_the_last_value_of_a_second_is_taken() -> None:
    found = cut(SERIES, None, None, None)
    channel = found.channels["heart_rate"]
    assert found.duration_s == pytest.approx(8.9)
    np.testing.assert_array_equal(channel.values[[0, 3, 7]], [61, 62, 63])
    assert np.isfinite(channel.values).sum() == 3
    assert found.beats is None


def test_a_window_has_the_beats_whose_interval_lies_inside() -> None:
    found = cut(SERIES, BEATS, 101.0, 104.0)
    assert found.beats is not None
    np.testing.assert_allclose(found.beats.time_s, [1.0, 2.0])
    np.testing.assert_array_equal(found.channels["heart_rate"].values, [np.nan, np.nan, 62])


@pytest.mark.parametrize(
    ("window", "reason"), [((200.0, 210.0), Reason.EMPTY), ((0.0, MAX_DURATION_S + 1), Reason.TOO_LONG)]
)
def test_what_cannot_be_cut_says_why(window: tuple[float, float], reason: Reason) -> None:
    with pytest.raises(Unscored) as raised:
        cut(SERIES, BEATS, *window)
    assert raised.value.reason is reason
    with pytest.raises(Unscored) as raised:
        cut({}, None, *window)
    assert raised.value.reason is Reason.EMPTY
