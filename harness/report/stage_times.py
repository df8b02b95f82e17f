"""Where the time of a run went, for the report and the terminal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from harness.evidence.run_seconds import STAGES, total_seconds

SHORTEST_S = 0.05
"""What took less is not named in the terminal."""


@dataclass(frozen=True)
class Stage:
    """What a stage is, for readers of the report.

    Attributes:
        title: what it is called.
        meaning: what is done in it.
        to_change: what makes it shorter; empty where nothing does.
    """

    title: str
    meaning: str
    to_change: str = ""


@dataclass(frozen=True)
class StageTime:
    """A row of the report's table.

    Attributes:
        stage: which.
        seconds: that it took.
        share: of the whole run, 0 to 1.
    """

    stage: Stage
    seconds: float
    share: float


@dataclass(frozen=True)
class StageTimes:
    """Where the time went.

    Attributes:
        rows: in the order of `STAGES`.
        total: of all stages, seconds.
        longest: of the rows.
        preparing: seconds that samples took in all workers together; 0 where none were prepared.
        reading: the part of `preparing` until samples were opened, decoded, and under their condition.
    """

    rows: list[StageTime]
    total: float
    longest: StageTime
    preparing: float
    reading: float


_STAGES = {
    "listing": Stage("listing samples", "Samples were listed, everything was checked, the plan was written."),
    "opening": Stage("opening models", "Models were loaded, and workers started."),
    "waiting": Stage(
        "waiting for samples",
        "The model waited for samples; without workers they were prepared meanwhile.",
        "more workers, or simpler media",
    ),
    "computing": Stage(
        "computing",
        "The model computed, or a service answered.",
        "device, batch_size, precision, model.compile",
    ),
    "concluding": Stage("concluding", "Models of this study were trained, and tables were written."),
    "checking": Stage(
        "checks on the test",
        "Media were described, and the system was asked again.",
        "checks.media, checks.max_probes, checks.max_inputs",
    ),
    "measuring": Stage(
        "measuring",
        "Metrics, intervals, and comparisons of groups.",
        "measure.resamples, measure.search_depth",
    ),
}


def time_line(seconds: Mapping[str, float]) -> str:
    """The stages that took a tenth of a second and more, and what workers did meanwhile.

    Args:
        seconds: see `harness.evidence.run_seconds.recorded_seconds`.
    """
    parts = [f"{_STAGES[stage].title} {seconds[stage]:,.1f}" for stage in STAGES if seconds[stage] >= SHORTEST_S]
    total = f"Time: {total_seconds(seconds):,.1f} s"
    reading = f", {seconds['reading']:,.1f} s of it to read" if seconds["reading"] >= SHORTEST_S else ""
    prepared = seconds["preparing"] >= SHORTEST_S
    workers = f"; samples took {seconds['preparing']:,.1f} s to prepare{reading}" if prepared else ""
    return ": ".join([total, ", ".join(parts)] if parts else [total]) + workers


def stage_times(seconds: Mapping[str, float] | None) -> StageTimes | None:
    """The report's table; None where the times are not known, or nothing took any.

    Args:
        seconds: see `harness.evidence.run_seconds.recorded_seconds`.
    """
    if seconds is None or not (total := total_seconds(seconds)):
        return None
    rows = [StageTime(_STAGES[stage], seconds[stage], seconds[stage] / total) for stage in STAGES]
    longest = max(rows, key=lambda row: row.seconds)
    return StageTimes(rows, total, longest, seconds["preparing"], seconds["reading"])
