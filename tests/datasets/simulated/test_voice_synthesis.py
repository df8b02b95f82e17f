"""The parts of the synthesis against filter theory; what a whole clip sounds like is tested in `test_voices`."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.signal import freqz, sosfreqz

from harness.datasets.simulated import voice_synthesis as synthesis
from harness.datasets.simulated.voice_synthesis import BANDWIDTHS_HZ, CLOSING, FORMANTS_HZ, OPENING, SYNTHESIS_RATE


@pytest.mark.parametrize("shape", ["i", "a", "u"])
@pytest.mark.parametrize("scale", [1.0, 1.2])
def test_every_resonator_peaks_at_its_formant_with_its_bandwidth(shape: str, scale: float) -> None:
    """Where the response is down by 3 dB on both sides is the bandwidth apart."""
    for section, formant, bandwidth in zip(
        synthesis._resonators(shape, scale), FORMANTS_HZ[shape], BANDWIDTHS_HZ, strict=False
    ):
        hz, response = sosfreqz(section[None], worN=1 << 16, fs=SYNTHESIS_RATE)
        gain = np.abs(response)
        assert hz[gain.argmax()] == pytest.approx(scale * formant, abs=0.08 * bandwidth + 2)
        above = hz[gain > gain.max() / np.sqrt(2)]
        assert np.ptp(above) == pytest.approx(bandwidth, rel=0.1)
        assert gain[0] == pytest.approx(1.0)  # a resonator passes what does not move


@pytest.mark.parametrize("attenuation_db", [3.0, 10.0, 25.0])
def test_the_tilt_takes_so_many_decibels_at_3_khz_and_none_at_the_bottom(attenuation_db: float) -> None:
    impulse = np.zeros(4096)
    impulse[0] = 1.0
    _, response = freqz(synthesis._tilted(impulse, attenuation_db), worN=[0.0, 3000.0], fs=SYNTHESIS_RATE)
    assert 20 * np.log10(np.abs(response)) == pytest.approx([0.0, -attenuation_db], abs=0.05)


def test_a_voice_is_never_brighter_than_its_pulse() -> None:
    impulse = np.eye(1, 64)[0]
    np.testing.assert_array_equal(synthesis._tilted(impulse, -5.0), synthesis._tilted(impulse, 0.5))


def test_the_glottis_opens_slowly_and_closes_fast() -> None:
    flow = synthesis._glottal_flow(np.array([0.0, OPENING / 2, OPENING, OPENING + CLOSING / 3, 0.56, 0.9]))
    assert flow == pytest.approx([0.0, 0.5, 1.0, np.cos(np.pi / 6), 0.0, 0.0], abs=1e-12)
