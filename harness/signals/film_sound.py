"""The sound of a film, decoded by PyAV (FFmpeg) and read as `soundfile.SoundFile` is."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from harness.errors import HarnessError, Reason, Unscored
from harness.first_use import first_use
from harness.signals.film_containers import FORMATS, require_container
from harness.signals.sound_length import NO_LENGTH, cut_short
from harness.signals.undecodable import undecodable

_MAX_MISSING_S = 0.25
_MAX_MISSING = 0.01
_MAX_CHANNELS = 64

Block = npt.NDArray[np.float32]


class FilmSound:
    """The first sound track of a film, read from front to back.

    A packet that cannot be decoded is left out, as players do, up to 1 % of them and at least one: files of MP3 in
    Flash begin with one.

    Attributes:
        samplerate: of the track, in Hz.
        channels: how many it has.
        frames: `NO_LENGTH`: what a container states of a track is no count of its frames.

    Raises:
        HarnessError: PyAV is not installed.
        Unscored: the file is no film, is damaged, or has no sound track.
    """

    frames = NO_LENGTH

    _ahead: Block

    def __init__(self, path: Path) -> None:
        form = require_container(path)
        if find_spec("av") is None:
            raise HarnessError(
                "The sound of a film needs PyAV, which is not installed: pip install 'emotion-harness[codecs]'."
            )
        with first_use():
            import av
        try:
            self._container = av.open(str(path), format=form, metadata_errors="ignore")
        except (OSError, ValueError, av.FFmpegError):
            raise undecodable(path, FORMATS) from None
        try:
            self._open_track(form)
        except Unscored:
            self._container.close()
            raise

    def __enter__(self) -> Self:
        """The sound itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the file."""
        self._container.close()

    def read(self, num_frames: int, out: Block | None = None) -> Block:  # noqa: ARG002 (as `soundfile` has it)
        """The next frames, shape (up to `num_frames`, channels); fewer where the track ends.

        Raises:
            Unscored: the track is damaged, or ends before the length that the file states.
        """
        parts, missing = [], num_frames
        while missing > 0:
            if not len(self._ahead):
                block = next(self._blocks, None)
                if block is None:
                    break
                self._ahead = block
            parts.append(self._ahead[:missing])
            self._ahead = self._ahead[missing:]
            missing -= len(parts[-1])
        return np.concatenate(parts) if parts else np.empty((0, self.channels), np.float32)

    def seek(self, frame: int) -> None:
        """Leave out as many frames, from the beginning."""
        while frame > 0 and len(passed := self.read(min(frame, self.samplerate))):
            frame -= len(passed)

    def _open_track(self, form: str) -> None:
        tracks = self._container.streams.audio
        if not tracks:
            raise Unscored(Reason.NO_SIGNAL, "the film has no sound track")
        self._track: Any = tracks[0]
        if self._track.codec_context is None:
            raise Unscored(Reason.UNREADABLE, "the sound track is in no codec that is known, or damaged")
        self.samplerate, self.channels = int(self._track.rate or 0), int(self._track.channels or 0)
        if not 1 <= self.channels <= _MAX_CHANNELS or self.samplerate < 1:
            raise Unscored(Reason.UNREADABLE, "the sound track states neither channels nor a rate that sound has")
        # Lengths in Flash may be missing or wrong; of a cut AVI, FFmpeg gives that in the header alone.
        stated = {"flv": 0, "avi": self._track.frames}.get(form, self._track.duration or 0)
        self._stated_s = float(stated * self._track.time_base)
        self._blocks = self._decoded()
        self._ahead = np.empty((0, self.channels), np.float32)

    def _decoded(self) -> Iterator[Block]:
        """The track in blocks of shape (frames, channels), floats from -1 to 1."""
        import av

        resampler = av.AudioResampler(format="fltp", layout=self._track.layout, rate=self.samplerate)
        num_frames = num_packets = num_damaged = 0
        for packet in self._packets():
            num_packets += 1
            try:
                decoded = [block for frame in packet.decode() for block in resampler.resample(frame)]
            except (ValueError, OSError, av.FFmpegError):
                num_damaged += 1
                continue
            for frame in decoded:
                block_FC: Block = np.ascontiguousarray(frame.to_ndarray().T)
                num_frames += len(block_FC)
                yield block_FC
        if num_damaged > max(1.0, _MAX_MISSING * num_packets):
            raise Unscored(
                Reason.UNREADABLE, f"the sound track is damaged: {num_damaged:,} of {num_packets:,} packets"
            )
        lacking_s = self._stated_s - num_frames / self.samplerate
        if lacking_s > max(_MAX_MISSING_S, _MAX_MISSING * self._stated_s):
            raise cut_short()

    def _packets(self) -> Iterator[Any]:
        import av

        try:
            yield from self._container.demux(self._track)
        except (OSError, ValueError, av.FFmpegError):
            raise cut_short() from None
