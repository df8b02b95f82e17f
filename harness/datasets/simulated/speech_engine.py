"""What speaks the sentences of `synthesised_speech`, and the manners in which they are spoken."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.datasets.simulated.espeak import Delivery
from harness.signals.media import Audio

NEUTRAL = "neutral"


@dataclass(frozen=True)
class Manner:
    """How an emotion is spoken.

    Attributes:
        delivery: pitch, its range and rate, in the units of eSpeak NG.
        level_db: above neutral.
    """

    delivery: Delivery
    level_db: float


MANNERS: Mapping[str, Manner] = {
    "anger": Manner(Delivery(pitch=65, pitch_range=140, words_per_minute=200), 8.0),
    "happiness": Manner(Delivery(pitch=75, pitch_range=190, words_per_minute=185), 4.0),
    "sadness": Manner(Delivery(pitch=38, pitch_range=40, words_per_minute=125), -6.0),
    NEUTRAL: Manner(Delivery(pitch=50, pitch_range=100, words_per_minute=165), 0.0),
}
"""Label → how it is spoken. Directions as in Banse and Scherer (1996, doi:10.1037/0022-3514.70.3.614) and Juslin
and Laukka (2003, doi:10.1037/0033-2909.129.5.770); sizes are chosen."""


@dataclass(frozen=True)
class Speaker:
    """A voice of an engine.

    Attributes:
        voice: as the engine finds it.
        accent: the English that it speaks, as eSpeak NG names it.
        sex: of the voice; None where nothing says it.
        pitch: of the speaker around that of the voice, in the units of eSpeak NG.
    """

    voice: str
    accent: str
    sex: str | None = None
    pitch: int = 0


class SpeechEngine(ABC):
    """A synthesiser. Picklable: workers get a copy."""

    remarks: tuple[str, ...] = ()
    """What the user should know of its speakers, one sentence each."""

    @abstractmethod
    def facts(self) -> dict[str, Any]:
        """What decides the sounds, for the plan: versions, and hashes of files."""

    @abstractmethod
    def speakers(self, seed: int, most: int) -> Sequence[Speaker]:
        """Speakers, drawn.

        Args:
            seed: of the draw.
            most: how many; fewer where there are no more.
        """

    @abstractmethod
    def speak(self, text: str, speaker: Speaker, manner: Manner) -> Audio:
        """One utterance, at the engine's own rate.

        Raises:
            Unscored: the engine failed (``crashed``) or hangs (``timeout``).
        """
