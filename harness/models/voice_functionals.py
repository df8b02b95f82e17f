"""A linear support vector machine on our own functionals of the voice (`harness.signals.voice`)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from pydantic import Field, field_validator

from harness.cards.facts import ModelCard
from harness.errors import HarnessError
from harness.models.model import Preparer, RunSettings
from harness.models.voice_svm import VoiceSvmModel, VoiceSvmOptions
from harness.models.waveform import WaveformPreparer
from harness.signals import voice
from harness.signals.voice_frames import FRAME, HOP, SAMPLE_RATE, SPECTRAL_WINDOW


class VoiceFunctionalsOptions(VoiceSvmOptions):
    """The options of `VoiceFunctionalsModel`.

    Attributes:
        features: groups of features; leave one out to see what it contributes.
    """

    features: tuple[voice.VoiceFeatureGroup, ...] = Field(default=voice.GROUPS, min_length=1)

    @field_validator("features")
    @classmethod
    def _each_once(cls, features: tuple[voice.VoiceFeatureGroup, ...]) -> tuple[voice.VoiceFeatureGroup, ...]:
        if len(set(features)) < len(features):
            raise ValueError("a group of features is named twice")
        return features


class VoiceFunctionalsModel(VoiceSvmModel[VoiceFunctionalsOptions]):
    """Waveforms are prepared in the workers; features are computed in batches, on the device."""

    Options = VoiceFunctionalsOptions

    def __init__(self, card: ModelCard, options: VoiceFunctionalsOptions, settings: RunSettings) -> None:
        super().__init__(card, options, settings)
        if self.input.sample_rate_hz != SAMPLE_RATE:
            raise HarnessError(
                f"model {card.name}: its features are defined at {SAMPLE_RATE} Hz, its card says "
                f"{self.input.sample_rate_hz}."
            )

    @property
    def width(self) -> int:
        """The number of features."""
        return len(voice.feature_names(self.options.features))

    def facts(self) -> dict[str, Any]:
        """Names of the features and the settings of the frames."""
        return super().facts() | {
            "features": voice.feature_names(self.options.features),
            "sample_rate_hz": self.input.sample_rate_hz,
            "frame_samples": FRAME,
            "spectral_window_samples": SPECTRAL_WINDOW,
            "hop_samples": HOP,
        }

    def preparer(self) -> Preparer:
        """Resampling and bounds on the length."""
        return WaveformPreparer(self.input.sample_rate_hz, self.options.max_duration_s)

    def largest_input(self) -> npt.NDArray[np.float32]:
        """A silent clip of the longest duration."""
        return np.zeros(int(self.options.max_duration_s * self.input.sample_rate_hz), np.float32)

    def forward(self, batch: Sequence[npt.NDArray[Any]]) -> npt.NDArray[np.float64]:
        """Waveforms → features, NaN where a feature is undefined (the F0 of a clip without voice)."""
        return voice.describe(batch, self.options.features, self.settings.device)
