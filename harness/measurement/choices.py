"""What a study chooses of its measurement, validated: a config, or a plan that may come from elsewhere."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from harness.measurement.measure_settings import require_draws, require_tolerances
from harness.measurement.metric_registry import compared_metrics


class Choices(BaseModel):
    """Base of every part of the config: immutable, no unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class LabelChoices(Choices):
    """Which labels are compared, and how.

    Attributes:
        merge: counts one emotion as another, such as calm as neutral.
        only: leaves samples of other emotions out of the study; ``model`` keeps what the model can answer.
    """

    merge: dict[str, str] | None = None
    only: list[str] | Literal["model"] | None = None


class MeasureChoices(Choices):
    """How intervals are made, which differences between groups are tolerated, and which groups are too small.

    Attributes:
        resamples: bootstrap resamples of subjects.
        permutations: of subjects among groups: what differences are like where groups are alike.
        level: of the intervals; for gaps, of all gaps of a metric on an axis together.
        min_subjects: a group with fewer is not tested, nor a mean over classes of a group with fewer in a class.
        gaps: the metrics that are compared between groups; those that a dataset does not allow are passed over.
        tolerance: the largest difference between groups that the plan accepts.
        tolerances: the same for single metrics.
        match_on: columns of the samples that negative-emotion assignment is matched on, such as label.
        search_depth: how many attributes are combined in the search for groups that it is worse for; 0: none.
    """

    resamples: int = Field(default=2000, ge=100, le=100_000)
    permutations: int = Field(default=1000, ge=100, le=100_000)
    level: float = Field(default=0.95, gt=0.5, lt=1.0)
    min_subjects: int = Field(default=5, ge=2)
    gaps: list[str] = Field(default_factory=compared_metrics)
    tolerance: float = Field(default=0.05, gt=0)
    tolerances: dict[str, Annotated[float, Field(gt=0)]] = {}
    match_on: list[str] | None = None
    search_depth: int = Field(default=2, ge=0, le=5)

    @model_validator(mode="after")
    def _can_be_measured(self) -> MeasureChoices:
        require_draws(self.level, self.resamples, self.permutations)
        require_tolerances(self.gaps, self.tolerance, self.tolerances)
        return self
