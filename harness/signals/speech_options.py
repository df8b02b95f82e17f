"""Options of the search for speech, which is part of the system under test and therefore of the plan."""

from __future__ import annotations

from typing import Literal

from pydantic import ConfigDict, Field

from harness.files import UserPath
from harness.plain_numbers import PlainNumbers
from harness.resources import Configured


class SpeechOptions(PlainNumbers):
    """Whether clips without speech are kept from a system that hears.

    Attributes:
        detector: ``none`` gives it every clip; ``silero`` is Silero VAD, run by onnxruntime.
        min_score: a piece of 32 ms with a lower probability is not speech.
        min_speech_s: a clip with less speech than that is not scored.
        weights: path of the detector's file; None fetches it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    detector: Literal["none", "silero"] = Field(default_factory=Configured("speech.detector"))
    min_score: float = Field(default_factory=Configured("speech.min_score"), gt=0, lt=1)
    min_speech_s: float = Field(default_factory=Configured("speech.min_speech_s"), gt=0)
    weights: UserPath | None = Field(default_factory=Configured("speech.weights"))
