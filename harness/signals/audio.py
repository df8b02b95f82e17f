"""Reads audio files, and the sound of films, as mono waveforms.

Sizes are checked before anything is loaded into memory. Sound that no system could judge (empty, silent, or not
finite) is refused here with a reason, so that all models are measured on the same samples.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile as sf

from harness.errors import Reason, Unscored
from harness.signals.decoder_messages import decoder_messages
from harness.signals.film_containers import container
from harness.signals.film_sound import FilmSound
from harness.signals.media import Audio
from harness.signals.sound_length import NO_LENGTH, cut_short, opened
from harness.signals.undecodable import undecodable

MAX_DURATION_S = 600.0
MIN_DURATION_S = 0.1
SILENCE_DBFS = -80.0
"""A recording whose peak (from its mean) is lower counts as silent: about three steps of a 16-bit file."""

_SILENT_PEAK = 10 ** (SILENCE_DBFS / 20)
_RATES_HZ = (4_000, 192_000)
_MAX_PEAK = 4.0
_END_TOLERANCE_S = 0.1
_BLOCK_FRAMES = 65_536
_MAX_MISSING = 0.01
_CANCELLED = 0.01
"""Channels whose mean is under this share of the loudest of them cancel each other."""


def decode(
    path: Path,
    start_s: float | None = None,
    end_s: float | None = None,
    *,
    max_duration_s: float = MAX_DURATION_S,
    channel: int | None = None,
) -> Audio:
    """Read a file that libsndfile supports (WAV, FLAC, Ogg, MP3, …), or a segment of it, as a mono waveform.

    Of a film (FLV, MP4, AVI, Matroska) it is the sound track, which PyAV decodes (`harness.signals.film_sound`). A
    streamed file, whose header does not know its length, is read to its end (`harness.signals.sound_length`).
    Channels are averaged. Floating-point samples outside [-1, 1] are clipped, as any player does.

    Args:
        path: the file.
        start_s: where the segment begins, in seconds; None for the beginning of the file.
        end_s: where it ends; None for the end of the file.
        max_duration_s: longer segments are refused without being read.
        channel: the one that is read, from 1; None for the mean of all.

    Raises:
        Unscored: missing, unreadable or cut short; empty; without such a channel (``no_channel``); shorter than
            0.1 s or longer than `max_duration_s`; not finite; silent (peak under -80 dBFS), or the channels cancel
            each other.
    """
    try:
        with decoder_messages(), _sound(path) as file:
            rate = _require_rate(file.samplerate)
            _require_channel(channel, file.channels)
            waveform = _read(file, start_s, end_s, max_duration_s, channel)
    except (sf.SoundFileError, OSError, TypeError, ValueError):
        raise undecodable(path, "audio that libsndfile reads") from None
    return Audio(_require_sound(waveform, rate), rate)


def duration_s(path: Path) -> float:
    """How long a file says that it is, in seconds; nothing but its header is read.

    Raises:
        Unscored: missing, unreadable, empty, or of unknown length.
    """
    try:
        with decoder_messages(), opened(path) as source, sf.SoundFile(source) as file:
            rate, length = _require_rate(file.samplerate), int(file.frames)
    except (sf.SoundFileError, OSError, TypeError, ValueError):
        raise undecodable(path, "audio that libsndfile reads") from None
    if not 0 < length < NO_LENGTH:
        raise Unscored(Reason.EMPTY, "no audio frames, or no length in the header")
    return length / rate


@contextmanager
def _sound(path: Path) -> Iterator[sf.SoundFile | FilmSound]:
    if container(path) is None:
        with opened(path) as source, _Sequential(source) as file:
            yield file
    else:
        with FilmSound(path) as film:
            yield film


class _Sequential(sf.SoundFile):  # type: ignore[misc] # soundfile has no types
    """A file that is read from front to back, so that no length has to be known to go on from where one is."""

    def seekable(self) -> bool:
        """No."""
        return False


def _require_channel(channel: int | None, num_channels: int) -> None:
    if channel is not None and not 1 <= channel <= num_channels:
        raise Unscored(Reason.NO_CHANNEL, f"channel {channel} of a file that has {num_channels}")


def _read(
    file: sf.SoundFile | FilmSound,
    start_s: float | None,
    end_s: float | None,
    max_duration_s: float,
    channel: int | None,
) -> npt.NDArray[np.float32]:
    rate, length = file.samplerate, file.frames
    start = min(round((start_s or 0.0) * rate), length)
    stop = length if end_s is None else round(end_s * rate)
    _require_end(stop, length, rate, end_s)
    most = round(max_duration_s * rate)
    if min(stop, length) - start > most and length < NO_LENGTH:
        raise Unscored(
            Reason.TOO_LONG, f"{(min(stop, length) - start) / rate:.1f} s; at most {max_duration_s:g} s"
        )
    if min(stop, length) <= start:
        raise Unscored(Reason.EMPTY, "no audio frames")
    if start:
        file.seek(start)
    wanted = min(stop, length) - start
    waveform = _mixed(file, min(wanted, most + 1), channel)
    if len(waveform) > most:
        raise Unscored(Reason.TOO_LONG, f"over {max_duration_s:g} s")
    if length < NO_LENGTH and len(waveform) < wanted * (1 - _MAX_MISSING):
        raise cut_short()
    _require_end(stop if end_s is not None else 0, start + len(waveform), rate, end_s)
    return waveform


def _require_end(stop: int, length: int, rate: int, end_s: float | None) -> None:
    if stop - length > _END_TOLERANCE_S * rate:
        raise Unscored(
            Reason.TOO_SHORT, f"the file ends at {length / rate:.2f} s, before the sample's end at {end_s:.2f} s"
        )


def _mixed(file: sf.SoundFile | FilmSound, num_frames: int, channel: int | None) -> npt.NDArray[np.float32]:
    """One channel, or the mean of all, of the next frames; fewer where the sound ends."""
    block_FC = np.empty((_BLOCK_FRAMES, file.channels), np.float32)
    low_C, high_C = np.full(file.channels, np.inf), np.full(file.channels, -np.inf)
    blocks: list[npt.NDArray[np.float32]] = []
    while num_frames > 0:
        try:
            read_FC = file.read(min(num_frames, _BLOCK_FRAMES), out=block_FC)
        except sf.SoundFileError:
            raise Unscored(Reason.UNREADABLE, "the file is damaged or cut short: its sound breaks off") from None
        if len(read_FC) == 0:
            break
        if channel is not None:
            read_FC = read_FC[:, channel - 1 : channel]
        blocks.append(read_FC.mean(axis=1))
        low_C, high_C = np.minimum(low_C, read_FC.min(axis=0)), np.maximum(high_C, read_FC.max(axis=0))
        num_frames -= len(read_FC)
    waveform = np.concatenate(blocks) if blocks else np.empty(0, np.float32)
    loudest = (high_C - low_C).max()
    if np.isfinite(loudest) and loudest / 2 >= _SILENT_PEAK and np.ptp(waveform) < _CANCELLED * loudest:
        raise Unscored(
            Reason.SILENT,
            "the channels cancel each other when they are mixed: one is the other with its sign changed. Keep one",
        )
    return waveform


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
    if np.ptp(waveform) / 2 < _SILENT_PEAK:
        raise Unscored(Reason.SILENT, f"peak under {SILENCE_DBFS:g} dBFS")
    return np.clip(waveform, -1.0, 1.0)
