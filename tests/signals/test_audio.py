from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile as sf

from harness.errors import Reason, Unscored
from harness.signals import audio

RATE = 16_000


def tone(seconds: float, rate: int = RATE, level: float = 0.5) -> np.ndarray:
    return level * np.sin(2 * np.pi * 220 * np.arange(round(seconds * rate)) / rate)


def reason(path: Path, **kwargs: float) -> Reason:
    with pytest.raises(Unscored) as caught:
        audio.decode(path, **kwargs)
    assert str(path) not in caught.value.text, "reasons do not vary between machines"
    return caught.value.reason


@pytest.mark.parametrize("suffix", ["wav", "flac", "ogg", "mp3"])
def test_decodes_what_was_written(tmp_path: Path, suffix: str) -> None:
    wave = tone(1.0)
    sf.write(tmp_path / f"a.{suffix}", wave, RATE)
    decoded = audio.decode(tmp_path / f"a.{suffix}")
    assert decoded.sample_rate == RATE
    assert decoded.waveform.dtype == np.float32
    assert decoded.waveform.ndim == 1
    assert len(decoded.waveform) >= RATE
    assert np.sqrt(np.mean(decoded.waveform**2)) == pytest.approx(0.5 / np.sqrt(2), rel=0.02)
    if suffix in ("wav", "flac"):
        np.testing.assert_allclose(decoded.waveform, wave, atol=2**-15)


