"""Skin temperature with a known drift."""

from __future__ import annotations

import numpy as np
import pytest

from harness.signals.skin_temperature import skin_temperature


def test_level_drift_and_spread() -> None:
    cooling = 33.0 - 0.5 * np.arange(240) / 240.0
    cooling[50:60] = np.nan
    found = skin_temperature(np.stack([cooling, np.full(240, np.nan)]), 4.0)
    assert found.level[0] == pytest.approx(np.nanmean(cooling))
    assert found.slope[0] == pytest.approx(-0.5)
    assert found.sd[0] == pytest.approx(np.nanstd(cooling, ddof=1))
    assert np.isnan([values[1] for values in found]).all()
