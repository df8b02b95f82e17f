"""What a sample is: one vocabulary for cards, tables, readers, models and conditions."""

from __future__ import annotations

from enum import StrEnum


class Modality(StrEnum):
    """The modality of a sample says what its reader gives: see `harness.signals.media.MEDIA_OF`."""

    FACE = "face"
    """A picture of a face."""
    BODY = "body"
    """A picture of a whole person: face, posture and hands."""
    VOICE = "voice"
    """A waveform of speech."""
    WEARABLE = "wearable"
    """A recording of body-worn sensors: pulse, skin conductance, temperature, movement."""
    AUDIOVISUAL = "audiovisual"
    """A face and a voice: at least one frame, and the sound."""
    VIDEO = "video"
    """Frames in time, with the sound where there is any."""
    EEG = "eeg"
    """A recording of electrodes on the scalp."""
    PHYSIOLOGY = "physiology"
    """A recording of the laboratory, of any channels: ECG, skin conductance, respiration, EEG beside them, …"""
    NOT_STATED = "not_stated"
    """Answers that are measured without their media."""
