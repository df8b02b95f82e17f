"""The choices of a study that concern measuring, validated: from a config, or from a plan that is not trusted."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, ConfigDict, Field, model_validator

from harness.known_metrics import compared_metrics
from harness.measurement.measure_settings import require_draws, require_searched, require_tolerances
from harness.plain_numbers import PlainNumbers
from harness.resources import Configured


class Choices(PlainNumbers):
    """Base of every part of the config: immutable, no unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)


class LabelChoices(Choices):
    """Which labels are compared, and how.

    Attributes:
        merge: treats one emotion as another, such as calm as neutral.
        only: leaves samples with other emotions out of the study; ``model`` keeps those that the model can answer.
    """

    merge: dict[str, str] | None = Field(default_factory=Configured("labels.merge"))
    only: list[str] | Literal["model"] | None = Field(default_factory=Configured("labels.only"))


def _chosen_metrics(found: object) -> object:
    return compared_metrics() if found == "auto" else found


class MeasureChoices(Choices):
    """How intervals are computed, which differences between groups are accepted, and which groups are too small.

    Attributes:
        resamples: of subjects, for the intervals of calibration errors; None for 10,000, with many subjects fewer.
        permutations: permutations of subjects among groups: the null distribution of differences.
        level: confidence level of the intervals; for gaps, of all gaps of a metric on an axis jointly.
        min_subjects: a group with fewer is not tested; nor is a mean over classes if a class has fewer in the
            group.
        gaps: the metrics that are compared between groups, ``auto`` for those that are declared as compared;
            metrics that a dataset does not allow are skipped.
        tolerance: the largest difference between groups that the plan accepts.
        tolerances: the same for single metrics.
        min_above_chance: how far above chance UAR (CCC of a dimension) must surely be in both groups for ``met``.
        match_on: columns of the samples on which negative-emotion assignment is matched, such as label.
        search_depth: how many attributes the search for disadvantaged groups combines; 0: no search.
        search_metric: the metric of the search, one of ``gaps``; ``auto`` for the first that is measured.
        votes: whether answers are measured against raters' votes, where the samples have them.
        shares: how the columns begin that hold shares of votes in place of votes, such as ``ctx.share_``.
    """

    resamples: Annotated[int, Field(ge=100, le=100_000)] | None = Field(
        default_factory=Configured("measure.resamples")
    )
    permutations: int = Field(default_factory=Configured("measure.permutations"), ge=100, le=100_000)
    level: float = Field(default_factory=Configured("measure.level"), gt=0.5, lt=1.0)
    min_subjects: int = Field(default_factory=Configured("measure.min_subjects"), ge=2)
    gaps: Annotated[list[str], BeforeValidator(_chosen_metrics)] = Field(
        default_factory=Configured("measure.gaps")
    )
    tolerance: float = Field(default_factory=Configured("measure.tolerance"), gt=0)
    tolerances: dict[str, Annotated[float, Field(gt=0)]] = Field(default_factory=Configured("measure.tolerances"))
    min_above_chance: float = Field(default_factory=Configured("measure.min_above_chance"), ge=0, lt=1)
    match_on: list[str] | None = Field(default_factory=Configured("measure.match_on"))
    search_depth: int = Field(default_factory=Configured("measure.search_depth"), ge=0, le=5)
    search_metric: str = Field(default_factory=Configured("measure.search_metric"))
    votes: bool = Field(default_factory=Configured("measure.votes"))
    shares: Annotated[str, Field(pattern=r"^(ctx|attr)\..+")] | None = Field(
        default_factory=Configured("measure.shares")
    )

    @model_validator(mode="after")
    def _can_be_measured(self) -> MeasureChoices:
        require_draws(self.level, self.resamples, self.permutations)
        require_tolerances(self.gaps, self.tolerance, self.tolerances)
        require_searched(self.search_metric, self.gaps)
        return self
