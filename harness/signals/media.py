"""What a reader hands to a model: one sample's signal in memory, in the units that its field uses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from harness.arrays import Floats


@dataclass(frozen=True)
class Image:
    """A picture. `pixels` is RGB, uint8, shape (height, width, 3)."""

    pixels: npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Audio:
    """A mono waveform. `waveform` is float32 in [-1, 1], shape (num_frames,)."""

    waveform: npt.NDArray[np.float32]
    sample_rate: int


@dataclass(frozen=True)
class Channel:
    """A regularly sampled signal, shape (num_frames,) or (num_frames, num_axes), NaN where it is missing.

    `start_s` is the time of the first frame in seconds from the start of the window.
    """

    values: Floats
    rate_hz: float
    start_s: float = 0.0


@dataclass(frozen=True)
class Beats:
    """Heartbeats: when each beat came, and the interval (ms) that ended with it.

    `time_s` rises and counts from the start of the window. An interval belongs to a gap-free run: where
    ``time_s[i] - time_s[i-1]`` differs from ``interval_ms[i] / 1000`` a beat is missing in between.
    """

    time_s: Floats
    interval_ms: Floats


@dataclass(frozen=True)
class Wearable:
    """One window of a wearable device.

    `channels` by name: ``bvp`` (PPG, arbitrary units), ``ecg`` (mV), ``eda`` (µS), ``temperature`` (°C),
    ``acceleration`` (g, three axes), ``heart_rate`` (beats per minute, the device's own). `beats` is None where
    the device delivers none.
    """

    duration_s: float
    channels: Mapping[str, Channel]
    beats: Beats | None = None


@dataclass(frozen=True)
class Audiovisual:
    """A clip: one still of the face and the voice."""

    image: Image
    audio: Audio


Media = Image | Audio | Wearable | Audiovisual
