"""Reads audio files as mono waveforms.

Sizes are checked before anything is loaded into memory. Sound that no system could judge (empty, silent, or not
finite) is refused here with a reason, so that all models are measured on the same samples.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile as sf

from harness.errors import Reason, Unscored
from harness.signals.media import Audio
from harness.signals.undecodable import undecodable

MAX_DURATION_S = 600.0
MIN_DURATION_S = 0.1
SILENCE_DBFS = -80.0
"""A recording whose peak (from its mean) is lower counts as silent: about three steps of a 16-bit file."""

_RATES_HZ = (4_000, 192_000)
_MAX_PEAK = 4.0
_END_TOLERANCE_S = 0.1
_BLOCK_FRAMES = 65_536
_STREAMED_SIZES = (0, 0x7FFF_FFFF, 0xFFFF_FFFF)
_MAX_MISSING = 0.01


def decode(
    path: Path, start_s: float | None = None, end_s: float | None = None, *, max_duration_s: float = MAX_DURATION_S
) -> Audio:
    """Read a file that libsndfile supports (WAV, FLAC, Ogg, MP3, …), or a segment of it, as a mono waveform.

    Channels are averaged. Floating-point samples outside [-1, 1] are clipped, as any player does.

    Args:
        path: the file.
        start_s: where the segment begins, in seconds; None for the beginning of the file.
        end_s: where it ends; None for the end of the file.
        max_duration_s: longer segments are refused without being read.

    Raises:
        Unscored: missing, unreadable or cut short; empty; shorter than 0.1 s or longer than `max_duration_s`; not
            finite; silent (peak under -80 dBFS).
    """
    if _is_cut_short(path):
        raise Unscored(Reason.UNREADABLE, "the file is cut short: it ends before the length in its header")
    try:
        with sf.SoundFile(path) as file:
            rate = _require_rate(file.samplerate)
            waveform = _read(file, start_s, end_s, max_duration_s)
    except (sf.SoundFileError, OSError, TypeError, ValueError):
        raise undecodable(path, "audio that libsndfile reads") from None
    return Audio(_require_sound(waveform, rate), rate)


def _read(
    file: sf.SoundFile, start_s: float | None, end_s: float | None, max_duration_s: float
) -> npt.NDArray[np.float32]:
    rate = file.samplerate
    start = min(round((start_s or 0.0) * rate), file.frames)
    stop = file.frames if end_s is None else round(end_s * rate)
    if stop - file.frames > _END_TOLERANCE_S * rate:
        raise Unscored(
            Reason.TOO_SHORT,
            f"the file ends at {file.frames / rate:.2f} s, before the sample's end at {end_s:.2f} s",
        )
    num_frames = min(stop, file.frames) - start
    if num_frames > max_duration_s * rate:
        raise Unscored(Reason.TOO_LONG, f"{num_frames / rate:.1f} s; at most {max_duration_s:g} s")
    if num_frames <= 0:
        raise Unscored(Reason.EMPTY, "no audio frames")
    file.seek(start)
    blocks = [
        block.mean(axis=1)
        for block in file.blocks(_BLOCK_FRAMES, frames=num_frames, dtype="float32", always_2d=True)
    ]
    return np.concatenate(blocks) if blocks else np.empty(0, np.float32)


def _require_rate(rate: int) -> int:
    low, high = _RATES_HZ
    if not low <= rate <= high:
        raise Unscored(Reason.UNREADABLE, f"a sample rate of {rate} Hz; expected {low} to {high} Hz")
    return rate


def _require_sound(waveform: npt.NDArray[np.float32], rate: int) -> npt.NDArray[np.float32]:
    if len(waveform) == 0:
        raise Unscored(Reason.EMPTY, "no audio frames")
    if len(waveform) < MIN_DURATION_S * rate:
        raise Unscored(Reason.TOO_SHORT, f"{len(waveform) / rate:.3f} s; at least {MIN_DURATION_S:g} s")
    if not np.isfinite(waveform).all():
        raise Unscored(Reason.NON_FINITE, "NaN or infinite samples")
    if np.abs(waveform).max() > _MAX_PEAK:
        raise Unscored(Reason.UNREADABLE, "samples far outside [-1, 1]: the scale of the file is unknown")
    if np.ptp(waveform) / 2 < 10 ** (SILENCE_DBFS / 20):
        raise Unscored(Reason.SILENT, f"peak under {SILENCE_DBFS:g} dBFS")
    return np.clip(waveform, -1.0, 1.0)


def _is_cut_short(path: Path) -> bool:
    """Whether a WAV file is smaller than its header says; libsndfile would read the rest as if it were whole."""
    try:
        with path.open("rb") as file:
            header = file.read(12)
        declared = int.from_bytes(header[4:8], "little")
        is_wav = header[:4] == b"RIFF" and header[8:] == b"WAVE"
        return (
            is_wav
            and declared not in _STREAMED_SIZES
            and path.stat().st_size < (declared + 8) * (1 - _MAX_MISSING)
        )
    except OSError:
        return False
