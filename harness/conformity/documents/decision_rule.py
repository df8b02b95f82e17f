"""How verdicts come about, and how often they are wrong: simulated error rates, and whether they apply to a run.

The figures are data (``words/error_rates.yaml``) with their source. They hold for the conditions that were
simulated; what differs in a run is named beside them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from harness.cards.facts import Facts
from harness.conformity.documents.words import read_words
from harness.conformity.dossier import Dossier
from harness.report.metric_names import compared_name
from harness.wording import listed, quantity


class VerdictErrors(Facts):
    """Wrong verdicts in percent of studies whose true difference is just the tolerance."""

    metric: str
    groups: int
    subjects: int
    icc: float
    difference: float
    wrongly_met: float
    wrongly_not_met: float


class ReportErrors(Facts):
    """Reports with a verdict of not met, in percent: of a fair system, and of one that is worse for a group."""

    subjects: int
    fair: float
    worse: float


class WholeReports(Facts):
    """Errors of whole reports."""

    source: str
    studies: int
    conditions: str
    not_met: list[ReportErrors]


class ErrorRates(Facts):
    """The published studies."""

    as_of: date
    source: str
    studies: int
    level: float
    clips: int
    rule: str
    verdicts: list[VerdictErrors]
    whole_reports: WholeReports


@dataclass(frozen=True)
class Risk:
    """How often a verdict on a metric is wrong, at most over the simulated conditions.

    Attributes:
        title: of the metric.
        tolerance: of the plan.
        derived_from: where the tolerance comes from; None if nobody states it.
        false_accept: ``met``, although the true difference is the tolerance, in percent.
        false_reject: ``not met``, although it is not beyond the tolerance, in percent.
    """

    title: str
    tolerance: float
    derived_from: str | None
    false_accept: float | None
    false_reject: float | None


@cache
def error_rates() -> ErrorRates:
    """The published error rates."""
    return ErrorRates.model_validate(read_words("error_rates"))


def risks(plan: Mapping[str, Any], metrics: Sequence[str], dossier: Dossier) -> list[Risk]:
    """The risks of the metrics that a plan compares; None where no study simulated the metric.

    Args:
        plan: the resolved plan.
        metrics: that the results compare.
        dossier: says where tolerances come from.
    """
    by_metric: dict[str, list[VerdictErrors]] = {}
    for one in error_rates().verdicts:
        by_metric.setdefault(one.metric, []).append(one)
    found = []
    for metric in metrics:
        studies = by_metric.get(metric.partition(":")[0], [])
        accepted = max((one.wrongly_met for one in studies), default=None)
        rejected = max((one.wrongly_not_met for one in studies), default=None)
        title, tolerance = compared_name(metric), tolerance_of(plan, metric)
        found.append(Risk(title, tolerance, dossier.derived_from(metric), accepted, rejected))
    return found


def tolerance_of(plan: Mapping[str, Any], metric: str) -> float:
    """The largest difference that the plan accepts on a metric."""
    measure = plan["measure"]
    own: Mapping[str, float] = measure["tolerances"]
    return float(own.get(metric, own.get(metric.partition(":")[0], measure["tolerance"])))


def beyond_simulated(plan: Mapping[str, Any]) -> list[str]:
    """In which respects a run lies outside of what was simulated, in sentences; empty if in none that is known."""
    return list(_beyond(plan, error_rates()))


def _beyond(plan: Mapping[str, Any], rates: ErrorRates) -> Iterator[str]:
    if plan["measure"]["level"] != rates.level:
        level = f"{100 * plan['measure']['level']:g} %"
        yield f"The confidence level is {level}; {100 * rates.level:g} % was simulated."
    sizes = {one.subjects for one in rates.verdicts}
    groups = [
        (axis, group["group"], group["subjects"])
        for axis, of_axis in plan["attributes"]["groups"].items()
        for group in of_axis["groups"]
        if group["subjects"] >= plan["measure"]["min_subjects"]
    ]
    small = [f"{group} ({axis.replace('_', ' ')}, {num})" for axis, group, num in groups if num < min(sizes)]
    if small:
        yield (
            f"{quantity(len(small), 'group')} with fewer than {min(sizes)} subjects, the fewest that were "
            f"simulated: {listed(small)}."
        )
    most = max(one.groups for one in rates.verdicts)
    wide = [
        axis.replace("_", " ") for axis, of in plan["attributes"]["groups"].items() if _tested(of, plan) > most
    ]
    if wide:
        yield f"More than {most} groups, the most that were simulated for verdicts: {listed(wide)}."


def _tested(axis: Mapping[str, Any], plan: Mapping[str, Any]) -> int:
    return sum(group["subjects"] >= plan["measure"]["min_subjects"] for group in axis["groups"])
