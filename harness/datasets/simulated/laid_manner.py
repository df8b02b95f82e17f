"""A manner laid on speech that is spoken evenly: another pitch, another range of it, another level.

It is processing, not acting: what changes in a voice beyond these does not change here. Neutral speech goes the
same way, so that no manner is told by traces of the processing alone.
"""

from __future__ import annotations

import numpy as np

from harness.arrays import Floats
from harness.datasets.simulated.speech_engine import MANNERS, NEUTRAL, Manner
from harness.errors import Reason, Unscored
from harness.signals.f0_track import f0_track
from harness.signals.media import Audio
from harness.signals.psola import overlap_added

NEUTRAL_LEVEL_DB = -33.0
"""RMS under full scale, as eSpeak NG has in this dataset; it leaves the loudest manner its peaks."""

SEMITONES_PER_UNIT = 24 / 99
"""eSpeak NG's scale of pitch, 0 to 99, spans two octaves."""


def with_manner(audio: Audio, manner: Manner) -> Audio:
    """The same words in a manner. The rate stays, which is the synthesiser's own.

    Args:
        audio: mono, in [-1, 1].
        manner: pitch and range are relative to those of neutral speech.

    Raises:
        Unscored: nothing is heard (``silent``), or no fundamental frequency (``no_speech``).
    """
    track = f0_track(audio.waveform, audio.sample_rate)
    if not np.any(audio.waveform):
        raise Unscored(Reason.SILENT)
    if not np.isfinite(track.median_hz):
        raise Unscored(Reason.NO_SPEECH, "no voice with a fundamental frequency in what was synthesised")
    usual, delivery = MANNERS[NEUTRAL].delivery, manner.delivery
    ratio = 2 ** ((delivery.pitch - usual.pitch) * SEMITONES_PER_UNIT / 12)
    width = delivery.pitch_range / usual.pitch_range

    def moved(f0_hz: Floats) -> Floats:
        return np.asarray(track.median_hz * ratio * (f0_hz / track.median_hz) ** width)

    spoken = overlap_added(audio.waveform, audio.sample_rate, track, new_f0=moved).astype(np.float64)
    level = float(np.sqrt(np.mean(np.square(spoken))))
    wanted = 10 ** ((NEUTRAL_LEVEL_DB + manner.level_db) / 20)
    return Audio(np.clip(spoken * (wanted / level), -1.0, 1.0).astype(np.float32), audio.sample_rate)


def relative_rate(manner: Manner) -> float:
    """How often faster than neutral."""
    return manner.delivery.words_per_minute / MANNERS[NEUTRAL].delivery.words_per_minute
