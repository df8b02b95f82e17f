"""The common part of the voice baselines: a linear support vector machine on features of clips.

This is the classical method of speech emotion recognition (as in the ComParE challenges): describe every frame,
summarise over the clip, standardise, and classify. It is trained within the study, needs no pretrained weights,
and every feature has a name. The subclasses define the features.
"""

from __future__ import annotations

from typing import TypeVar

import pyarrow as pa
from pydantic import Field
from sklearn.base import BaseEstimator
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

from harness.models.cross_fit import cross_fit
from harness.models.model import Conclusion, MediaModel, ModelOptions, Vectors
from harness.signals.audio import MIN_DURATION_S

MAX_ITERATIONS = 20_000


class VoiceSvmOptions(ModelOptions):
    """The options of every `VoiceSvmModel`.

    Attributes:
        regularisation: C of the support vector machine: smaller values give a smoother boundary.
        max_folds: leave-one-subject-out up to this many subjects, grouped folds beyond.
        max_duration_s: longer clips are not scored.
    """

    regularisation: float = Field(default=1e-3, gt=0)
    max_folds: int = Field(default=24, ge=2)
    max_duration_s: float = Field(default=60.0, ge=MIN_DURATION_S)


OptionsT = TypeVar("OptionsT", bound=VoiceSvmOptions)


class VoiceSvmModel(MediaModel[OptionsT]):
    """Recognises emotion in speech from hand-crafted features; NaN is a feature that is undefined for a clip."""

    Options = VoiceSvmOptions
    nan_is_missing = True

    def open(self) -> None:
        """There is nothing to load: training happens in `conclude`."""

    def conclude(self, samples: pa.Table, vectors: Vectors) -> Conclusion:
        """Predict every clip by a classifier trained on other speakers."""
        return cross_fit(
            samples,
            vectors,
            model=self.name,
            make_classifier=self._classifier,
            max_folds=self.options.max_folds,
            seed=self.settings.seed,
        )

    def _classifier(self) -> BaseEstimator:
        # Classes are weighted equally because the headline metric is the unweighted average recall.
        return make_pipeline(
            SimpleImputer(strategy="median", keep_empty_features=True),
            StandardScaler(),
            LinearSVC(
                C=self.options.regularisation,
                class_weight="balanced",
                dual="auto",
                max_iter=MAX_ITERATIONS,
                random_state=self.settings.seed,
            ),
        )
