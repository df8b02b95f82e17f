"""Band power and differential entropy of an EEG, and a linear classifier trained with subjects left out.

The usual baseline of emotion recognition from EEG (Zheng and Lu 2015): each electrode is described by its bands,
and a linear classifier separates the emotions. It is trained within the study on other people.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pydantic import Field
from sklearn.base import BaseEstimator
from sklearn.linear_model import LogisticRegression

from harness.arrays import Floats
from harness.cards.inputs import RecordingInput
from harness.errors import Reason, Unscored
from harness.models.cross_fit import cross_fit, scaled
from harness.models.model import Conclusion, CrossFittedModel, ModelOptions, Training, Vectors
from harness.models.wearable_features import NORMALISATION_NOTES
from harness.models.wearable_normalisation import normalise
from harness.signals.eeg_bands import BANDS, MIN_SEGMENTS, SEGMENT_S, band_features
from harness.signals.media import Media, Recording
from harness.tables.schemas import CLEAN

EegFeature = Literal["power", "entropy"]

DECIMALS = 6


class EegBandsOptions(ModelOptions):
    """The choices.

    Attributes:
        features: of each band of each electrode.
        normalise: ``recording`` compares a person's windows with all of that person's windows (transductive).
        regularisation: C of the logistic regression: smaller values give a smoother boundary.
        max_folds: leave-one-subject-out up to this many subjects, grouped folds beyond.
    """

    features: tuple[EegFeature, ...] = Field(default=("entropy",), min_length=1, max_length=2)
    normalise: Literal["none", "recording"] = "none"
    regularisation: float = Field(default=0.01, gt=0)
    max_folds: int = Field(default=40, ge=2)


@dataclass(frozen=True)
class EegPreparer:
    """Describes the electrodes of one window. Picklable.

    Attributes:
        electrodes: by name, in order.
        unit: that they must have, unless theirs is not known.
        features: of each band.
    """

    electrodes: tuple[str, ...]
    unit: str
    features: tuple[EegFeature, ...]

    def __call__(self, media: Media) -> Floats:
        """One window → its features, shape (num_electrodes * num_features * num_bands,).

        Raises:
            Unscored: it is shorter than two segments, an electrode is in another unit, or none can be used.
        """
        assert isinstance(media, Recording), "a model of recordings was given another kind of media"
        if media.duration_s < MIN_SEGMENTS * SEGMENT_S:
            raise Unscored(Reason.TOO_SHORT, f"{media.duration_s:g} s; at least {MIN_SEGMENTS * SEGMENT_S:g} s")
        features = np.concatenate([self._described(media, name) for name in self.electrodes])
        if not np.isfinite(features).any():
            raise Unscored(
                Reason.NO_SIGNAL, "none of its electrodes is an electrode of the model, or holds a signal"
            )
        return features.round(DECIMALS)

    def _described(self, media: Recording, name: str) -> Floats:
        channel = media.channels.get(name)
        if channel is None or channel.values.ndim != 1:
            return np.full(len(self.features) * len(BANDS), np.nan)
        if channel.unit not in (None, self.unit):
            raise Unscored(Reason.UNREADABLE, f"{name} is in {channel.unit}; the model reads {self.unit}")
        described = band_features(channel.values, channel.rate_hz)
        return np.concatenate([getattr(described, feature) for feature in self.features])


class EegBandsModel(CrossFittedModel[EegBandsOptions]):
    """Bands of electrodes, and a classifier that never sees its test subjects."""

    Options: ClassVar[type[ModelOptions]] = EegBandsOptions
    Input = RecordingInput
    input: RecordingInput
    nan_is_missing = True

    @property
    def feature_names(self) -> list[str]:
        """The names of the vector's columns: ``<electrode>.<feature>.<band>``."""
        return [
            f"{electrode}.{feature}.{band}"
            for electrode in self.input.channels
            for feature in self.options.features
            for band in BANDS
        ]

    @property
    def width(self) -> int:
        """The number of features."""
        return len(self.feature_names)

    def facts(self) -> dict[str, Any]:
        """The bands, the segments, the electrodes, and whether a test subject's other windows are used."""
        return super().facts() | {
            "bands_hz": {name: list(edges) for name, edges in BANDS.items()},
            "segment_s": SEGMENT_S,
            "electrodes": list(self.input.channels),
            "transductive": self.options.normalise == "recording",
        }

    def notes(self) -> list[str]:
        """The assumptions of the normalisation."""
        return [NORMALISATION_NOTES[self.options.normalise]] if self.options.normalise != "none" else []

    def preparer(self) -> EegPreparer:
        """Describes the electrodes."""
        return EegPreparer(self.input.channels, "µV", self.options.features)

    def open(self) -> None:
        """Nothing to load: the classifier is trained in `conclude`."""

    def forward(self, batch: Sequence[npt.NDArray[Any]]) -> Floats:
        """The features as they were prepared, shape (len(batch), width)."""
        return np.stack(batch)

    def conclude(
        self, samples: pa.Table, vectors: Mapping[str, Vectors], training: Training | None = None
    ) -> Conclusion:
        """Normalise by each subject's clean windows, then train and test with subjects left out."""
        method = self.options.normalise
        return cross_fit(
            samples,
            {name: normalise(samples, of, method, "", vectors[CLEAN]) for name, of in vectors.items()},
            model=self.name,
            make_classifier=self._classifier,
            max_folds=self.options.max_folds,
            seed=self.settings.seed,
            training=training
            and replace(training, vectors=normalise(training.samples, training.vectors, method, "")),
        )

    def _classifier(self) -> BaseEstimator:
        # Classes are weighted equally because the headline metric is the unweighted average recall.
        return scaled(
            LogisticRegression(
                C=self.options.regularisation,
                class_weight="balanced",
                max_iter=2000,
                random_state=self.settings.seed,
            ),
        )
