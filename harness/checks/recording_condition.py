"""Recording conditions: can the label, or the group, be predicted from the recording alone?

If anger was recorded in one studio and calm in another, a system can be right without looking at the person. So
the label is predicted from properties of the recording, for subjects that were left out.

Shapes: N samples, T classes of a target.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from harness.arrays import Bools
from harness.attributes.groups import Groups
from harness.checks.checked_system import CheckedSystem
from harness.checks.predicted import Predicted, predicted
from harness.checks.properties import (
    CONTEXT,
    Property,
    context_properties,
    file_properties,
    time_property,
)
from harness.checks.target import Target, target_of
from harness.statistics.intervals import ALL_ALIKE
from harness.tables.alignment import NO_LABEL
from harness.tables.results import Result
from harness.verdicts.judge import Judgement, checked, not_tested
from harness.wording import listed, quantity

CHECK = "recording_condition"
FILES, TIME = "file properties", "time in the session"

NUM_FAMILIES = 3
"""Files and time, context columns, groups: each gets an equal part of the error."""

PARTS_OF_LABEL = ("ctx.intensity", "ctx.level")
"""How strongly the label was to be expressed: a part of the label, and no condition of the recording."""


def recording_condition(system: CheckedSystem) -> list[Result]:
    """The label, and the group along every axis, predicted from the recording alone."""
    files, contexts = (
        file_properties(system.samples, system.media),
        context_properties(system.samples, system.votes),
    )
    time = time_property(system.samples)
    return [*_label_findings(system, files, time, contexts), *_group_findings(system, [*files, time, *contexts])]


def samples_behind(system: CheckedSystem, finding: Mapping[str, Any]) -> Bools:
    """The samples whose label, or group, the recording gives away; without such, those it was tried on: ``[N]``.

    Those with a value that occurs with one class only, if there are such, or else those that were predicted right.

    Args:
        system: that was checked.
        finding: of this check, as a row of the results.
    """
    chosen_N = np.zeros(system.samples.num_rows, bool)
    axis = next((groups for groups in system.axes if groups.axis == finding["group"]), None)
    target = _labels(system) if axis is None else _groups(system, axis)
    if target is None or finding["value"] is None:
        return ~chosen_N
    files = file_properties(system.samples, system.media)
    time, contexts = time_property(system.samples), context_properties(system.samples, system.votes)
    named = {FILES: files, TIME: [time]} | {one.name: [one] for one in contexts}
    tried = _of_recording([*files, time, *contexts]) if axis else named.get(finding["group"], [])
    chosen_N[target.rows[_given_away(system, target, target.varying(tried), finding)]] = True
    return chosen_N


def _given_away(
    system: CheckedSystem, target: Target, properties: Sequence[Property], finding: Mapping[str, Any]
) -> Bools:
    every_R = np.ones(len(target.rows), bool)
    is_foretold = finding["verdict"] == "not_met" or finding["value"] >= finding["threshold"]
    if not is_foretold or not properties:
        return every_R
    is_context = properties[0].name == finding["group"] and not properties[0].measured
    if is_context and (only := target.only_with(properties[0], system.min_subjects)):
        code_R = properties[0].code
        of_value_R: Bools = np.any([(code_R == one.value) & (target.index == one.target) for one in only], axis=0)
        return of_value_R
    guesses = target.guessed_from(properties, system.seed)
    right_R: Bools = guesses.guess == guesses.target
    return right_R


def _label_findings(
    system: CheckedSystem, files: Sequence[Property], time: Property, contexts: Sequence[Property]
) -> Iterator[Result]:
    target = _labels(system)
    if target is None:
        yield system.finding(CHECK, not_tested("There are no two labels with enough subjects to compare."))
        return
    varying, varying_time = target.varying(files), target.varying([time])
    level = _shared_level(system, bool(varying) + bool(varying_time))
    yield _files_finding(system, target, varying, level)
    if varying_time:
        yield _time_finding(system, target, varying_time[0], level)
    varying = target.varying(contexts)
    for context in varying:
        yield _context_finding(system, target, context, _shared_level(system, len(varying)))


def _shared_level(system: CheckedSystem, num: int) -> float:
    """The level of each of several tests of a family, so that all of the check hold at the level of the study."""
    return 1 - (1 - system.level) / NUM_FAMILIES / max(1, num)


def _files_finding(system: CheckedSystem, target: Target, files: list[Property], level: float) -> Result:
    if not files:
        reason = (
            "Nothing is known of the files, or all are alike. Remedy: run with the media at hand and "
            "checks.media=true, so that duration, size, loudness and brightness are measured."
        )
        return system.finding(CHECK, not_tested(reason), group=FILES)
    found = predicted(target, files, level, system.seed)
    reason = (
        f"{_said(target, found, 'the label', 'properties of the file alone')}{_strongest(system, target, files)}"
        f"{found.single_classes}. The system itself reaches {_reached(system, target):.2f}."
    )
    if found.is_readable:
        reason += (
            " Remedy: read the system's UAR against this baseline, not against chance; balance these "
            "properties over the labels."
        )
    return _finding(system, FILES, found, checked(found.is_readable, reason))


def _time_finding(system: CheckedSystem, target: Target, time: Property, level: float) -> Result:
    """Where a sample stands within its recording: a fixed order of tasks is no property of a file."""
    found = predicted(target, [time], level, system.seed)
    reason = (
        f"{_said(target, found, 'the label', 'the time in the session alone')}{found.single_classes}. The system "
        f"itself reaches {_reached(system, target):.2f}."
    )
    if found.is_readable:
        reason += (
            " A system that knows the time, or anything that drifts with it, such as skin temperature, needs "
            "nothing else. Remedy: vary the order of the tasks between people, or compare with this baseline."
        )
    return _finding(system, TIME, found, checked(found.is_readable, reason))


def _context_finding(system: CheckedSystem, target: Target, context: Property, level: float) -> Result:
    only = [] if context.measured else target.only_with(context, system.min_subjects)
    found = predicted(target, [context], level, system.seed, certain=bool(only))
    is_readable = found.is_readable
    reason = _said(target, found, "the label", f"{context.name} alone") + found.single_classes
    reason += (f"; {listed([one.said for one in only])}" if only else "") + "."
    if is_readable and context.name in PARTS_OF_LABEL:
        reason += " It says how strongly the label was to be expressed, so it is part of the label and no fault."
        return _finding(system, context.name, found, not_tested(reason))
    if is_readable and context.measured:
        is_readable = None
        reason += (
            " If it is measured on the person, this is what a system should do; if it describes the recording, "
            "the label can be read off it."
        )
    elif is_readable:
        assigned = "context_assigned" in system.samples["label_source"].unique().to_pylist()
        reason += " The labels were assigned from the context, perhaps from this column." if assigned else ""
        reason += " Remedy: record every label under every condition, or show that the system does not see it."
    return _finding(system, context.name, found, checked(is_readable, reason))


def _group_findings(system: CheckedSystem, properties: Sequence[Property]) -> Iterator[Result]:
    """Whether groups were recorded in different ways: then a gap between them may be the recording's."""
    recorded = _of_recording(properties)
    for groups in system.axes:
        target = _groups(system, groups)
        varying = target.varying(recorded) if target else []
        if target is None or not varying:
            continue
        found = predicted(target, varying, _shared_level(system, len(system.axes)), system.seed)
        what = _said(target, found, f"the group of {groups.axis}", "properties of the recording alone")
        reason = f"{what}{_strongest(system, target, varying)}{found.single_classes}."
        if found.is_readable:
            reason += (
                " If this comes from how they were recorded, and not from the people, a gap between these groups "
                "may be the recording's. Remedy: compare them where these properties are alike."
            )
        yield _finding(system, groups.axis, found, checked(found.is_readable, reason))


