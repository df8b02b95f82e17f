"""What a reader must know first, in sentences that report and terminal share.

For whom it works worse, what could not be judged, and which samples have no answer.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from harness.attributes.group import EVERYBODY, THE_REST, Group
from harness.report.check_findings import Finding
from harness.report.gap_tables import WORSE
from harness.report.group_names import axis_name
from harness.report.levels_table import Results
from harness.report.metric_names import better, compared_name, in_display_order
from harness.report.numbers import short
from harness.report.ranked_gaps import FOUND, Gap, Untested
from harness.report.sections import Failure
from harness.tables.probe_tables import BLIND
from harness.verdicts.judge import is_within
from harness.wording import quantity

REASONS_IN_BRIEF = 4


@dataclass(frozen=True)
class WorseOff:
    """A group for which the system was shown to work worse, by the first of its metrics in display order.

    Attributes:
        axis: the axis in words; empty for a group that a search found, whose name says it.
        group: the group.
        metric: the metric in words.
        value: of the group; None if it is not shown.
        direction: ``lower``, ``higher`` or ``farther from zero``.
        gap: the worst gap of this metric.
        also: the other metrics that are worse beyond the tolerance, in words.
    """

    axis: str
    group: Group
    metric: str
    value: float | None
    direction: str
    gap: Gap
    also: tuple[str, ...]


def worse_off(ranked: Sequence[Gap], results: Results) -> list[WorseOff]:
    """The groups with a gap that is not met, in the order of the ranking; if there are none, those of the search.

    Args:
        ranked: the gaps of the system, the worst first.
        results: the levels of the system.
    """
    named = [gap for gap in ranked if gap.worse != THE_REST]
    not_met = [gap for gap in named if gap.verdict == "not_met"]
    by_group: dict[tuple[str, Group], dict[str, Gap]] = {}
    for gap in not_met or [gap for gap in named if gap.verdict == FOUND]:
        by_group.setdefault((gap.axis, gap.worse), {}).setdefault(gap.metric, gap)
    return [_worse_off(of_group, results) for of_group in by_group.values()]


def open_gaps(ranked: Sequence[Gap], untested: Sequence[Untested]) -> str | None:
    """How many gaps are open, and whether the people are too few; None if all are decided or nothing is grouped.

    Args:
        ranked: the gaps of the system.
        untested: the groups that were not tested.
    """
    if not ranked:
        small = [one for one in untested if one.group != EVERYBODY]
        groups = quantity(len(small), "group")
        return f"Too few people to judge groups: {groups} not tested, no gap measured." if small else None
    judged = [gap for gap in ranked if gap.verdict in ("not_met", "inconclusive", "met")]
    undecided = [gap for gap in judged if gap.verdict == "inconclusive"]
    if not undecided:
        return None
    amount = f"{len(undecided):,} of {quantity(len(judged), 'gap')} {'is' if len(undecided) == 1 else 'are'} open"
    if not any(map(_is_too_wide, undecided)):
        return f"{amount}."
    if len(undecided) == len(judged):
        return f"Too few people to judge groups: {amount}."
    return f"{amount}: too few people, or too close to the tolerance, to judge."


def uses_media(found: Sequence[Finding]) -> list[Finding]:
    """What the blind control found, which stands above every figure: faults first; empty where nobody looked."""
    return [one for one in found if one.row["metric"] == BLIND and one.verdict != "not_tested"]


def media_untested(found: Sequence[Finding]) -> list[str]:
    """What the blind control asked without being able to say anything: of what, and why."""
    asked = [one for one in found if one.row["metric"] == BLIND and one.verdict == "not_tested"]
    return [f"{one.about}: not tested. {one.sentence}" for one in asked if one.about]


def scored_nothing(failures: Sequence[Failure], num_samples: int) -> bool:
    """Whether no sample has a score."""
    return 0 < num_samples == sum(failure.num_samples for failure in failures)


def unscored(system: str, failures: Sequence[Failure], num_samples: int) -> str | None:
    """How many samples have no score, by reason; None if all have one.

    Args:
        system: its name.
        failures: the reasons, the most frequent first.
        num_samples: all samples.
    """
    num = sum(failure.num_samples for failure in failures)
    if not num:
        return None
    by_reason = Counter[str]()
    for failure in failures:  # one reason may stand for failures and for samples that were declined
        by_reason[failure.reason] += failure.num_samples
    most = by_reason.most_common(REASONS_IN_BRIEF)
    shown = [f"{count:,} {short(reason)}" for reason, count in most]
    if rest := num - sum(count for _, count in most):
        shown.append(f"{rest:,} other")
    if scored_nothing(failures, num_samples):
        return f"{short(system)} scored nothing: {', '.join(shown)}."
    return f"{num:,} of {quantity(num_samples, 'sample')} without a score: {', '.join(shown)}."


def _worse_off(gaps: Mapping[str, Gap], results: Results) -> WorseOff:
    first, *others = in_display_order(list(gaps))
    gap = gaps[first]
    row = results.row(results.system, gap.metric, gap.axis, gap.worse)
    return WorseOff(
        axis="" if gap.verdict == FOUND else axis_name(gap.attributes),
        group=gap.worse,
        metric=compared_name(first),
        value=row["value"] if row else None,
        direction=WORSE[better(first)],
        gap=gap,
        also=tuple(map(compared_name, others)),
    )


def _is_too_wide(gap: Gap) -> bool:
    """Whether the interval reaches across the edge of what is accepted, which more people would narrow."""
    if gap.lo is None or gap.hi is None or gap.tolerance is None:
        return False
    return is_within(gap.lo, gap.hi, gap.tolerance) is None
