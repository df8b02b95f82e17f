"""Physiological features of a window of a wearable, and a classifier trained with subjects left out.

A worker turns the evenly sampled channels of a window into a few numbers and passes the beats on; `forward`
computes heart-rate variability for the whole batch at once, in float64.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any, ClassVar, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pydantic import Field

from harness.arrays import Floats
from harness.cards.facts import ModelCard
from harness.cards.inputs import RecordingInput
from harness.errors import HarnessError
from harness.models.cross_fit import cross_fit
from harness.models.model import Conclusion, CrossFittedModel, ModelOptions, RunSettings, Training, Vectors
from harness.models.wearable_classifiers import gradient_boosting, linear
from harness.models.wearable_normalisation import Normalisation, normalise
from harness.models.wearable_window import WearableFeatureGroup, WindowPreparer, Windows, channel_features, unpack
from harness.signals.hrv import IntervalRules, TimeDomain, time_domain
from harness.signals.hrv_frequency import FrequencyDomain, FrequencySettings, frequency_domain
from harness.tables.schemas import CLEAN

CLASSIFIERS = {"linear": linear, "gradient_boosting": gradient_boosting}
DECIMALS = 6
"""Features are rounded to this precision: much finer than a device resolves, but coarser than the rounding errors
of prefix sums, which depend on the other windows of the batch."""


NORMALISATION_NOTES = {
    "first_rest": (
        "Features are measured against the person's first rest, which the labels name: a device in use would need "
        "a calibration at rest."
    ),
    "recording": (
        "Transductive: features are measured against the person's whole recording, later windows included. No "
        "device in use has that, so read these numbers as an upper bound."
    ),
}


class WearableFeaturesOptions(ModelOptions):
    """The choices.

    Attributes:
        features: groups of features; `motion` measures movement, not stress, and can be left out as a control.
        classifier: ``linear`` (logistic regression) or ``gradient_boosting`` (histogram-based trees).
        normalise: what a person's features are compared with: see `harness.models.wearable_normalisation`.
        rest_label: the label of rest, for ``first_rest``.
        frequency_domain: adds LF, HF and LF/HF to `hrv`; their settings go into the plan.
        max_folds: leave-one-subject-out up to this many subjects, grouped folds beyond.
    """

    features: tuple[WearableFeatureGroup, ...] = Field(
        default=("eda", "hrv", "motion", "temperature"), min_length=1
    )
    classifier: Literal["linear", "gradient_boosting"] = "linear"
    normalise: Normalisation = "none"
    rest_label: str = "rest"
    frequency_domain: bool = False
    max_folds: int = Field(default=40, ge=2)


class WearableFeaturesModel(CrossFittedModel[WearableFeaturesOptions]):
    """Features of wearable signals and a classifier that never sees its test subjects."""

    Options: ClassVar[type[ModelOptions]] = WearableFeaturesOptions
    Input = RecordingInput
    input: RecordingInput
    nan_is_missing = True

    def __init__(self, card: ModelCard, options: WearableFeaturesOptions, settings: RunSettings) -> None:
        super().__init__(card, options, settings)
        if unknown := set(options.features) - set(self.input.features):
            raise HarnessError(
                f"model {card.name}: features={', '.join(sorted(unknown))}; the card has "
                f"{', '.join(self.input.features) or 'none'}."
            )

    @property
    def feature_names(self) -> tuple[str, ...]:
        """The names of the vector's columns: ``<group>.<feature>``."""
        names = channel_features(self.options.features)
        if "hrv" in self.options.features:
            fields = TimeDomain._fields + (FrequencyDomain._fields if self.options.frequency_domain else ())
            names += [f"hrv.{field}" for field in fields]
        return tuple(names)

    @property
    def width(self) -> int:
        """The number of features."""
        return len(self.feature_names)

    def facts(self) -> dict[str, Any]:
        """The features by name and their settings, and whether a test subject's later signals are used."""
        facts = super().facts() | {
            "feature_names": list(self.feature_names),
            "transductive": self.options.normalise == "recording",
        }
        if "hrv" in self.options.features:
            facts["interval_rules"] = asdict(IntervalRules())
            if self.options.frequency_domain:
                facts["frequency_settings"] = asdict(FrequencySettings())
        return facts

    def notes(self) -> list[str]:
        """The assumptions of the normalisation."""
        return [NORMALISATION_NOTES[self.options.normalise]] if self.options.normalise != "none" else []

    def preparer(self) -> WindowPreparer:
        """Measures the even channels and finds the beats."""
        return WindowPreparer(self.options.features, self.input)

    def open(self) -> None:
        """Nothing to load: the classifier is trained in `conclude`."""

    def forward(self, batch: Sequence[npt.NDArray[Any]]) -> Floats:
        """Prepared windows → features, shape (len(batch), width); NaN where a feature is undefined."""
        windows = unpack(batch, len(channel_features(self.options.features)))
        columns = [windows.features]
        if "hrv" in self.options.features:
            columns.append(self._hrv(windows))
        features: Floats = np.concatenate(columns, axis=1)
        return features.round(DECIMALS)

    def conclude(
        self, samples: pa.Table, vectors: Mapping[str, Vectors], training: Training | None = None
    ) -> Conclusion:
        """Normalise by each subject's clean windows, then train and test with subjects left out."""
        make_classifier = CLASSIFIERS[self.options.classifier]
        method, rest = self.options.normalise, self.options.rest_label
        return cross_fit(
            samples,
            {name: normalise(samples, of, method, rest, vectors[CLEAN]) for name, of in vectors.items()},
            model=self.name,
            make_classifier=lambda: make_classifier(self.settings.seed),
            max_folds=self.options.max_folds,
            seed=self.settings.seed,
            training=training
            and replace(training, vectors=normalise(training.samples, training.vectors, method, rest)),
        )

    def _hrv(self, windows: Windows) -> Floats:
        span = (windows.beats, windows.start_s, windows.end_s)
        measured = time_domain(*span)
        columns = list(measured)
        if self.options.frequency_domain:
            columns += frequency_domain(*span, measured.coverage)
        return np.stack(columns, axis=1)
