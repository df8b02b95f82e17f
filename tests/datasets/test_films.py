"""What of a film a sample is, and that what is of no concern to a system does not stop it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from films_made import RATE_HZ, levels, tone, write_film
from pydantic import ValidationError

from harness.datasets.films import FrameOptions, load_film
from harness.errors import HarnessError, Reason, Unscored
from harness.models.waveform import WaveformPreparer
from harness.signals import film_sound
from harness.signals.media import Audio, Image, Video

OPTIONS = FrameOptions(frames=5)
HEARING = WaveformPreparer(RATE_HZ, max_duration_s=60)


@pytest.fixture
def film(tmp_path: Path) -> Path:
    write_film(tmp_path / "a.mp4", levels(25), tone(1.0))
    return tmp_path / "a.mp4"


def test_what_each_modality_is_given(film: Path) -> None:
    assert isinstance(load_film(film, "voice", OPTIONS), Audio)
    assert isinstance(load_film(film, "face", OPTIONS), Image)
    still = load_film(film, "audiovisual", OPTIONS)
    several = load_film(film, "video", OPTIONS)
    assert isinstance(still, Video)
    assert isinstance(several, Video)
    assert (len(still.frames), len(several.frames)) == (1, 5)
    np.testing.assert_array_equal(still.sound.waveform, several.sound.waveform)
    np.testing.assert_array_equal(HEARING(several), load_film(film, "voice", OPTIONS).waveform)


def test_frames_at_a_rate(film: Path) -> None:
    several = load_film(film, "video", FrameOptions(frames_per_s=5))
    assert isinstance(several, Video)
    np.testing.assert_allclose(several.frames[..., 0].mean(axis=(1, 2)), 8 * np.array([2, 7, 12, 17, 22]), atol=4)


def test_a_sound_beside_takes_the_place_of_the_track(film: Path, tmp_path: Path) -> None:
    write_film(tmp_path / "b.mkv", [], tone(0.5))
    assert len(load_film(film, "video", OPTIONS, tmp_path / "b.mkv").sound.waveform) == RATE_HZ // 2


def test_a_film_that_cannot_be_heard_can_be_seen(tmp_path: Path) -> None:
    write_film(tmp_path / "mute.mp4", levels(5))
    write_film(tmp_path / "silent.mp4", levels(5), np.zeros(RATE_HZ, np.float32))
    for name, reason in {"mute.mp4": Reason.NO_SIGNAL, "silent.mp4": Reason.SILENT}.items():
        media = load_film(tmp_path / name, "video", OPTIONS)
        assert len(media.frames) == 5
        with pytest.raises(Unscored) as caught:
            HEARING(media)
        assert caught.value.reason is reason


def test_without_pyav_a_film_can_be_seen_and_who_hears_is_told(
    film: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(film_sound, "find_spec", lambda _: None)
    media = load_film(film, "video", OPTIONS)
    assert media.audio is None
    with pytest.raises(HarnessError, match="needs PyAV"):
        HEARING(media)


@pytest.mark.parametrize("options", [{"frames": 0}, {"frames_per_s": 0}, {"frames_per_s": float("nan")}])
def test_senseless_choices_are_refused(options: dict[str, float]) -> None:
    with pytest.raises(ValidationError):
        FrameOptions(**options)
