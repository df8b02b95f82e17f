"""The run seen as a biometric performance test with demographic variation, as data for its page.

ISO/IEC 19795-10. Per group: failure to acquire with its reasons, shift of scores, errors with the rules of 3 and
of 30, response time; and for every axis whether it is the membership of a group or a measure of how people look.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.attributes.group import EVERYBODY, Group
from harness.conformity.documents.document_facts import ANSWERED, RIGHT, DocumentFacts
from harness.conformity.documents.effective_numbers import (
    Correlation,
    EffectiveCell,
    correlation,
    effective_cell,
)
from harness.metrics.latency import Latency
from harness.report.gap_tables import INDICES
from harness.report.group_names import axis_name
from harness.report.ranked_gaps import rows_of
from harness.report.reliability import bins
from harness.tables.results import select

MAX_GROUPS = 120
"""Of all axes together; all are in the results."""

MAX_REASONS = 3
"""Of one group."""

PHENOTYPIC = frozenset({"skin_tone", "fitzpatrick", "monk", "ita"})
"""Attributes that measure how a person looks, whatever group the person belongs to."""

_FAILURES = ("abstained", "failed")


@dataclass(frozen=True)
class Confidence:
    """How confident the system is in a group, from its reliability curve.

    Attributes:
        mean: of the highest score.
        shift: that mean minus the one over all samples.
        right: the share that is right.
        num_samples: with scores.
    """

    mean: float
    shift: float
    right: float
    num_samples: int

    @property
    def excess(self) -> float:
        """By how much the mean is above the share that is right."""
        return self.mean - self.right


@dataclass(frozen=True)
class GroupView:
    """One group.

    Attributes:
        group: the group.
        answered: its row of coverage; None without one.
        reasons: (outcome, reason or empty, row) of the samples without a score.
        acquire: the rules on failures to acquire.
        right: its row of right answers; None without labels.
        errors: the rules on errors.
        confidence: None where the system gives no scores, or the group was not tested.
        times: how long answers took; None where it was not recorded per group.
    """

    group: Group
    answered: Mapping[str, Any] | None
    reasons: Sequence[tuple[str, str, Mapping[str, Any]]]
    acquire: EffectiveCell
    right: Mapping[str, Any] | None
    errors: EffectiveCell
    confidence: Confidence | None
    times: Latency | None


@dataclass(frozen=True)
class AxisView:
    """One axis.

    Attributes:
        title: in words.
        is_phenotypic: whether it measures how people look.
        source: who says what people are.
        groups: the first ones, where there are too many for a page.
        num_more: groups that are left out.
        indices: (title, row) of the equitability indices of correct answers, or of the first metric that has any.
        together: (other axis in words, row): how closely a phenotypic measure goes together with group membership.
    """

    title: str
    is_phenotypic: bool
    source: str
    groups: Sequence[GroupView]
    num_more: int
    indices: Sequence[tuple[str, Mapping[str, Any]]]
    together: Sequence[tuple[str, Mapping[str, Any]]]


@dataclass(frozen=True)
class BiometricView:
    """The whole view.

    Attributes:
        all_samples: everybody, as a group.
        axes: with at most `MAX_GROUPS` groups together.
        num_more: axes that are left out.
        icc_of_errors: with which the effective numbers of errors are computed.
        icc_of_answers: likewise of failures to acquire.
        absent: what the standard asks for and the run does not have, in sentences.
    """

    all_samples: GroupView
    axes: Sequence[AxisView]
    num_more: int
    icc_of_errors: Correlation
    icc_of_answers: Correlation
    absent: Sequence[str]


def biometric_view(facts: DocumentFacts) -> BiometricView:
    """The view of a run."""
    assumed = float(facts.power["assumed"]["icc"]) if facts.power else None
    of_errors = correlation(facts.right, assumed)
    of_answers = correlation(facts.level(ANSWERED), assumed)
    maker = _Groups(facts, of_errors.value, of_answers.value)
    axes = [_axis(facts, maker, axis, num) for axis, num in facts.shown_axes(MAX_GROUPS)]
    return BiometricView(
        all_samples=maker.group("overall", EVERYBODY),
        axes=axes,
        num_more=len(facts.results.axes()) - len(axes),
        icc_of_errors=of_errors,
        icc_of_answers=of_answers,
        absent=_absent(facts, axes),
    )


def _axis(facts: DocumentFacts, maker: _Groups, axis: str, num: int) -> AxisView:
    attributes = facts.results.attributes(axis)
    groups = facts.results.groups(axis)
    sources = facts.plan["attributes"]["sources"]
    stated = dict.fromkeys(str(sources.get(name, {}).get("source", "not_stated")) for name in attributes)
    return AxisView(
        title=axis_name(attributes),
        is_phenotypic=any(name in PHENOTYPIC for name in attributes),
        source=", ".join(source.replace("_", " ") for source in stated),
        groups=[maker.group(axis, group) for group in groups[:num]],
        num_more=len(groups) - num,
        indices=_indices(facts, axis),
        together=_together(facts, axis) if any(name in PHENOTYPIC for name in attributes) else (),
    )


def _together(facts: DocumentFacts, axis: str) -> list[tuple[str, Mapping[str, Any]]]:
    rows = select(facts.run.results, kind="association", model=facts.run.system, axis=axis).to_pylist()
    return [
        (axis_name([row["other_axis"]]), row)
        for row in rows
        if row["value"] is not None and row["other_axis"] not in PHENOTYPIC
    ]


def _indices(facts: DocumentFacts, axis: str) -> list[tuple[str, Mapping[str, Any]]]:
    rows = [row for row in rows_of(facts.run.results, facts.run.system, "index") if row["axis"] == axis]
    metrics = list(dict.fromkeys(row["metric"] for row in rows))
    chosen = RIGHT if RIGHT in metrics else next(iter(metrics), None)
    of_metric = {row["index"]: row for row in rows if row["metric"] == chosen}
    return [(title, of_metric[name]) for name, title in INDICES.items() if name in of_metric]


class _Groups:
    """Makes the views of groups.

    Args:
        facts: of the run.
        icc_of_errors: the intra-class correlation of errors.
        icc_of_answers: likewise of failures to acquire.
    """

    def __init__(self, facts: DocumentFacts, icc_of_errors: float, icc_of_answers: float) -> None:
        self._facts = facts
        self._iccs = icc_of_errors, icc_of_answers
        self._everybody = _confidence(facts, "overall").get(EVERYBODY)
        self._reasons = _reasons(facts)
        self._times = {(one.axis or "overall", one.group): one for one in facts.times}

    def group(self, axis: str, group: Group) -> GroupView:
        """One group of an axis; with ``overall``, everybody."""
        answered, right = (self._row(metric, axis, group) for metric in (ANSWERED, RIGHT))
        tested = answered is not None and answered["value"] is not None
        reasons = self._reasons.get((axis, group), []) if tested else []
        of_errors, of_answers = self._iccs
        return GroupView(
            group=group,
            answered=answered,
            reasons=reasons,
            acquire=effective_cell(answered, of_answers, is_error=False),
            right=right,
            errors=effective_cell(right, of_errors, is_error=False),
            confidence=self._confidence(axis, group) if tested else None,
            times=self._times.get((axis, None if axis == "overall" else group.name)),
        )

    def _row(self, metric: str, axis: str, group: Group) -> dict[str, Any] | None:
        return self._facts.results.row(self._facts.run.system, metric, axis, group)

    def _confidence(self, axis: str, group: Group) -> Confidence | None:
        found = _confidence(self._facts, axis).get(group)
        if found is None or self._everybody is None:
            return None
        mean, right, num = found
        return Confidence(mean, mean - self._everybody[0], right, num)


def _confidence(facts: DocumentFacts, axis: str) -> dict[Group, tuple[float, float, int]]:
    """Of each group with a reliability curve: mean confidence, share right, samples."""
    found = {}
    for group, of_group in bins(facts.curves, axis).items():
        num = sum(one.num_samples for one in of_group)
        if num:
            mean = sum(one.num_samples * one.confidence for one in of_group) / num
            found[group] = mean, sum(one.num_samples * one.right for one in of_group) / num, num
    return found


def _reasons(facts: DocumentFacts) -> dict[tuple[str, Group], list[tuple[str, str, Mapping[str, Any]]]]:
    """By axis and group: why samples have no score, the most frequent reasons."""
    found: dict[tuple[str, Group], list[tuple[str, str, Mapping[str, Any]]]] = {}
    for row in rows_of(facts.run.results, facts.run.system, "level"):
        outcome, _, reason = row["metric"].partition(":")
        if outcome in _FAILURES and reason and row["value"]:
            found.setdefault((row["axis"], Group.of_row(row)), []).append((outcome, reason, row))
    return {
        place: sorted(rows, key=lambda one: (-one[2]["value"], one[1]))[:MAX_REASONS]
        for place, rows in found.items()
    }


def _absent(facts: DocumentFacts, axes: Sequence[AxisView]) -> list[str]:
    found = []
    if not axes:
        found.append("Groups: the data do not say who the people are, so nothing is shown by group.")
    elif not any(axis.is_phenotypic for axis in axes):
        found.append(
            "A phenotypic measure beside group membership, such as skin tone: the samples have none, so a "
            "difference between groups cannot be traced to how people look."
        )
    elif all(axis.is_phenotypic for axis in axes):
        found.append("Group membership beside the phenotypic measure: the samples have none.")
    if not any(group.confidence for axis in axes for group in axis.groups):
        found.append("Shift of scores: no confidence is stored by group.")
    else:
        found.append(
            "Distribution of the score of each class by group: the stored tables have the confidence, which is "
            "the highest score, in bins. The scores themselves are in predictions.parquet."
        )
    if not facts.times:
        found.append("Response time: it was not recorded.")
    elif len(facts.times) == 1:
        found.append(
            "Response time by group: samples were computed in batches, whose time cannot be told apart by person. "
            "The times over all samples are shown."
        )
    if facts.right is None:
        found.append("Errors of classification: the samples or the answers have no labels.")
    return found
