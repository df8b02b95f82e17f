"""How an emotion sounds: directions of change from the literature, with plausible sizes.

Directions follow Banse and Scherer (1996, doi:10.1037/0022-3514.70.3.614) and the review of Juslin and Laukka
(2003, doi:10.1037/0033-2909.129.5.770): anger is loud, high, fast and bright; fear high, fast and unsteady with
a small range; happiness high with a large range; sadness low, slow, soft, dull and with pauses; disgust low and
slow. Surprise rises steeply at the end. All are relative to neutral.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

import numpy as np


@dataclass(frozen=True)
class Manner:
    """How something is said, relative to the speaker's neutral manner, or (as `SPREAD`) how far that varies.

    Attributes:
        f0: mean of F0, semitones.
        f0_range: size of the movements of F0, log2 of the factor.
        f0_end: movement of F0 within the last syllable, semitones.
        rate: syllables per second, log2 of the factor.
        level: dB.
        tilt: attenuation of the glottal source at 3 kHz, dB; negative is brighter.
        jitter: irregularity from period to period, in F0 and (as shimmer) in amplitude, log2 of the factor.
        breath: level of the aspiration noise, dB.
        pauses: expected number of pauses.
    """

    f0: float = 0.0
    f0_range: float = 0.0
    f0_end: float = 0.0
    rate: float = 0.0
    level: float = 0.0
    tilt: float = 0.0
    jitter: float = 0.0
    breath: float = 0.0
    pauses: float = 0.0


PROFILES: Mapping[str, Manner] = {
    "anger": Manner(4.0, 0.5, -2.0, 0.20, 9.0, -7.0, 0.8, -2.0, -0.2),
    "disgust": Manner(-1.5, 0.1, -2.0, -0.30, -1.0, 1.0, 1.2, 1.0, 0.3),
    "fear": Manner(5.0, -0.5, 1.5, 0.30, -1.0, -1.0, 1.6, 6.0, 0.3),
    "happiness": Manner(3.5, 1.0, 2.5, 0.15, 4.0, -3.0, -0.5, 0.0, -0.2),
    "sadness": Manner(-2.0, -0.8, -1.5, -0.45, -6.0, 6.0, 0.6, 4.0, 1.0),
    "surprise": Manner(4.5, 1.0, 6.0, 0.0, 3.0, -2.0, 0.0, 2.0, -0.2),
    "neutral": Manner(),
}
VOICE_LABELS = tuple(PROFILES)

SPREAD = Manner(1.8, 0.35, 1.5, 0.12, 3.0, 2.5, 0.5, 2.5, 0.1)
"""Standard deviation from clip to clip within a class."""


def manner(label: str, strength: float, rng: np.random.Generator) -> Manner:
    """One way of expressing a label.

    Args:
        label: a key of `PROFILES`.
        strength: 0 (as neutral) to 1 (the full profile).
        rng: varies it.
    """
    profile = PROFILES[label]
    return Manner(
        **{
            field.name: strength * getattr(profile, field.name) + getattr(SPREAD, field.name) * rng.normal()
            for field in fields(Manner)
        }
    )
