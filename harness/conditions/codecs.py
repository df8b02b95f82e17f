"""Speech after it went through a codec: AMR-NB and Opus by PyAV, G.711 by libsndfile."""

from __future__ import annotations

import io
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

import numpy as np
import numpy.typing as npt
import soundfile

from harness.conditions.levels import Waveform, of_length
from harness.errors import HarnessError
from harness.first_use import first_use
from harness.signals.resampling import resampled

_FULL_SCALE = 32_767
_FLUSH_FRAMES = 4


@dataclass(frozen=True)
class Codec:
    """A codec at one rate.

    Attributes:
        title: as people know it.
        name: in FFmpeg, or ``ALAW`` and ``ULAW`` in libsndfile.
        kbit_s: bits per second, in thousands.
        rate_hz: at which it works.
        delay: samples by which its output is late.
        options: of its encoder in FFmpeg.
    """

    title: str
    name: str
    kbit_s: float
    rate_hz: int
    delay: int = 0
    options: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        return f"{self.title} {self.kbit_s:g} kbit/s"


def amr_nb(kbit_s: float) -> Codec:
    """AMR narrow band (3GPP TS 26.071): mobile calls; 4.75, 5.15, 5.9, 6.7, 7.4, 7.95, 10.2 or 12.2 kbit/s."""
    return Codec("AMR-NB", "libopencore_amrnb", kbit_s, 8_000, delay=40)


def opus(kbit_s: float) -> Codec:
    """Opus (RFC 6716) at a constant rate, made for speech: calls over the Internet."""
    return Codec("Opus", "libopus", kbit_s, 48_000, options=(("application", "voip"), ("vbr", "off")))


A_LAW = Codec("G.711 A-law", "ALAW", 64, 8_000)
"""ITU-T G.711: fixed lines in Europe."""

MU_LAW = Codec("G.711 µ-law", "ULAW", 64, 8_000)
"""ITU-T G.711: fixed lines in North America and Japan."""


def require_codec(family: str, codec: Codec) -> None:
    """Check that what a codec needs is installed.

    Raises:
        HarnessError: PyAV is not, or its FFmpeg was built without this encoder.
    """
    if codec.name in soundfile.available_subtypes():
        return
    if find_spec("av") is None:
        raise HarnessError(
            f"condition {family} needs PyAV for {codec.title}, which is not installed: pip install "
            "'emotion-harness[codecs]'."
        )
    import av

    try:
        av.codec.Codec(codec.name, "w")
    except ValueError:
        raise HarnessError(
            f"condition {family}: FFmpeg in PyAV {av.__version__} has no encoder {codec.name}. Install the wheels "
            "of PyPI, which have it: pip install --force-reinstall --only-binary :all: av."
        ) from None


def coded(waveform: Waveform, rate_hz: int, codec: Codec) -> Waveform:
    """The waveform after coding and decoding: as long as before, at the same rate, not delayed.

    Args:
        waveform: in [-1, 1].
        rate_hz: of the waveform; the codec works at its own.
        codec: see `require_codec`.
    """
    at_codec = np.clip(resampled(waveform, rate_hz, codec.rate_hz), -1.0, 1.0)
    through = _by_libsndfile if codec.name in soundfile.available_subtypes() else _by_ffmpeg
    return of_length(resampled(through(at_codec, codec), codec.rate_hz, rate_hz), len(waveform))


def _by_libsndfile(waveform: Waveform, codec: Codec) -> Waveform:
    file = io.BytesIO()
    soundfile.write(file, waveform, codec.rate_hz, format="AU", subtype=codec.name)
    file.seek(0)
    decoded, _ = soundfile.read(file, dtype="float32")
    return np.asarray(decoded, np.float32)


def _by_ffmpeg(waveform: Waveform, codec: Codec) -> Waveform:
    """Frames that go into the encoder, and packets that come out and go into the decoder."""
    with first_use():
        import av
    encoder = _context(codec, "w")
    encoder.options, encoder.bit_rate, encoder.format = dict(codec.options), round(codec.kbit_s * 1000), "s16"
    encoder.open()
    decoder = _context(codec, "r")
    decoder.extradata = encoder.extradata
    size = encoder.frame_size
    behind = -len(waveform) % size + _FLUSH_FRAMES * size
    pcm = np.pad(np.round(waveform * _FULL_SCALE).astype(np.int16), (0, behind))
    packets = []
    for start in range(0, len(pcm), size):
        frame = av.AudioFrame.from_ndarray(pcm[None, start : start + size], format="s16", layout="mono")
        frame.sample_rate, frame.pts = codec.rate_hz, start
        packets += encoder.encode(frame)
    packets += encoder.encode(None)
    frames = [frame for packet in [*packets, None] for frame in decoder.decode(packet)]
    decoded = np.concatenate([_float(frame.to_ndarray()[0]) for frame in frames])
    return decoded[codec.delay : codec.delay + len(waveform)]


def _context(codec: Codec, mode: str) -> Any:
    import av

    context = av.CodecContext.create(codec.name, mode)
    context.sample_rate, context.layout = codec.rate_hz, "mono"
    return context


def _float(samples: npt.NDArray[Any]) -> Waveform:
    return (samples / (_FULL_SCALE + 1) if samples.dtype == np.int16 else samples).astype(np.float32)
