"""Several changes of one sample, one after another: ``face/grey+face/mirror``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from harness.conditions.condition import Condition, LabelPreserving
from harness.signals.media import Media
from harness.tables.condition_names import JOINT

MAX_PARTS = 5

_WEAKEST_FIRST = (LabelPreserving.UNKNOWN, LabelPreserving.ASSUMED, LabelPreserving.SHOWN)


class Composed(Condition):
    """The parts in their order. It is as label-preserving as the least of them, and at most by assumption.

    Args:
        parts: at least two.
    """

    def __init__(self, parts: Sequence[Condition]) -> None:
        super().__init__(JOINT.join(part.family for part in parts))
        self.parts = tuple(parts)
        self.modalities = frozenset.intersection(*(part.modalities for part in parts))  # type: ignore[misc]
        # That people know each change alone says nothing about both at once.
        known = (LabelPreserving.ASSUMED, *(part.label_preserving for part in parts))
        self.label_preserving = min(known, key=_WEAKEST_FIRST.index)  # type: ignore[misc]
        self.source = "; ".join(dict.fromkeys(part.source for part in parts if part.source))  # type: ignore[misc]

    @property
    def name(self) -> str:
        """The names of the parts, joined."""
        return JOINT.join(part.name for part in self.parts)

    def plain(self) -> dict[str, Any]:
        """The entry of the plan; severities are those of the parts."""
        plain = [part.plain() for part in self.parts]
        meanings = [str(entry["meaning"] or entry["name"]) for entry in plain]
        files = {family: given for entry in plain for family, given in entry.get("files", {}).items()}
        return {**super().plain(), "meaning": ", then ".join(meanings), **({"files": files} if files else {})}

    def apply(self, media: Media, rng: np.random.Generator) -> Media:
        """The media after all parts; each part has random numbers of its own."""
        for part, own_rng in zip(self.parts, rng.spawn(len(self.parts)), strict=True):
            media = part.apply(media, own_rng)
        return media
