from __future__ import annotations

import numpy as np
import pytest

from harness.datasets.simulated.laid_manner import relative_rate, with_manner
from harness.datasets.simulated.speech_engine import MANNERS
from harness.errors import Unscored
from harness.signals.media import Audio

RATE_HZ = 16_000


@pytest.mark.parametrize("num_samples", [0, 100, RATE_HZ])
def test_silence_stays_without_a_score(num_samples: int) -> None:
    with pytest.raises(Unscored) as raised:
        with_manner(Audio(np.zeros(num_samples, np.float32), RATE_HZ), MANNERS["anger"])
    assert raised.value.reason == "silent"


def test_what_has_no_pitch_takes_no_manner() -> None:
    hiss = np.random.default_rng(0).normal(0.0, 0.1, RATE_HZ).astype(np.float32)
    with pytest.raises(Unscored, match="no voice") as raised:
        with_manner(Audio(hiss, RATE_HZ), MANNERS["anger"])
    assert raised.value.reason == "no_speech"


def test_rates_are_relative_to_neutral() -> None:
    rates = {label: relative_rate(manner) for label, manner in MANNERS.items()}
    assert rates == pytest.approx(
        {"anger": 200 / 165, "happiness": 185 / 165, "sadness": 125 / 165, "neutral": 1.0}
    )
