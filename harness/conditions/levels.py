"""Levels of sound, and sounds brought to a level."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from harness.errors import Reason, Unscored

Waveform = npt.NDArray[np.float32]

LINE_LEVEL_DB = -26.0
"""RMS under full scale at which codecs are used and tested (ITU-T P.830)."""


def rms(waveform: npt.NDArray[np.floating]) -> float:
    """The root of the mean square."""
    return float(np.sqrt(np.mean(np.square(waveform, dtype=np.float64))))


def decibels(factor_db: float) -> float:
    """The amplitude factor of a gain."""
    return float(10.0 ** (factor_db / 20.0))


def within_scale(waveform: npt.NDArray[np.floating]) -> Waveform:
    """The waveform, made quieter as a whole where it would leave [-1, 1]."""
    return (waveform / max(1.0, float(np.abs(waveform).max()))).astype(np.float32)


def as_loud_as(given: Waveform, waveform: npt.NDArray[np.floating]) -> Waveform:
    """A changed waveform at the RMS level of the given one, or as close to it as [-1, 1] allows."""
    found = rms(waveform)
    return within_scale(waveform * (rms(given) / found)) if found > 0 else waveform.astype(np.float32)


def at_line_level(waveform: Waveform) -> Waveform:
    """A waveform at `LINE_LEVEL_DB`, or as close to it as [-1, 1] allows; silence stays as it is."""
    found = rms(waveform)
    return within_scale(waveform * (decibels(LINE_LEVEL_DB) / found)) if found > 0 else waveform


def of_length(waveform: Waveform, num_samples: int) -> Waveform:
    """The beginning of a waveform, with zeros behind where it is shorter."""
    return np.pad(waveform[:num_samples], (0, max(0, num_samples - len(waveform))))


def mixed(speech: Waveform, noise: npt.NDArray[np.floating], snr_db: float) -> Waveform:
    """Speech with a noise of the same length, at the RMS level of the speech alone.

    Args:
        speech: in [-1, 1].
        noise: at any level.
        snr_db: the ratio of the RMS of both over their whole length.

    Raises:
        Unscored: one of the two is silent, so that there is no ratio (``not_applicable``).
    """
    of_speech, of_noise = rms(speech), rms(noise)
    if of_speech == 0 or of_noise == 0:
        raise Unscored(Reason.NOT_APPLICABLE, "silence has no signal-to-noise ratio")
    return as_loud_as(speech, speech + noise * (of_speech / of_noise / decibels(snr_db)))
