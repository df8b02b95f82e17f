"""One window of a recording → the row of features that a tabular system takes; for worker processes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from harness.arrays import Floats
from harness.errors import Reason, Unscored
from harness.models.feature_columns import FeaturesInput
from harness.models.wearable_window import WindowPreparer, Windows, channel_features, unpack
from harness.signals.hrv import time_domain
from harness.signals.hrv_frequency import frequency_domain
from harness.signals.media import Media


@dataclass(frozen=True)
class FeaturePreparer:
    """Media → float64, shape (num_columns,), every value finite."""

    expected: FeaturesInput

    def __call__(self, media: Media) -> Floats:
        """Measure one window.

        Raises:
            Unscored: the window has too few beats, or a feature is undefined for it (``no_signal``, the system
                abstains); see also `WindowPreparer`.
        """
        groups = self.expected.groups
        measured = _measured(
            unpack([WindowPreparer(groups, self.expected)(media)], len(channel_features(groups))), self
        )
        if self.expected.min_beats and measured["hrv.num_beats"] < self.expected.min_beats:
            detail = f"{measured['hrv.num_beats']:.0f} beats; at least {self.expected.min_beats}"
            raise Unscored(Reason.NO_SIGNAL, detail, abstained=True)
        row = []
        for column in self.expected.columns:
            value = column.value if column.feature is None else measured[column.feature] * column.factor
            if value is None or not np.isfinite(value):
                raise Unscored(Reason.NO_SIGNAL, f"{column.feature} is undefined", abstained=True)
            row.append(float(value))
        return np.array(row)


def _measured(window: Windows, preparer: FeaturePreparer) -> dict[str, float]:
    """Every feature of the groups by name."""
    groups = preparer.expected.groups
    measured = dict(zip(channel_features(groups), window.features[0].tolist(), strict=True))
    if "hrv" in groups:
        span = (window.beats, window.start_s, window.end_s)
        in_time = time_domain(*span)
        of_bands = frequency_domain(*span, in_time.coverage) if _has_bands(preparer) else None
        for values in (in_time, of_bands):
            if values is not None:
                measured |= {f"hrv.{name}": float(value[0]) for name, value in values._asdict().items()}
    return measured


def _has_bands(preparer: FeaturePreparer) -> bool:
    return any(column.feature in ("hrv.lf", "hrv.hf", "hrv.lf_hf") for column in preparer.expected.columns)
