"""The choices of a measurement: part of the plan, so that results follow from plan and tables alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from harness.errors import HarnessError


@dataclass(frozen=True)
class MeasureSettings:
    """The choices of a measurement; part of the plan.

    Attributes:
        resamples: bootstrap resamples of subjects.
        level: of the two-sided intervals.
        seed: of the resampling.
        merge: classes to merge on both sides, such as ``{"calm": "neutral"}``.
        min_subjects: groups with fewer subjects are listed as ``not_tested``.
        axes: the attributes to group by, without ``attr.``; None takes every one.
    """

    resamples: int = 2000
    level: float = 0.95
    seed: int = 0
    merge: Mapping[str, str] = field(default_factory=dict)
    min_subjects: int = 5
    axes: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        if self.resamples < 100 or not 0.5 <= self.level < 1 or self.seed < 0 or self.min_subjects < 2:
            raise HarnessError(
                f"measure: resamples {self.resamples} (at least 100), level {self.level} (0.5 to under 1), seed "
                f"{self.seed} (not negative), min_subjects {self.min_subjects} (at least 2)."
            )
