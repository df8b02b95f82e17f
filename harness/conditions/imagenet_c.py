"""What the corruptions of faces have in common: five severities, and where they come from.

RAF-DB-C (Greco et al. 2023) took its 18 corruptions of faces from ImageNet-C (Hendrycks & Dietterich 2019), which
publishes 19: 15 and four for validation. All 19 are here with the published parameters of their five severities.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from harness.conditions.condition import LabelPreserving
from harness.conditions.pictures import PictureCondition

FACES = "on faces Greco et al. 2023 (doi:10.1007/s11042-022-12790-7)"


def steps(template: str, values: Iterable[Any]) -> Mapping[int, str]:
    """Severity → what it stands for, from the parameters of each, the first being those of severity 1."""
    return {
        severity: template.format(*(value if isinstance(value, tuple) else (value,)))
        for severity, value in enumerate(values, start=1)
    }


class Corruption(PictureCondition):
    """A corruption of ImageNet-C."""

    label_preserving = LabelPreserving.UNKNOWN
    source = f"parameters: Hendrycks & Dietterich 2019 (arXiv:1903.12261, ImageNet-C); {FACES}"

    @property
    def step(self) -> int:
        """The place of the severity among the parameters."""
        assert self.severity is not None, "a severity was asked for"
        return self.severity - 1
