from __future__ import annotations

import numpy as np
import pytest

from harness.errors import Unscored
from harness.models.waveform import WaveformPreparer
from harness.signals.audio import MIN_DURATION_S
from harness.signals.media import Audio, Image, Video

SAMPLE_RATE = 16_000
PREPARE = WaveformPreparer(SAMPLE_RATE, max_duration_s=2.0)


def tone(rate: int, seconds: float, hz: float = 440.0) -> Audio:
    time_s = np.arange(round(rate * seconds)) / rate
    return Audio(np.sin(2 * np.pi * hz * time_s).astype(np.float32), rate)


def test_a_recording_of_the_right_rate_is_taken_as_it_is() -> None:
    audio = tone(SAMPLE_RATE, 1.0)
    assert PREPARE(audio) is audio.waveform
    frames = np.zeros((1, 2, 2, 3), np.uint8)
    assert PREPARE(Video(frames, np.zeros(1), audio)) is audio.waveform


@pytest.mark.parametrize("rate", [8_000, 44_100, 48_000])
def test_another_rate_is_resampled_to_the_same_tone(rate: int) -> None:
    prepared = PREPARE(tone(rate, 1.0))
    assert prepared.dtype == np.float32
    assert len(prepared) == SAMPLE_RATE
    inner = slice(1_000, -1_000)  # filters ring at the ends
    np.testing.assert_allclose(prepared[inner], tone(SAMPLE_RATE, 1.0).waveform[inner], atol=2e-3)


def test_what_is_too_short_or_too_long_is_said_in_seconds() -> None:
    shortest = tone(SAMPLE_RATE, MIN_DURATION_S)
    assert len(PREPARE(shortest)) == len(shortest.waveform)
    with pytest.raises(Unscored) as short:
        PREPARE(Audio(shortest.waveform[:-1], SAMPLE_RATE))
    assert (short.value.outcome, short.value.reason) == ("failed", "too_short")
    assert len(PREPARE(tone(SAMPLE_RATE, 2.0))) == 2 * SAMPLE_RATE
    with pytest.raises(Unscored) as long:
        PREPARE(tone(SAMPLE_RATE, 2.1))
    assert long.value.text == "too_long: 2.1 s; at most 2 s"


def test_a_picture_and_a_silent_film_have_no_voice() -> None:
    for media in (Image(np.zeros((2, 2, 3), np.uint8)), Video(np.zeros((1, 2, 2, 3), np.uint8), np.zeros(1))):
        with pytest.raises(Unscored) as silent:
            PREPARE(media)
        assert silent.value.text == "no_signal: no voice in this sample"
