from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from harness.cards.inputs import NetworkSoundInput
from harness.errors import Unscored
from harness.models.sound_preparation import SoundPreparer, sounds
from harness.signals.media import Audio

RATE = 1_000


def card(**facts: Any) -> NetworkSoundInput:
    return NetworkSoundInput.model_validate({"sample_rate_hz": RATE, **facts})


def ramp(num_frames: int) -> npt.NDArray[np.float32]:
    return np.arange(num_frames, dtype=np.float32) / 1_000


def heard(num_frames: int, **facts: Any) -> npt.NDArray[np.float32]:
    prepare = pickle.loads(pickle.dumps(SoundPreparer(card(**facts))))
    windows: npt.NDArray[np.float32] = prepare(Audio(ramp(num_frames), RATE))
    assert windows.dtype == np.float32
    return windows


def test_a_whole_clip_is_one_window() -> None:
    np.testing.assert_array_equal(heard(700), ramp(700)[None])


def test_a_short_clip_is_padded_as_the_card_says() -> None:
    zeros = heard(600, window_s=1.0, padding="zeros")[0]
    np.testing.assert_array_equal(zeros[:600], ramp(600))
    assert (zeros[600:] == 0).all()
    np.testing.assert_array_equal(
        heard(600, window_s=1.0, padding="repeat")[0], np.concatenate([ramp(600), ramp(400)])
    )
    with pytest.raises(Unscored, match=r"too_short.*0\.600 s; at least 1 s"):
        heard(600, window_s=1.0)


def test_a_long_clip_is_cut_as_the_card_says() -> None:
    with pytest.raises(Unscored, match=r"too_long.*2\.500 s; the window is 1 s"):
        heard(2_500, window_s=1.0)
    clip = ramp(2_500)
    np.testing.assert_array_equal(heard(2_500, window_s=1.0, longer="first"), clip[None, :1_000])
    np.testing.assert_array_equal(heard(2_500, window_s=1.0, longer="middle"), clip[None, 750:1_750])
    windows = heard(2_500, window_s=1.0, longer="mean")
    np.testing.assert_array_equal(windows, [clip[:1_000], clip[1_000:2_000], clip[1_500:]])
    assert len(heard(2_000, window_s=1.0, longer="mean")) == 2, "the last window is not taken twice"
    with pytest.raises(Unscored, match="too_long"):
        heard(2_500, window_s=1.0, longer="mean", max_duration_s=2.0)


def test_full_scale_becomes_the_range() -> None:
    clip = Audio(np.linspace(-1, 1, 1_001).astype(np.float32), RATE)
    prepared = SoundPreparer(card(range=[-32_768, 32_767]))(clip)[0]
    np.testing.assert_allclose(prepared[[0, 500, 1_000]], [-32_768, -0.5, 32_767], atol=0.01)


def test_standardised_clips_have_mean_0_and_deviation_1() -> None:
    prepared = heard(700, standardise=True)[0]
    assert (abs(prepared.mean()) < 1e-6, prepared.std() == pytest.approx(1.0, abs=1e-4)) == (True, True)
    silence = SoundPreparer(card(standardise=True))(Audio(np.zeros(500, np.float32), RATE))
    assert (silence == 0).all()


@pytest.mark.parametrize(
    ("layout", "shape"), [("time", (2, 9)), ("channels_first", (2, 1, 9)), ("channels_last", (2, 9, 1))]
)
def test_the_layout_is_that_of_the_card(layout: str, shape: tuple[int, ...]) -> None:
    assert sounds(np.zeros((2, 9), np.float32), card(layout=layout)).shape == shape