def _labels(system: CheckedSystem) -> Target | None:
    mapping = system.aligned.mapping
    return target_of(system, mapping.classes, system.aligned.truth) if mapping else None


def _groups(system: CheckedSystem, groups: Groups) -> Target | None:
    is_unknown_N = np.zeros(len(groups.index), bool) if groups.unknown is None else groups.index == groups.unknown
    return target_of(system, groups.names, np.where(is_unknown_N, NO_LABEL, groups.index))


def _of_recording(properties: Sequence[Property]) -> list[Property]:
    """Without what may be measured on the person."""
    return [one for one in properties if not (one.measured and one.name.startswith(CONTEXT))]


def _said(target: Target, found: Predicted, what: str, by: str) -> str:
    alike = ", the same for everybody" if found.uar.interval.method == ALL_ALIKE else ""
    drawn = f" ({quantity(found.uar.num_subjects, 'subject')}, drawn at random)" if target.drawn else ""
    return (
        f"From {by}, {what} is predicted with a UAR of {found.uar.value:.2f}{alike} (chance {target.chance:.2f}) "
        f"for people it was not learned from{drawn}"
    )


def _strongest(system: CheckedSystem, target: Target, properties: list[Property]) -> str:
    if len(properties) == 1:
        return f", by {listed([properties[0].name])}"
    alone = [(target.guessed_from([p], system.seed).uar, p.name) for p in properties]
    value, name = max(alone)
    return f", most of all by {listed([name])} ({value:.2f})"


def _reached(system: CheckedSystem, target: Target) -> float:
    """The system's own UAR on the same samples."""
    right_N = system.aligned.answer[target.rows] == system.aligned.truth[target.rows]
    right_T = np.bincount(target.index[right_N], minlength=len(target.classes))
    return float((right_T / np.bincount(target.index)).mean())


def _finding(system: CheckedSystem, group: str, found: Predicted, judgement: Judgement) -> Result:
    interval = found.uar.interval
    return system.finding(
        CHECK,
        judgement,
        group=group,
        value=found.uar.value,
        interval=(None, None) if interval.method == ALL_ALIKE else (interval.lo, interval.hi),
        threshold=found.threshold,
        method=interval.method,
        num_samples=found.uar.num_samples,
        num_subjects=found.uar.num_subjects,
    )
