from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf

from harness.errors import Unscored
from harness.signals import audio
from harness.signals.mpeg_frames import count_header

RATE = 16_000
QUIET_THEN_LOUD = np.sin(2 * np.pi * 220 * np.arange(20 * RATE) / RATE) * np.linspace(0.001, 0.9, 20 * RATE)


def mp3() -> bytes:
    """An MP3 of varying rate, whose first frame states the number of the others."""
    file = io.BytesIO()
    sf.write(file, QUIET_THEN_LOUD, RATE, format="MP3")
    return file.getvalue()


def without_count(data: bytes) -> bytes:
    """As a pipe leaves it: MPEG 2, 64 kbit/s at 16 kHz is a first frame of 72,000 · 64 / 16,000 bytes."""
    assert data[2] >> 4 == 8
    return data[288:]


@pytest.mark.parametrize("tag", [b"", b"ID3\x03\x00\x00\x00\x00\x02\x01" + bytes(257)])
def test_an_mp3_without_a_count_is_read_to_its_end(tmp_path: Path, tag: bytes) -> None:
    (tmp_path / "a.mp3").write_bytes(tag + without_count(mp3()))
    found = audio.decode(tmp_path / "a.mp3").waveform
    assert len(found) == pytest.approx(len(QUIET_THEN_LOUD), abs=2 * 1152)
    assert np.abs(found[-2 * RATE :]).max() > 0.8, "the loud end"


def test_an_mp3_that_states_its_length_and_ends_before_it(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    data = mp3()
    (tmp_path / "a.mp3").write_bytes(data[: len(data) // 2])
    with pytest.raises(Unscored, match="cut short"):
        audio.decode(tmp_path / "a.mp3")
    assert capfd.readouterr().err == "", "mpg123 prints warnings of its own"


def test_what_needs_no_count() -> None:
    whole = mp3()
    assert count_header(io.BytesIO(whole), whole[:16]) is None
    assert count_header(io.BytesIO(b"\xff\xfb\x90" + bytes(100)), b"\xff\xfb\x90" + bytes(7)) is None
    frame = b"\xff\xf3\x88\xc4" + bytes(284)  # 64 kbit/s throughout, so that the size tells the length
    assert count_header(io.BytesIO(frame * 20), frame) is None
    assert count_header(io.BytesIO(frame * 20 + b"TAG" + bytes(125)), frame) is None


def test_the_count_leaves_out_what_is_no_frame() -> None:
    frame = b"\xff\xf3\x88\xc4" + bytes(284)
    count = count_header(io.BytesIO(frame * 20 + b"APETAGEX" + bytes(3000)), frame)
    assert count is not None
    assert (count.start, count.frame[13:25]) == (0, b"Xing" + (1).to_bytes(4, "big") + (20).to_bytes(4, "big"))
