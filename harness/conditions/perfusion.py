"""A weaker pulse signal, as light that more melanin or tissue absorbs gives it.

What is known is little, and it must not be read as more. Bent et al. 2020 (npj Digital Medicine 3:18) found no
difference in heart-rate error between skin tones, with six devices on 53 people. A review of ten studies
(Koerber et al. 2022, PMC9662769) is inconclusive; one of them found fewer data points for darker skin. A Monte
Carlo model of light in skin (Biomedical Optics Express 12:7445, 2021) computes how much of the signal is lost at
worst, with obesity and dark skin together. Those losses are the severities here: a stress test of the sensor,
not what people of any skin tone have been observed to get.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar

import numpy as np

from harness.conditions.condition import LabelPreserving
from harness.conditions.recordings import (
    RecordingCondition,
    misplaced,
    require_any,
    spread,
    with_channels,
    without,
)
from harness.signals.media import Recording

LOSS = {
    1: ("", 0.1),
    2: ("", 0.2),
    3: (" (Apple, Polar at worst)", 0.329),
    4: (" (Fitbit at worst)", 0.612),
}
"""Severity → whose worst case in the model, and the share of the pulsatile signal that is lost."""
NOISE_SHARE = 0.1
"""Standard deviation of the sensor's noise by that of the full pulse signal (20 dB): a choice. The noise stays
as the signal falls."""
BEAT_MS = 5.0
"""Standard deviation of the time of a beat with the full signal: a choice, near the 6.6 ms of the best device of
wearable_hrv."""
LOST_BELOW = 0.25
"""A beat is lost if its height, drawn around the signal that is left, is below this share of the full signal."""
HEIGHT_SPREAD = 0.2


class Perfusion(RecordingCondition):
    """``wearable/perfusion@1`` … ``@4``: 10 to 61 % of the pulse signal is lost; the sensor's noise stays.

    Beats are misplaced in inverse proportion to the signal that is left, and weak ones are lost.
    """

    label_preserving = LabelPreserving.ASSUMED
    severities: ClassVar[Mapping[int, str]] = {
        number: f"{loss:.1%} of the signal lost{whose}" for number, (whose, loss) in LOSS.items()
    }
    source = (
        "losses at worst of a Monte Carlo model (Biomed Opt Express 12:7445, 2021), obesity with dark skin; "
        "on people, Bent et al. 2020 (npj Digit Med 3:18) found no difference in heart rate between skin tones"
    )

    def changed(self, recording: Recording, rng: np.random.Generator) -> Recording:
        """Pulse wave and beats, where they are."""
        require_any(recording, {"bvp"}, beats=True)
        left = 1 - LOSS[self.level][1]
        channels = {}
        wave = recording.channels.get("bvp")
        if wave is not None:
            level = np.nanmean(wave.values) if np.isfinite(wave.values).any() else 0.0
            noise = NOISE_SHARE * spread(wave) * rng.standard_normal(wave.values.shape)
            added = (
                np.sqrt(1 - left**2) * noise
            )  # the given wave holds the noise of a full signal, which shrank with it
            channels["bvp"] = replace(wave, values=level + left * (wave.values - level) + added)
        beats = recording.beats
        if beats is None or not len(beats.time_s):
            return with_channels(recording, channels, beats)
        error, height = rng.standard_normal((2, len(beats.time_s)))
        extra_ms = BEAT_MS * np.sqrt(1 / left**2 - 1)
        lost = left * (1 + HEIGHT_SPREAD * height) < LOST_BELOW
        return with_channels(recording, channels, without(misplaced(beats, extra_ms * error), lost))
