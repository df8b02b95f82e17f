"""The sound of films is that which was put into them, and what is wrong with a file is said."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from films_made import RATE_HZ, damaged_copies, levels, tone, write_film

from harness.errors import HarnessError, Reason, Unscored
from harness.signals import audio, film_sound


@pytest.mark.parametrize(
    ("suffix", "rate_hz"), [(".mp4", 16_000), (".avi", 48_000), (".mkv", 16_000), (".flv", 44_100)]
)
def test_the_sound_is_that_of_the_film(tmp_path: Path, suffix: str, rate_hz: int) -> None:
    put_in = tone(1.0, rate_hz)
    write_film(tmp_path / f"a{suffix}", levels(25), put_in, rate_hz=rate_hz)
    sound = audio.decode(tmp_path / f"a{suffix}")
    assert sound.sample_rate == rate_hz
    assert len(sound.waveform) == pytest.approx(len(put_in), abs=0.2 * rate_hz)  # codecs pad their frames
    spectrum = np.abs(np.fft.rfft(sound.waveform[:rate_hz]))
    assert np.fft.rfftfreq(rate_hz, 1 / rate_hz)[spectrum.argmax()] == pytest.approx(440, abs=2)
    assert np.abs(sound.waveform[2000:-4000]).max() == pytest.approx(0.5, abs=0.05)


def test_a_lossless_track_is_read_to_the_sample(tmp_path: Path) -> None:
    put_in = tone(1.0)
    write_film(tmp_path / "a.mkv", levels(25), put_in)
    np.testing.assert_allclose(audio.decode(tmp_path / "a.mkv").waveform, put_in, atol=1e-4)
    part = audio.decode(tmp_path / "a.mkv", 0.25, 0.75).waveform
    np.testing.assert_allclose(part, put_in[RATE_HZ // 4 : 3 * RATE_HZ // 4], atol=1e-4)


def test_channels_are_averaged_or_chosen(tmp_path: Path) -> None:
    write_film(tmp_path / "a.mkv", levels(5), np.stack([tone(1.0), 0.2 * tone(1.0)], axis=1))
    np.testing.assert_allclose(audio.decode(tmp_path / "a.mkv").waveform, 0.6 * tone(1.0), atol=1e-4)
    np.testing.assert_allclose(audio.decode(tmp_path / "a.mkv", channel=2).waveform, 0.2 * tone(1.0), atol=1e-4)


def test_what_has_no_sound_says_why(tmp_path: Path) -> None:
    write_film(tmp_path / "mute.mp4", levels(5))
    write_film(tmp_path / "silent.mp4", levels(5), np.zeros(RATE_HZ, np.float32))
    write_film(tmp_path / "whole.mp4", levels(25), tone(2.0))
    write_film(tmp_path / "whole.avi", levels(50), tone(2.0))
    (tmp_path / "no_index.mp4").write_bytes((tmp_path / "whole.mp4").read_bytes()[:2000])
    whole = (tmp_path / "whole.avi").read_bytes()
    (tmp_path / "cut.avi").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "noise.mp4").write_bytes(b"\0\0\0\x18ftypisom" + np.random.default_rng(1).bytes(5000))
    expected = {
        "mute.mp4": (Reason.NO_SIGNAL, "the film has no sound track"),
        "silent.mp4": (Reason.SILENT, "peak under"),
        "no_index.mp4": (Reason.UNREADABLE, "not an FLV, MP4, AVI or Matroska video, or a damaged one"),
        "cut.avi": (Reason.UNREADABLE, "cut short"),
        "noise.mp4": (Reason.UNREADABLE, "not an FLV"),
        "absent.mp4": (Reason.MISSING_FILE, ""),
    }
    for name, (reason, detail) in expected.items():
        with pytest.raises(Unscored) as caught:
            audio.decode(tmp_path / name)
        assert caught.value.reason is reason, name
        assert detail in caught.value.detail, name


def test_a_damaged_track_is_refused(tmp_path: Path) -> None:
    write_film(tmp_path / "a.mp4", [], tone(4.0))
    data = bytearray((tmp_path / "a.mp4").read_bytes())
    start = data.index(b"mdat") + 100
    data[start : start + 8000] = np.random.default_rng(0).bytes(8000)
    (tmp_path / "a.mp4").write_bytes(bytes(data))
    with pytest.raises(Unscored, match=r"the sound track is damaged: .* packets"):
        audio.decode(tmp_path / "a.mp4")


def test_a_long_track_is_not_read_to_its_end(tmp_path: Path) -> None:
    write_film(tmp_path / "a.mkv", levels(5), tone(3.0))
    with pytest.raises(Unscored, match="over 1 s"):
        audio.decode(tmp_path / "a.mkv", max_duration_s=1.0)


def test_without_pyav_it_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_film(tmp_path / "a.mp4", levels(5), tone(1.0))
    monkeypatch.setattr(film_sound, "find_spec", lambda _: None)
    with pytest.raises(HarnessError, match=r"needs PyAV.*emotion-harness\[codecs\]"):
        audio.decode(tmp_path / "a.mp4")


def test_damaged_copies_end_with_a_reason(tmp_path: Path) -> None:
    write_film(tmp_path / "a.mp4", levels(10), tone(1.0))
    for copy in damaged_copies(tmp_path / "a.mp4", seed=3):
        try:
            sound = audio.decode(copy)
        except Unscored:
            continue
        assert np.isfinite(sound.waveform).all()
