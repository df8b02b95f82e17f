"""Functionals of the voice and a linear support vector machine, trained within the study.

The classical recipe of speech emotion recognition (as in the ComParE challenges): describe every frame, summarise
over the clip, standardise, separate by hyperplanes. It needs no pretrained weights and every feature has a name.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pydantic import Field, field_validator
from sklearn.base import BaseEstimator
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

from harness.errors import Reason, Unscored
from harness.models.base import Conclusion, MediaModel, ModelOptions, Preparer, Vectors
from harness.models.cross_fit import cross_fit
from harness.signals import voice
from harness.signals.media import Audio, Audiovisual, Media
from harness.signals.voice_frames import FRAME, HOP, SAMPLE_RATE, SPECTRAL_WINDOW

MIN_DURATION_S = 0.1
MAX_ITERATIONS = 20_000


class VoiceFunctionalsOptions(ModelOptions):
    """The choices of `VoiceFunctionalsModel`.

    Attributes:
        features: groups of features; leave one out to see what it contributes.
        regularisation: C of the support vector machine: smaller values give a smoother boundary.
        max_folds: leave-one-subject-out up to this many subjects, grouped folds beyond.
        max_duration_s: longer clips are not scored.
    """

    features: tuple[voice.Group, ...] = Field(default=voice.GROUPS, min_length=1)
    regularisation: float = Field(default=1e-3, gt=0)
    max_folds: int = Field(default=24, ge=2)
    max_duration_s: float = Field(default=60.0, ge=MIN_DURATION_S)

    @field_validator("features")
    @classmethod
    def _each_once(cls, features: tuple[voice.Group, ...]) -> tuple[voice.Group, ...]:
        if len(set(features)) < len(features):
            raise ValueError("a group of features is named twice")
        return features


class VoiceFunctionalsModel(MediaModel[VoiceFunctionalsOptions]):
    """Speech → emotion, by features that were designed by hand."""

    Options = VoiceFunctionalsOptions
    nan_is_missing = True

    @property
    def width(self) -> int:
        """The number of features."""
        return len(voice.feature_names(self.options.features))

    def facts(self) -> dict[str, Any]:
        """Names of the features and the settings of the frames."""
        return super().facts() | {
            "features": voice.feature_names(self.options.features),
            "sample_rate_hz": SAMPLE_RATE,
            "frame_samples": FRAME,
            "spectral_window_samples": SPECTRAL_WINDOW,
            "hop_samples": HOP,
        }

    def preparer(self) -> Preparer:
        """Resampling and bounds on the length."""
        return _Prepare(self.options.max_duration_s)

    def open(self) -> None:
        """There is nothing to load: training happens in `conclude`."""

    def forward(self, batch: Sequence[npt.NDArray[Any]]) -> npt.NDArray[np.float64]:
        """Waveforms → features, NaN where a clip does not define one (the F0 of a clip without voice)."""
        return voice.describe(batch, self.options.features, self.settings.device)

    def conclude(self, samples: pa.Table, vectors: Vectors) -> Conclusion:
        """Predict every clip by a machine that was trained on other speakers."""
        return cross_fit(
            samples,
            vectors,
            model=self.name,
            make_classifier=self._classifier,
            max_folds=self.options.max_folds,
            seed=self.settings.seed,
        )

    def _classifier(self) -> BaseEstimator:
        # Classes weigh the same however many samples they have: the headline is the unweighted average recall.
        return make_pipeline(
            SimpleImputer(strategy="median", keep_empty_features=True),
            StandardScaler(),
            LinearSVC(
                C=self.options.regularisation,
                class_weight="balanced",
                dual="auto",
                max_iter=MAX_ITERATIONS,
                random_state=0,
            ),
        )


@dataclass(frozen=True)
class _Prepare:
    """Media → float32 waveform at `SAMPLE_RATE`, shape (num_samples,)."""

    max_duration_s: float

    def __call__(self, media: Media) -> npt.NDArray[np.float32]:
        audio = media.audio if isinstance(media, Audiovisual) else media
        if not isinstance(audio, Audio):
            raise Unscored(Reason.NO_SIGNAL, "no voice in this sample")
        duration_s = len(audio.waveform) / audio.sample_rate
        if duration_s < MIN_DURATION_S:
            raise Unscored(Reason.TOO_SHORT, f"{duration_s:.3f} s; at least {MIN_DURATION_S:g} s")
        if duration_s > self.max_duration_s:
            raise Unscored(Reason.TOO_LONG, f"{duration_s:.1f} s; at most {self.max_duration_s:g} s")
        if audio.sample_rate == SAMPLE_RATE:
            return audio.waveform
        # Slow to import, and not needed where recordings already have the rate.
        import librosa

        resampled: npt.NDArray[np.float32] = librosa.resample(
            audio.waveform, orig_sr=audio.sample_rate, target_sr=SAMPLE_RATE, res_type="soxr_hq"
        )
        return resampled
