"""Negative control: are the answers better than they could be against what a system cannot know?

A system that reads people knows neither the labels of others nor the hour. Where its answers have to do with these
all the same, the design of the test, or something that the system reads beside the person, shows in them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from harness.arrays import Bools
from harness.attributes.groups import Groups
from harness.checks.answered_target import AnsweredTarget, answered_target
from harness.checks.checked_system import MAX_CLASSES, CheckedSystem
from harness.checks.labels_of_others import GroupGap, LabelsOfOthers
from harness.checks.negative_outcomes import answers_by, outcome_finding
from harness.checks.shared_context import Estimate, SharedContext
from harness.tables.results import Result
from harness.verdicts.judge import Judgement, checked, not_tested
from harness.wording import listed, quantity

CHECK = "negative_control"
MIN_GAIN = 0.05
"""A gain in UAR below this is of no use to anybody, however sure it is."""


def negative_control(system: CheckedSystem) -> list[Result]:
    """Answers against what a system cannot know: labels of other people in the same context, columns of the plan.

    Nothing is looked for unless the plan names a column. The error of the study is divided among the columns; of
    labels of others, half is for the gain and half for gaps between groups.
    """
    control = system.control
    if not control.num:
        return []
    answered, level = answered_target(system), 1 - (1 - system.level) / control.num
    if answered is None:
        reason = f"There are no answers to between 2 and {MAX_CLASSES} labels with enough subjects."
        return [
            system.finding(CHECK, not_tested(reason), group=column)
            for column in (*control.labels_of_others, *control.outcomes)
        ]
    found = [row for column in control.labels_of_others for row in _beside_others(system, answered, column, level)]
    return [*found, *(outcome_finding(system, answered, column, level, CHECK) for column in control.outcomes)]


def samples_behind(system: CheckedSystem, finding: Mapping[str, Any]) -> Bools:
    """The answered samples at values that people share; of a gap, those of the two groups that differ: ``[N]``.

    Args:
        system: that was checked.
        finding: of this check, as a row of the results.
    """
    behind_N = np.zeros(system.samples.num_rows, bool)
    columns = _columns_by_finding(system)
    answered = answered_target(system)
    column, groups = columns.get(finding["group"], ("", None))
    shared = None if answered is None else SharedContext.of(answered, system.samples, column)
    if shared is None:
        return ~behind_N
    behind_N[shared.rows] = True
    others = None if groups is None else LabelsOfOthers.at(shared)
    if groups is None or others is None:
        return behind_N
    gap = others.group_gap(groups, system.min_subjects, system.level)
    if gap is not None:
        behind_N &= np.isin(groups.index, [groups.names.index(name) for name in gap.names])
    return behind_N


def _columns_by_finding(system: CheckedSystem) -> dict[str, tuple[str, Groups | None]]:
    """What a finding is about → its column, and the groups between which a gap is looked for."""
    control = system.control
    return {
        **{column: (column, None) for column in control.labels_of_others},
        **{
            _gap_at(groups, column): (column, groups)
            for column in control.labels_of_others
            for groups in system.axes
        },
        **{answers_by(column): (column, None) for column in control.outcomes},
    }


def _gap_at(groups: Groups, column: str) -> str:
    return f"{groups.axis} at {column}"


def _beside_others(system: CheckedSystem, answered: AnsweredTarget, column: str, level: float) -> Iterator[Result]:
    shared = SharedContext.of(answered, system.samples, column)
    others = None if shared is None else LabelsOfOthers.at(shared)
    if others is None:
        reason = f"There are no two values of {column} that people share and at which all labels occur."
        yield system.finding(CHECK, not_tested(reason), group=column)
        return
    axes = [groups for groups in system.axes if not groups.is_intersection]
    half = 1 - (1 - level) / 2 if axes else level
    yield _gain_finding(system, answered, others, column, half)
    for groups in axes:
        gap = others.group_gap(groups, system.min_subjects, 1 - (1 - half) / len(axes))
        yield _gap_finding(system, others.shared, _gap_at(groups, column), gap)


def _gain_finding(
    system: CheckedSystem, answered: AnsweredTarget, others: LabelsOfOthers, column: str, level: float
) -> Result:
    agreement, gain, shared = others.agreement(level), others.gain(level), others.shared
    chance, by_label = answered.label.chance, float(others.total.by_label)
    drawn = f" ({quantity(shared.num_subjects, 'subject')}, drawn at random)" if answered.label.drawn else ""
    text = (
        f"Against labels of other people at the same {column}{shared.bins}, which it cannot know, the system has "
        f"a UAR of {agreement.shown()}{drawn}: chance is {chance:.3f}, and it would be {by_label:.3f} if answers "
        f"depended on the label of their own sample alone, a gain of {gain.shown('+')}. Labels carried from "
        f"person to person reach {others.carried(level).shown()}: this much {column} gives away"
    )
    return system.finding(
        CHECK,
        _gain_judged(text, gain, others, chance, column),
        group=column,
        value=gain.value,
        interval=gain.bounds or (None, None),
        method=gain.interval.method,
        threshold=MIN_GAIN,
        sides=(agreement.value, by_label),
        chance=chance,
        num_samples=len(shared.rows),
        num_subjects=shared.num_subjects,
    )


def _gain_judged(text: str, gain: Estimate, others: LabelsOfOthers, chance: float, column: str) -> Judgement:
    bounds, carried = gain.bounds, float(others.total.carried)
    if carried >= 1 - MIN_GAIN:
        same = f"so a system that reads {column} cannot be told from one that reads the person"
        return checked(None, f"{text}, {same}.")
    if bounds is not None and bounds[0] > 0 and gain.value >= MIN_GAIN:
        return checked(
            True,
            f"{text}. Part of its answers comes with {column} and not from the person. It does not show how: the "
            "system may read it, or people show a label otherwise there. Remedy: record every label at every "
            "value of it; until then, read the accuracy beside what labels of others reach.",
        )
    if not others.is_even and (bounds is None or bounds[1] > MIN_GAIN):
        return checked(None, f"{text}. With these people it may be chance.")
    if carried <= chance + MIN_GAIN:
        text += (
            ", so that it helps no system. Whether answers go with it is another question: name it under "
            "checks.negative_outcomes"
        )
    return checked(False, f"{text}.")


def _gap_finding(system: CheckedSystem, shared: SharedContext, about: str, gap: GroupGap | None) -> Result:
    if gap is None:
        reason = f"Fewer than two groups with {quantity(system.min_subjects, 'subject')} who share values."
        return system.finding(CHECK, not_tested(reason), group=about)
    return system.finding(
        CHECK,
        _gap_judged(gap),
        group=about,
        value=gap.estimate.value,
        interval=gap.estimate.bounds or (None, None),
        method=gap.estimate.interval.method,
        threshold=MIN_GAIN,
        sides=gap.gains,
        num_samples=len(shared.rows),
        num_subjects=shared.num_subjects,
    )


def _gap_judged(gap: GroupGap) -> Judgement:
    bounds = gap.estimate.bounds
    gains = [f"{gain:+z.3f} ({listed([name])})" for name, gain in zip(gap.names, gap.gains, strict=True)]
    most = "" if gap.num_pairs == 1 else f", the largest of {gap.num_pairs}"
    text = (
        f"Against labels of other people, groups gain {listed(gains)} by the context: a gap of "
        f"{gap.estimate.shown()}{most}"
    )
    if bounds is not None and bounds[0] > 0 and gap.estimate.value >= MIN_GAIN:
        return checked(
            True,
            f"{text}. The context helps one of them more, so a gap in accuracy between them is in part that of "
            "the test. Remedy: compare them where they have the same contexts with the same labels.",
        )
    if gap.all_within is not None and gap.all_within[0] >= -MIN_GAIN and gap.all_within[1] <= MIN_GAIN:
        return checked(False, f"{text}.")
    return checked(None, f"{text}. With these people it may be chance.")
