from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import soundfile as sf
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from harness.signals import voice, voice_at_once
from harness.signals.voice_at_once import Frames
from harness.signals.voice_frames import FRAME, HOP, SAMPLE_RATE

ROUNDING = 1e-9
"""Features are about 1e-4 to 1e4, computed in float64; 2e-12 of them was the most in 480 clips of speech."""


def made(num: int, seed: int = 0) -> list[npt.NDArray[np.float32]]:
    """Clips of different lengths with voice, noise and silence; the longest is the same for any number of them."""
    rng = np.random.default_rng(seed)
    clips = []
    for place in range(num):
        seconds = np.arange(SAMPLE_RATE // 2 - 500 * (place % 7)) / SAMPLE_RATE
        voiced = np.sin(2 * np.pi * (110 + 20 * place) * seconds) * (np.sin(9 * seconds) > 0)
        clips.append((0.2 * voiced + 0.01 * rng.normal(size=len(seconds))).astype(np.float32))
    return clips


class Calls(TorchDispatchMode):
    """Counts what torch is told to do, which on a GPU is told to the device."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # torch's
        self.number: int = 0

    def __torch_dispatch__(self, call: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        self.number += 1
        return call(*args, **(kwargs or {}))


def num_calls(clips: list[npt.NDArray[np.float32]], *, at_once: bool) -> int:
    voice.describe(clips, at_once=at_once)  # what is made once
    calls = Calls()
    with calls:
        voice.describe(clips, at_once=at_once)
    return calls.number


def require_equal(clips: list[npt.NDArray[Any]]) -> None:
    np.testing.assert_allclose(
        voice.describe(clips, at_once=True), voice.describe(clips, at_once=False), rtol=ROUNDING, atol=ROUNDING
    )


def test_the_number_of_calls_does_not_depend_on_the_number_of_clips() -> None:
    once = num_calls(made(1), at_once=True)
    assert once == num_calls(made(3), at_once=True) == num_calls(made(24), at_once=True)
    assert once < 1_000
    assert num_calls(made(3), at_once=False) > num_calls(made(1), at_once=False) + 2 * 100


def test_it_grows_with_the_logarithm_of_the_length() -> None:
    clip = made(1)[0]
    longer = num_calls([np.tile(clip, 8)], at_once=True) - num_calls([clip], at_once=True)
    assert 0 < longer < 100


def test_features_are_those_of_each_clip() -> None:
    require_equal(made(9))


def test_features_of_speech(shared_data: Path) -> None:
    files = sorted((shared_data / "ravdess").glob("*/*.wav"))[::60]
    require_equal([sf.read(file, dtype="float32")[0] for file in files])


@pytest.mark.parametrize("most", [1, 2, 17, 200])
def test_frames_in_parts_are_the_same_frames(monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    clips = [clip[:4_000] for clip in made(3)]
    whole = voice.describe(clips, at_once=True)
    monkeypatch.setattr(voice_at_once, "MOST_FRAMES", most)
    np.testing.assert_allclose(voice.describe(clips, at_once=True), whole, rtol=ROUNDING, atol=ROUNDING)


@pytest.mark.parametrize(
    "clips",
    [
        [np.zeros(FRAME)],
        [np.zeros(SAMPLE_RATE), np.ones(FRAME + 3 * HOP), np.eye(1, SAMPLE_RATE)[0]],
        [np.tile([1.0, -1.0], 4_000), np.full(FRAME, 1e-30, np.float32)],
    ],
    ids=["one frame", "silence, constant, click", "nyquist, denormal"],
)
def test_degenerate_sounds(clips: list[npt.NDArray[Any]]) -> None:
    require_equal(clips)


@pytest.mark.parametrize("group", voice.GROUPS)
def test_groups_of_features(group: voice.VoiceFeatureGroup) -> None:
    names, whole = voice.feature_names(), voice.describe(made(2), at_once=True)
    alone = voice.describe(made(2), [group], at_once=True)
    columns = [names.index(name) for name in voice.feature_names([group])]
    np.testing.assert_allclose(alone, whole[:, columns], rtol=ROUNDING, atol=ROUNDING)


def test_frames_lie_within_their_clips() -> None:
    frames = Frames.of(np.array([FRAME, FRAME + 2 * HOP + 5]))
    assert frames.clip.tolist() == [0, 1, 1, 1]
    assert frames.place.tolist() == [0, 0, 1, 2]
    assert frames.begin.tolist() == [0, FRAME, FRAME + HOP, FRAME + 2 * HOP]
    assert frames.exist("cpu").tolist() == [[True, False, False], [True, True, True]]


def test_a_gpu_describes_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    def told(waveforms: object, device: str) -> None:
        raise LookupError(device)

    monkeypatch.setattr(voice, "_at_once", told)
    with pytest.raises(LookupError, match="cuda:0"):
        voice.describe(made(1), device="cuda:0")
    voice.describe(made(1))


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_features_on_a_gpu() -> None:
    on_gpu = voice.describe(made(9), device="cuda")
    np.testing.assert_allclose(on_gpu, voice.describe(made(9)), rtol=1e-6, atol=1e-6)
