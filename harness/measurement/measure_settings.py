"""The settings of a measurement. They are part of the plan, so that results follow from plan and tables alone."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from harness.attributes.grouping import Grouping
from harness.errors import HarnessError
from harness.known_metrics import compared_metrics, facts_of, is_metric, metric_facts
from harness.resources import Configured


@dataclass(frozen=True)
class MeasureSettings:
    """The settings of a measurement; part of the plan.

    Attributes:
        resamples: bootstrap resamples of subjects.
        permutations: permutations of subjects among groups at most, for the null distribution of differences; see
            `harness.statistics.resampling.affordable_draws`.
        level: confidence level of the two-sided intervals; for gaps, of all gaps of a metric on an axis jointly.
        seed: seed of the resampling.
        merge: classes to merge in labels and answers, such as ``{"calm": "neutral"}``.
        min_subjects: groups with fewer subjects are listed as ``not_tested``.
        gaps: the metrics that are compared between groups; ``ccc`` means that of every dimension.
        tolerance: the largest difference between groups that is accepted, on the scale on which a metric is
            compared (`harness.measurement.compared_scale`).
        tolerances: the same for single metrics.
        match_on: columns of the samples on which negative-emotion assignment is matched.
        search_depth: how many attributes the search for groups combines; 0 for no search.
        outside: the metric families of other packages to include; None includes all that are installed.
        system: the model whose groups are compared with each other; None compares those of every model.
        grouping: the axes, the bands, and the groups that are always listed.
    """

    resamples: int = field(default_factory=Configured("measure.resamples"))
    permutations: int = field(default_factory=Configured("measure.permutations"))
    level: float = field(default_factory=Configured("measure.level"))
    seed: int = field(default_factory=Configured("seed"))
    merge: Mapping[str, str] = field(default_factory=dict)
    min_subjects: int = field(default_factory=Configured("measure.min_subjects"))
    gaps: Sequence[str] = field(default_factory=compared_metrics)
    tolerance: float = field(default_factory=Configured("measure.tolerance"))
    tolerances: Mapping[str, float] = field(default_factory=Configured("measure.tolerances"))
    match_on: Sequence[str] | None = field(default_factory=Configured("measure.match_on"))
    search_depth: int = field(default_factory=Configured("measure.search_depth"))
    outside: Sequence[str] | None = None
    system: str | None = None
    grouping: Grouping = field(default_factory=Grouping)

    def __post_init__(self) -> None:
        draws = min(self.resamples, self.permutations)
        if draws < 100 or not 0.5 <= self.level < 1 or self.seed < 0 or self.min_subjects < 2:
            raise HarnessError(
                f"measure: resamples {self.resamples} and permutations {self.permutations} (at least 100), level "
                f"{self.level} (0.5 to under 1), seed {self.seed} (not negative), "
                f"min_subjects {self.min_subjects} (at least 2)."
            )
        try:
            require_draws(self.level, self.resamples, self.permutations)
            require_tolerances(self.gaps, self.tolerance, self.tolerances)
        except ValueError as error:
            raise HarnessError(f"measure: {error}.") from None

    def compares(self, metric: str) -> bool:
        """Whether a metric is among those that are compared between groups."""
        return metric in self.gaps or metric.partition(":")[0] in self.gaps

    def tolerated(self, metric: str) -> float:
        """The largest difference between groups that is accepted."""
        return self.tolerances.get(metric, self.tolerances.get(metric.partition(":")[0], self.tolerance))


def require_draws(level: float, resamples: int, permutations: int) -> None:
    """Check that there are enough draws to locate the bounds of an interval of that level.

    Raises:
        ValueError: there are too few: the bounds would be those of a lower level.
    """
    # Intervals leave out (1 - level) / 2 on either side; the maximum of all differences leaves out 1 - level.
    needed = {"resamples": 2 / (1 - level), "permutations": 1 / (1 - level) - 1}
    for name, given in (("resamples", resamples), ("permutations", permutations)):
        least = math.ceil(round(needed[name], 6))
        if given < least:
            raise ValueError(f"level {level} needs at least {least:,} {name}; there are {given:,}")


def require_tolerances(gaps: Sequence[str], tolerance: float, tolerances: Mapping[str, float]) -> None:
    """Check that the metrics exist, and that each tolerance can be exceeded: otherwise every system would pass.

    Raises:
        ValueError: a metric is unknown, or a tolerance is not above zero and below the largest possible
            difference.
    """
    for name in (*gaps, *tolerances):
        if not is_metric(name):
            known = ", ".join(facts.name for facts in metric_facts())
            raise ValueError(f"there is no metric {name[:80]!r} to compare groups on; there are {known}")
    widest = {"tolerance": 1.0} | {name: facts_of(name).widest for name in tolerances}
    for name, value in {"tolerance": tolerance, **tolerances}.items():
        if not (0 < value < widest[name] and math.isfinite(value)):
            below = "finite" if math.isinf(widest[name]) else f"below {widest[name]:g}"
            raise ValueError(f"{name}: {value:g} accepts any difference, or none; expected above 0 and {below}")
