"""The common part of the voice baselines: a linear support vector machine on features of clips.

This is the classical method of speech emotion recognition (as in the ComParE challenges): describe every frame,
summarise over the clip, standardise, and classify. It is trained within the study, needs no pretrained weights,
and every feature has a name. The subclasses define the features.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

import pyarrow as pa
from pydantic import Field
from sklearn.base import BaseEstimator
from sklearn.svm import LinearSVC

from harness.cards.facts import ModelCard
from harness.cards.inputs import SoundInput
from harness.errors import HarnessError
from harness.models.cross_fit import cross_fit, scaled
from harness.models.model import Conclusion, CrossFittedModel, ModelOptions, RunSettings, Training, Vectors
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


class VoiceSvmModel(CrossFittedModel[OptionsT]):
    """Speech → emotion, by features that were designed by hand. NaN is a feature that a clip does not define."""

    Options = VoiceSvmOptions
    Input = SoundInput
    input: SoundInput
    nan_is_missing = True

    def __init__(self, card: ModelCard, options: OptionsT, settings: RunSettings) -> None:
        super().__init__(card, options, settings)
        if self.input.window_s is not None or self.input.padding != "none":
            raise HarnessError(f"model {card.name}: it hears whole clips, its card says {card.input}.")

    def open(self) -> None:
        """There is nothing to load: training happens in `conclude`."""

    def conclude(
        self, samples: pa.Table, vectors: Mapping[str, Vectors], training: Training | None = None
    ) -> Conclusion:
        """Predict every clip by a machine that was trained on other speakers."""
        return cross_fit(
            samples,
            vectors,
            model=self.name,
            make_classifier=self._classifier,
            max_folds=self.options.max_folds,
            seed=self.settings.seed,
            training=training,
        )

    def _classifier(self) -> BaseEstimator:
        # Classes are weighted equally because the headline metric is the unweighted average recall.
        return scaled(
            LinearSVC(
                C=self.options.regularisation,
                class_weight="balanced",
                dual="auto",
                max_iter=MAX_ITERATIONS,
                random_state=self.settings.seed,
            ),
        )
