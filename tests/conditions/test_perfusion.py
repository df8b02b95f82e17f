"""A weaker pulse signal, measured after it was made."""

from __future__ import annotations

import numpy as np
import pytest
from made_recordings import changed, made, rmssd

from harness.conditions.perfusion import LOSS
from harness.study.assembly import open_condition


@pytest.mark.parametrize("severity", LOSS)
def test_the_signal_falls_and_the_noise_stays(severity: int) -> None:
    given = made(600.0)
    found, left = changed(f"wearable/perfusion@{severity}", given), 1 - LOSS[severity][1]
    wave, before = found.channels["bvp"].values, given.channels["bvp"].values
    share = np.dot(wave - wave.mean(), before) / np.dot(before, before)
    assert share == pytest.approx(left, abs=0.01)
    noise = wave - wave.mean() - share * before
    assert noise.std() == pytest.approx(0.1 * before.std() * np.sqrt(1 - left**2), rel=0.05)
    assert rmssd(found) ** 2 - rmssd(given) ** 2 == pytest.approx(6 * 25 * (1 / left**2 - 1), rel=0.3, abs=30)
    assert found.channels["eda"] is given.channels["eda"]


def test_what_is_known_stands_in_the_plan() -> None:
    plan = open_condition("wearable/perfusion@4").plain()
    assert plan["meaning"] == "61.2% of the signal lost (Fitbit at worst)"
    assert "found no difference in heart rate between skin tones" in plan["source"]
