"""The settings of a measurement. They are part of the plan, so that results follow from plan and tables alone."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from harness.attributes.estimate_errors import EstimateErrors
from harness.attributes.grouping import Grouping
from harness.errors import HarnessError
from harness.known_metrics import compared_metrics, facts_of, is_metric, metric_facts
from harness.resources import Configured
from harness.statistics.resampling import FEWEST_RESAMPLES
from harness.tables.schemas import RATERS
from harness.tables.votes import VOTES

AUTO = "auto"


@dataclass(frozen=True)
class MeasureSettings:
    """The settings of a measurement; part of the plan.

    Attributes:
        resamples: of subjects, for intervals that are made of them; None for 2,000 to 10,000, see
            `harness.statistics.resampling.affordable_draws`.
        permutations: permutations of subjects among groups at most, for the null distribution of differences; see
            the same.
        level: confidence level of the two-sided intervals; for gaps, of all gaps of a metric on an axis jointly.
        seed: seed of the resampling.
        merge: classes to merge in labels and answers, such as ``{"calm": "neutral"}``.
        min_subjects: groups with fewer subjects are listed as ``not_tested``.
        gaps: the metrics that are compared between groups; ``ccc`` means that of every dimension.
        tolerance: the largest difference between groups that is accepted, on the scale on which a metric is
            compared (`harness.measurement.compared_scale`).
        tolerances: the same for single metrics.
        min_above_chance: how far above chance UAR (CCC of a dimension) must surely be in both groups for ``met``.
        match_on: columns of the samples on which negative-emotion assignment is matched.
        search_depth: how many attributes the search for groups combines; 0 for no search.
        search_metric: the metric of the search, one of ``gaps``; `AUTO` for the first that is measured.
        outside: the metric families of other packages to include; None includes all that are installed.
        system: the model whose groups are compared with each other; None compares those of every model.
        grouping: the axes, the bands, and the groups that are always listed.
        errors: estimated attribute → how it errs, for gaps that are corrected for that.
        ungraded: families of conditions whose numbers are no strengths.
        votes: whether answers are measured against raters' votes, where the samples have them.
        shares: how the columns begin that hold shares of votes in place of votes; None for the votes.
    """

    resamples: int | None = field(default_factory=Configured("measure.resamples"))
    permutations: int = field(default_factory=Configured("measure.permutations"))
    level: float = field(default_factory=Configured("measure.level"))
    seed: int = field(default_factory=Configured("seed"))
    merge: Mapping[str, str] = field(default_factory=dict)
    min_subjects: int = field(default_factory=Configured("measure.min_subjects"))
    gaps: Sequence[str] = field(default_factory=compared_metrics)
    tolerance: float = field(default_factory=Configured("measure.tolerance"))
    tolerances: Mapping[str, float] = field(default_factory=Configured("measure.tolerances"))
    min_above_chance: float = field(default_factory=Configured("measure.min_above_chance"))
    match_on: Sequence[str] | None = field(default_factory=Configured("measure.match_on"))
    search_depth: int = field(default_factory=Configured("measure.search_depth"))
    search_metric: str = field(default_factory=Configured("measure.search_metric"))
    outside: Sequence[str] | None = None
    system: str | None = None
    grouping: Grouping = field(default_factory=Grouping)
    errors: Mapping[str, EstimateErrors] = field(default_factory=dict)
    ungraded: Sequence[str] = ()
    votes: bool = field(default_factory=Configured("measure.votes"))
    shares: str | None = field(default_factory=Configured("measure.shares"))

    def __post_init__(self) -> None:
        draws = min(least_resamples(self.resamples), self.permutations)
        if draws < 100 or not 0.5 <= self.level < 1 or self.seed < 0 or self.min_subjects < 2:
            raise HarnessError(
                f"measure: resamples {self.resamples} and permutations {self.permutations} (at least 100), level "
                f"{self.level} (0.5 to under 1), seed {self.seed} (not negative), "
                f"min_subjects {self.min_subjects} (at least 2)."
            )
        if not 0 <= self.min_above_chance < 1:
            raise HarnessError(
                f"measure: min_above_chance is {self.min_above_chance:g}; expected at least 0 and below 1."
            )
        try:
            require_draws(self.level, self.resamples, self.permutations)
            require_tolerances(self.gaps, self.tolerance, self.tolerances)
            require_searched(self.search_metric, self.gaps)
        except ValueError as error:
            raise HarnessError(f"measure: {error}.") from None

    @property
    def vote_source(self) -> str | None:
        """Where raters' votes come from, see `harness.tables.votes`; None if they are not measured."""
        return (self.shares or VOTES) if self.votes else None

    def votes_for(self, model: str) -> str | None:
        """The source of the votes that a model's answers are measured against; none for the raters themselves."""
        return None if model == RATERS else self.vote_source

    @property
    def compares_votes(self) -> bool:
        """Whether a metric of raters' votes is among those that are compared."""
        return any("votes" in facts_of(metric).needs for metric in self.gaps)

    def compares(self, metric: str) -> bool:
        """Whether a metric is among those that are compared between groups."""
        return metric in self.gaps or metric.partition(":")[0] in self.gaps

    def searches(self, metric: str) -> bool:
        """Whether the search for groups may use a metric."""
        if self.search_metric == AUTO:
            return self.compares(metric) and facts_of(metric).size_bias is None
        return self.search_metric in (metric, metric.partition(":")[0])

    def tolerated(self, metric: str) -> float:
        """The largest difference between groups that is accepted."""
        return self.tolerances.get(metric, self.tolerances.get(metric.partition(":")[0], self.tolerance))


def require_searched(metric: str, gaps: Sequence[str]) -> None:
    """Check that the metric of the search is compared between groups and does not depend on their size.

    Raises:
        ValueError: it is not, or it does.
    """
    if metric == AUTO:
        return
    if metric not in gaps and metric.partition(":")[0] not in gaps:
        raise ValueError(f"search_metric: {metric[:80]!r} is not among the compared metrics ({', '.join(gaps)})")
    if facts_of(metric).size_bias:
        raise ValueError(f"search_metric: {metric} cannot be searched, it is {facts_of(metric).size_bias}")


def least_resamples(resamples: int | None) -> int:
    """The number of resamples, or the fewest that there may be if it is left open."""
    return FEWEST_RESAMPLES if resamples is None else resamples


def require_draws(level: float, resamples: int | None, permutations: int) -> None:
    """Check that there are enough draws to locate the bounds of an interval of that level.

    Raises:
        ValueError: there are too few: the bounds would be those of a lower level.
    """
    # Intervals leave out (1 - level) / 2 on either side; the maximum of all differences leaves out 1 - level.
    needed = {"resamples": 2 / (1 - level), "permutations": 1 / (1 - level) - 1}
    for name, given in (("resamples", least_resamples(resamples)), ("permutations", permutations)):
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
