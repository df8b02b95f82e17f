"""Streamed and cut files in every container whose header states a length: what is read is what was written."""

from __future__ import annotations

import io
import struct
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf

from harness.errors import Unscored
from harness.signals import audio
from harness.signals.sound_length import Rewritten

RATE = 16_000
WAVE = (0.5 * np.sin(2 * np.pi * 220 * np.arange(2 * RATE) / RATE)).astype(np.float32)
PLACEHOLDERS = (0, 0x7FFF_F000, 0x7FFF_F024, 0x7FFF_FFFF, 0x8000_0000, 0x8000_0024, 0xFFFF_FFFF)
LONG_PLACEHOLDERS = (0, 2**63 - 1, 2**64 - 1, 0x7FFF_F000)


def written(kind: str) -> bytes:
    file = io.BytesIO()
    container, endian = ("WAV", "BIG") if kind == "RIFX" else (kind, None)
    sf.write(file, WAVE, RATE, format=container, subtype="PCM_16", endian=endian)
    return file.getvalue()


def with_size(data: bytes, at: int, layout: str, size: int) -> bytes:
    changed = bytearray(data)
    struct.pack_into(layout, changed, at, size)
    return bytes(changed)


def fields(kind: str, data: bytes) -> list[tuple[int, str]]:
    """Where the container states lengths, worked out by hand from its standard: of the sound first."""
    if kind in ("AIFF", "W64", "CAF"):
        at = data.index({"AIFF": b"SSND", "W64": b"data\xf3\xac", "CAF": b"data"}[kind])
        return {"AIFF": [(at + 4, ">I"), (4, ">I")], "W64": [(at + 16, "<Q"), (16, "<Q")]}.get(
            kind, [(at + 4, ">Q")]
        )
    return {
        "WAV": [(40, "<I"), (4, "<I")],
        "RF64": [(28, "<Q"), (20, "<Q")],
        "AU": [(8, ">I")],
        "RIFX": [(40, ">I"), (4, ">I")],
    }[kind]


def decoded(path: Path, data: bytes) -> np.ndarray:
    path.write_bytes(data)
    return audio.decode(path).waveform


@pytest.mark.parametrize("kind", ["WAV", "RIFX", "RF64", "AU", "AIFF", "W64", "CAF"])
def test_a_streamed_file_is_read_to_its_end(tmp_path: Path, kind: str) -> None:
    whole = written(kind)
    for size in LONG_PLACEHOLDERS if fields(kind, whole)[0][1].endswith("Q") else PLACEHOLDERS:
        data = whole
        for at, layout in fields(kind, whole):
            data = with_size(data, at, layout, size)
            found = decoded(tmp_path / "a", data)
            assert len(found) == len(WAVE), (kind, hex(size))
            np.testing.assert_allclose(found, WAVE, atol=2**-15)


@pytest.mark.parametrize("kind", ["WAV", "RIFX", "RF64", "AU", "AIFF", "W64", "CAF", "FLAC"])
def test_a_file_with_less_sound_than_its_header_says_is_cut_short(tmp_path: Path, kind: str) -> None:
    whole = written(kind)
    with pytest.raises(Unscored, match="cut short"):
        decoded(tmp_path / "a", whole[: len(whole) * 3 // 4])
    assert len(decoded(tmp_path / "a", whole)) == len(WAVE)


def test_a_file_without_sound_before_other_chunks_is_not_streamed(tmp_path: Path) -> None:
    chunk = b"LIST" + struct.pack("<I", 4000) + b"INFO" + bytes(3996)
    head = with_size(written("WAV")[:44], 40, "<I", 0)
    with pytest.raises(Unscored, match="empty"):
        decoded(tmp_path / "a", head + chunk)


def test_chunks_after_the_sound_may_be_cut(tmp_path: Path) -> None:
    whole = written("WAV")
    chunk = b"LIST" + struct.pack("<I", 40_000) + b"INFO"
    assert len(decoded(tmp_path / "a", with_size(whole, 4, "<I", len(whole) + 40_000) + chunk)) == len(WAVE)


def test_a_flac_without_a_number_of_frames(tmp_path: Path) -> None:
    """STREAMINFO states it in 36 bits from the lower half of byte 21 on (RFC 9639, 8.2); 0 is unknown."""
    data = bytearray(written("FLAC"))
    data[21] &= 0xF0
    data[22:26] = bytes(4)
    np.testing.assert_allclose(decoded(tmp_path / "a", bytes(data)), WAVE, atol=2**-15)
    assert len(audio.decode(tmp_path / "a", 0.5, 1.5).waveform) == RATE
    with pytest.raises(Unscored, match=r"the file ends at 2\.00 s"):
        audio.decode(tmp_path / "a", 1.0, 3.0)
    with pytest.raises(Unscored, match="too_long"):
        audio.decode(tmp_path / "a", max_duration_s=1.5)


def test_a_stretch_of_a_streamed_file(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(with_size(written("WAV"), 40, "<I", 0))
    np.testing.assert_allclose(audio.decode(tmp_path / "a", 0.5, 1.0).waveform, WAVE[8000:16000], atol=2**-15)


def test_a_rewritten_file_reads_like_its_bytes(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(bytes(range(100)))
    with (tmp_path / "a").open("rb") as file:
        rewritten = Rewritten(b"head", file, 10)
        assert rewritten.read() == b"head" + bytes(range(10, 100))
        assert rewritten.seek(-2, io.SEEK_END) == 92
        assert rewritten.read() == bytes([98, 99])
        rewritten.seek(2)
        assert rewritten.read(4) == b"ad" + bytes([10, 11])


def test_the_files_of_pipes(shared_data: Path) -> None:
    """B07: two seconds, as SoX, arecord and FFmpeg write them into a pipe, and with lengths of 0."""
    cases = shared_data / "cases" / "B07"
    for name in ("sox.wav", "arecord.wav", "0xffffffff.wav", "zero.wav"):
        found = audio.decode(cases / name)
        assert len(found.waveform) == 2 * found.sample_rate, name
