"""Nothing is changed."""

from __future__ import annotations

import numpy as np

from harness.cards.modality import Modality
from harness.conditions.condition import Condition, LabelPreserving
from harness.signals.media import Media


class Clean(Condition):
    """The media as the reader gives them: what every other condition is compared with."""

    modalities = frozenset(Modality)
    label_preserving = LabelPreserving.SHOWN

    def apply(self, media: Media, rng: np.random.Generator) -> Media:  # noqa: ARG002 (nothing is drawn)
        """The media as they are."""
        return media
