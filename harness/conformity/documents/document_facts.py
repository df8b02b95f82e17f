"""What the documents read from a run, each computed once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from harness.attributes.group import EVERYBODY
from harness.cards.modality import Modality
from harness.conformity.measured_run import MeasuredRun
from harness.metrics.latency import Latency
from harness.report import in_brief, sections
from harness.report.check_findings import Finding, findings
from harness.report.claims import MeasuredClaim, measured_claims
from harness.report.levels_table import Results
from harness.report.ranked_gaps import Gap, Untested, gaps, untested, worst
from harness.report.run_curves import RunCurves
from harness.scoring.recorded_times import recorded_times
from harness.tables.schemas import CLEAN, DIMENSIONS

RIGHT = "accuracy"
"""The metric that people understand without an explanation: how many answers of all are right."""

ANSWERED = "coverage"

MOST_GROUPS = 40
"""Of one axis that a document shows: it stays below 2 MB, whatever names the groups have."""


@dataclass(frozen=True)
class DocumentFacts:
    """A run, and what follows from its tables.

    Attributes:
        run: what the documents are made from.
    """

    run: MeasuredRun

    @property
    def plan(self) -> Mapping[str, Any]:
        """The resolved plan."""
        return self.run.plan

    @property
    def num_answers(self) -> int:
        """How many answers to each sample were asked for; plans of earlier versions do not say it: one."""
        return int(self.plan.get("repeats", 1))

    @property
    def conditions(self) -> list[str]:
        """Under which conditions was measured, the clean one among them."""
        return [of["name"] for of in self.plan.get("conditions") or [{"name": CLEAN}]]

    @property
    def changed_conditions(self) -> list[str]:
        """The conditions under which something was changed."""
        return [name for name in self.conditions if name != CLEAN]

    @property
    def power(self) -> Mapping[str, Any] | None:
        """What the plan says of its power; None in plans of earlier versions."""
        found: Mapping[str, Any] | None = self.plan.get("power")
        return found

    @property
    def models(self) -> list[str]:
        """The system under test first, then the baselines."""
        return [model["name"] for model in (self.plan["model"], *self.plan["baselines"])]

    @cached_property
    def results(self) -> Results:
        """The levels under clean conditions."""
        return Results(self.run.results, self.run.system)

    @cached_property
    def curves(self) -> RunCurves:
        """The curves of the system."""
        return RunCurves(self.run.curves, self.run.system)

    @cached_property
    def gaps(self) -> list[Gap]:
        """The gaps between groups, the worst first."""
        return gaps(self.run.results, self.run.system)

    @cached_property
    def worst_gaps(self) -> list[Gap]:
        """One gap per metric and disadvantaged group."""
        return worst(self.gaps)

    @cached_property
    def worse_off(self) -> list[in_brief.WorseOff]:
        """The groups for which the system was shown to work worse."""
        return in_brief.worse_off(self.gaps, self.results)

    @cached_property
    def untested(self) -> list[Untested]:
        """Groups that were not tested; with `EVERYBODY` whole axes."""
        return untested(self.run.results, self.run.system)

    @property
    def untested_axes(self) -> list[Untested]:
        """Axes that were not tested at all."""
        return [one for one in self.untested if one.group == EVERYBODY]

    @property
    def untested_groups(self) -> list[Untested]:
        """Groups that were not tested."""
        return [one for one in self.untested if one.group != EVERYBODY]

    @cached_property
    def findings(self) -> list[Finding]:
        """What the checks of the test itself found."""
        return findings(self.run.results, self.run.system)

    @cached_property
    def claims(self) -> list[MeasuredClaim]:
        """Stated figures of the system beside the measured ones."""
        found = measured_claims(self.plan, self.run.results)
        return [claim for claim in found if claim.model == self.run.system]

    @cached_property
    def failures(self) -> list[sections.Failure]:
        """Why samples have no score."""
        return sections.failures(self.curves)

    @cached_property
    def times(self) -> list[Latency]:
        """How long answers took: over all samples first, then groups."""
        return recorded_times(self.run.record)

    @cached_property
    def not_carried(self) -> list[str]:
        """The protected attributes that the samples do not have, in words."""
        return [name.replace("_", " ") for name in sections.not_carried(self.curves)]

    @property
    def right(self) -> dict[str, Any] | None:
        """The row of how many answers are right; None without labels, or where it is not defined."""
        row = self.level(RIGHT)
        return row if row is not None and row["value"] is not None else None

    def level(self, metric: str) -> dict[str, Any] | None:
        """The row of a metric of the system over all samples."""
        return self.results.row(self.run.system, metric)

    @property
    def agreements(self) -> list[dict[str, Any]]:
        """The rows of agreement on each dimension; empty for systems that answer none."""
        rows = [self.level(f"ccc:{dimension}") for dimension in DIMENSIONS]
        return [row for row in rows if row is not None and row["value"] is not None]

    @property
    def num_samples(self) -> int:
        """All samples, with those without a score."""
        row = self.level(ANSWERED)
        return int(row["n_samples"]) if row else 0

    @property
    def num_subjects(self) -> int:
        """Their people."""
        row = self.level(ANSWERED)
        return int(row["n_subjects"]) if row else 0

    def shown_axes(self, most: int) -> list[tuple[str, int]]:
        """The axes that a document shows, each with so many of its groups: the rest is in the results.

        Args:
            most: groups of all axes together.
        """
        found, left = [], most
        for axis in self.results.axes():
            num = min(len(self.results.groups(axis)), MOST_GROUPS, left)
            if num:
                found.append((axis, num))
            left -= num
        return found

    @property
    def is_simulated(self) -> bool:
        """Whether the data are of no real people."""
        return bool(self.run.dataset_card.simulated or self.plan["dataset"]["simulated"])

    @cached_property
    def modalities(self) -> list[str]:
        """Of the samples."""
        return sorted(name for name, _ in self.curves.counts("modality") if name != Modality.NOT_STATED)

    @cached_property
    def label_sources(self) -> Sequence[tuple[str, int]]:
        """Where the labels come from, and of how many samples."""
        return self.curves.counts("label_source")

    @property
    def level_in_words(self) -> str:
        """The confidence level of intervals, such as ``95 %``."""
        return f"{100 * self.plan['measure']['level']:g}\N{NO-BREAK SPACE}%"