def test_channels_are_averaged(tmp_path: Path) -> None:
    left, right = tone(0.5), 0.25 * np.ones(RATE // 2)
    sf.write(tmp_path / "a.wav", np.stack([left, right], axis=1), RATE, subtype="FLOAT")
    np.testing.assert_allclose(audio.decode(tmp_path / "a.wav").waveform, (left + right) / 2, atol=1e-6)


def test_a_channel_is_read_by_itself(tmp_path: Path) -> None:
    """Also where the mean of both would be silent, or the other one is."""
    left = tone(0.5)
    for name, right in (("a.wav", 0.5 * tone(0.5)[::-1]), ("b.wav", -left), ("c.wav", 0 * left)):
        sf.write(tmp_path / name, np.stack([left, right], axis=1), RATE, subtype="FLOAT")
        np.testing.assert_allclose(audio.decode(tmp_path / name, channel=1).waveform, left, atol=1e-6)
    np.testing.assert_allclose(audio.decode(tmp_path / "b.wav", channel=2).waveform, -left, atol=1e-6)
    part = audio.decode(tmp_path / "a.wav", 0.1, 0.3, channel=2).waveform
    np.testing.assert_allclose(part, (0.5 * tone(0.5)[::-1])[RATE // 10 : 3 * RATE // 10], atol=1e-6)


@pytest.mark.parametrize(
    ("channel", "said"), [(3, "channel 3 of a file that has 2"), (2, "dBFS"), (0, "channel 0 of")]
)
def test_a_channel_that_is_not_there_or_silent_is_unscored(channel: int, said: str, tmp_path: Path) -> None:
    sf.write(tmp_path / "a.wav", np.stack([tone(0.5), 0 * tone(0.5)], axis=1), RATE)
    with pytest.raises(Unscored, match=said) as raised:
        audio.decode(tmp_path / "a.wav", channel=channel)
    assert raised.value.reason == ("silent" if channel == 2 else "no_channel")


@pytest.mark.parametrize("remainder", [0.0, 1e-3])
def test_channels_that_cancel_each_other_say_so(tmp_path: Path, remainder: float) -> None:
    left = tone(1.0)
    sf.write(tmp_path / "a.wav", np.stack([left, remainder * left - left], axis=1), RATE)
    with pytest.raises(Unscored, match="the channels cancel each other when they are mixed"):
        audio.decode(tmp_path / "a.wav")
    sf.write(tmp_path / "b.wav", np.stack([left, np.zeros(RATE)], axis=1), RATE)
    np.testing.assert_allclose(audio.decode(tmp_path / "b.wav").waveform, left / 2, atol=2**-15)


def test_a_stretch_is_the_same_as_a_slice(tmp_path: Path) -> None:
    wave = tone(20.0) * np.linspace(0.1, 1, 20 * RATE)
    sf.write(tmp_path / "a.wav", wave, RATE, subtype="FLOAT")
    part = audio.decode(tmp_path / "a.wav", start_s=1.25, end_s=15.5).waveform
    np.testing.assert_allclose(part, wave[round(1.25 * RATE) : round(15.5 * RATE)], atol=1e-6)
    rest = audio.decode(tmp_path / "a.wav", start_s=19.0).waveform
    np.testing.assert_allclose(rest, wave[19 * RATE :], atol=1e-6)


def test_a_stretch_beyond_the_end_is_not_shortened_in_silence(tmp_path: Path) -> None:
    sf.write(tmp_path / "a.wav", tone(2.0), RATE)
    assert reason(tmp_path / "a.wav", start_s=1.0, end_s=3.0) is Reason.TOO_SHORT
    assert reason(tmp_path / "a.wav", start_s=5.0) is Reason.EMPTY
    assert len(audio.decode(tmp_path / "a.wav", start_s=1.0, end_s=2.05).waveform) == RATE


def test_a_short_stretch_of_a_long_file_is_read(tmp_path: Path) -> None:
    sf.write(tmp_path / "a.wav", tone(3.0), RATE)
    assert reason(tmp_path / "a.wav", max_duration_s=2.0) is Reason.TOO_LONG
    part = audio.decode(tmp_path / "a.wav", start_s=2.0, end_s=3.0, max_duration_s=2.0)
    assert len(part.waveform) == RATE


def test_clips_what_a_player_would_clip(tmp_path: Path) -> None:
    sf.write(tmp_path / "a.wav", tone(0.5, level=1.5), RATE, subtype="FLOAT")
    waveform = audio.decode(tmp_path / "a.wav").waveform
    assert waveform.max() == 1.0
    assert waveform.min() == -1.0


@pytest.mark.parametrize(
    ("wave", "expected"),
    [
        (np.zeros(0), Reason.EMPTY),
        (tone(0.05), Reason.TOO_SHORT),
        (np.zeros(RATE), Reason.SILENT),
        (np.full(RATE, 0.3), Reason.SILENT),
        (tone(1.0, level=5e-5), Reason.SILENT),
        (np.r_[tone(1.0), np.nan], Reason.NON_FINITE),
        (np.r_[tone(1.0), np.inf], Reason.NON_FINITE),
        (tone(1.0, level=20_000.0), Reason.UNREADABLE),
    ],
    ids=["no frames", "too short", "zeros", "constant", "under the floor", "nan", "inf", "unknown scale"],
)
def test_refuses_sound_that_cannot_be_judged(tmp_path: Path, wave: np.ndarray, expected: Reason) -> None:
    sf.write(tmp_path / "a.wav", wave, RATE, subtype="FLOAT")
    assert reason(tmp_path / "a.wav") is expected


def test_quiet_speech_is_not_silence(tmp_path: Path) -> None:
    sf.write(tmp_path / "a.wav", tone(1.0, level=2e-4), RATE, subtype="FLOAT")
    assert len(audio.decode(tmp_path / "a.wav").waveform) == RATE


def test_files_that_are_not_audio(tmp_path: Path) -> None:
    (tmp_path / "none.wav").write_bytes(b"")
    (tmp_path / "text.wav").write_text("not audio at all, but long enough to look at")
    (tmp_path / "raw.raw").write_bytes(bytes(4000))
    (tmp_path / "header.wav").write_bytes(b"RIFF\xff\xff\xff\xffWAVE")
    (tmp_path / "folder.wav").mkdir()
    assert reason(tmp_path / "none.wav") is Reason.EMPTY
    for name in ("text.wav", "raw.raw", "header.wav", "folder.wav"):
        assert reason(tmp_path / name) is Reason.UNREADABLE
    assert reason(tmp_path / "absent.wav") is Reason.MISSING_FILE


def test_a_git_lfs_pointer_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_text("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 84718\n")
    with pytest.raises(Unscored, match=r"unreadable.*git lfs pull"):
        audio.decode(tmp_path / "a.wav")


def test_a_cut_file_is_not_read_as_if_it_were_whole(tmp_path: Path) -> None:
    sf.write(tmp_path / "a.wav", tone(3.0), RATE)
    whole = (tmp_path / "a.wav").read_bytes()
    (tmp_path / "cut.wav").write_bytes(whole[: len(whole) // 3])
    assert reason(tmp_path / "cut.wav") is Reason.UNREADABLE
    (tmp_path / "streamed.wav").write_bytes(whole[:4] + b"\xff\xff\xff\xff" + whole[8:])
    assert len(audio.decode(tmp_path / "streamed.wav").waveform) == 3 * RATE


def test_a_huge_header_is_refused_before_anything_is_read(tmp_path: Path) -> None:
    sf.write(tmp_path / "a.wav", tone(1.0), RATE)
    data = bytearray((tmp_path / "a.wav").read_bytes())
    data[24:28] = (3_000_000_000).to_bytes(4, "little")
    (tmp_path / "rate.wav").write_bytes(data)
    assert reason(tmp_path / "rate.wav") is Reason.UNREADABLE


def test_random_bytes_never_crash(tmp_path: Path) -> None:
    sf.write(tmp_path / "a.wav", tone(0.2), RATE)
    whole = np.frombuffer((tmp_path / "a.wav").read_bytes(), np.uint8)
    rng = np.random.default_rng(0)
    for trial in range(200):
        broken = whole.copy()
        broken[rng.integers(0, 60, size=4)] = rng.integers(0, 256, size=4)
        path = tmp_path / f"{trial}.wav"
        path.write_bytes(broken.tobytes())
        try:
            waveform = audio.decode(path).waveform
        except Unscored:
            continue
        assert np.isfinite(waveform).all()
        assert np.abs(waveform).max() <= 1


def test_real_speech(shared_data: Path) -> None:
    path = shared_data / "ravdess" / "Actor_01" / "03-01-05-02-01-01-01.wav"
    expected, rate = sf.read(path, dtype="float32")
    decoded = audio.decode(path)
    assert decoded.sample_rate == rate == RATE
    np.testing.assert_array_equal(decoded.waveform, expected)


def test_the_header_states_how_long_a_file_is(tmp_path: Path) -> None:
    sf.write(tmp_path / "a.flac", tone(1.25), RATE)
    assert audio.duration_s(tmp_path / "a.flac") == 1.25
    for name, data, expected in [
        ("absent.wav", None, Reason.MISSING_FILE),
        ("empty.wav", b"", Reason.EMPTY),
        ("text.wav", b"not a sound, whatever it is called", Reason.UNREADABLE),
    ]:
        if data is not None:
            (tmp_path / name).write_bytes(data)
        with pytest.raises(Unscored) as caught:
            audio.duration_s(tmp_path / name)
        assert caught.value.reason == expected
    sf.write(tmp_path / "none.wav", np.zeros(0), RATE)
    with pytest.raises(Unscored, match="no audio frames"):
        audio.duration_s(tmp_path / "none.wav")
