"""Recording conditions: can the label, or the group, be read off the room?

If anger was recorded in one studio and calm in another, a system can be right without looking at the person. So
the label is predicted from properties of the recording alone, for subjects that were left out.

Shapes: N samples, T classes of a target.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from harness.checks.checked_system import CheckedSystem
from harness.checks.properties import CONTEXT, Property, context_properties, file_properties
from harness.checks.target import Target, target_of
from harness.statistics.bootstrap import MetricEstimate
from harness.statistics.intervals import ALL_ALIKE
from harness.tables.alignment import NO_LABEL
from harness.tables.results import Result
from harness.verdicts.judge import Judgement, checked, not_tested
from harness.wording import listed, quantity

CHECK = "recording_condition"
MIN_GAIN = 0.05
"""A UAR less than this above chance is of no use to anybody, however sure it is."""

PARTS_OF_LABEL = ("ctx.intensity", "ctx.level")
"""How strongly the label was to be expressed: a part of the label, and no condition of the recording."""


def recording_condition(system: CheckedSystem) -> list[Result]:
    """The label, and the group along every axis, predicted from the recording alone."""
    files, contexts = file_properties(system.samples, system.media), context_properties(system.samples)
    return [*_label_findings(system, files, contexts), *_group_findings(system, [*files, *contexts])]


def _label_findings(
    system: CheckedSystem, files: Sequence[Property], contexts: Sequence[Property]
) -> Iterator[Result]:
    mapping = system.aligned.mapping
    target = target_of(system, mapping.classes, system.aligned.truth) if mapping else None
    if target is None:
        yield system.finding(CHECK, not_tested("There are no two labels with enough subjects to tell apart."))
        return
    yield _files_finding(system, target, target.varying(files))
    varying = target.varying(contexts)
    level = 1 - (1 - system.level) / max(1, len(varying))
    for context in varying:
        yield _context_finding(system, target, context, target.told_by([context], level, system.seed))


def _files_finding(system: CheckedSystem, target: Target, files: list[Property]) -> Result:
    if not files:
        reason = (
            "Nothing is known of the files, or all are alike. Remedy: run with the media at hand and "
            "checks.media=true, so that duration, size, loudness and brightness are measured."
        )
        return system.finding(CHECK, not_tested(reason), group="file properties")
    found = target.told_by(files, system.level, system.seed)
    is_told = _is_told(found, target.chance)
    told = _told(target, found, "the label", "properties of the file alone")
    reason = (
        f"{told}{_strongest(system, target, files)}. The system itself reaches {_reached(system, target):.2f}."
    )
    if is_told:
        reason += (
            " Remedy: read the system's UAR against this baseline, not against chance; balance these "
            "properties over the labels."
        )
    return _finding(system, target, "file properties", found, checked(is_told, reason))


def _context_finding(system: CheckedSystem, target: Target, context: Property, found: MetricEstimate) -> Result:
    only = [] if context.measured else target.only_with(context, system.min_subjects)
    is_told = _is_told(found, target.chance, certain=bool(only))
    reason = (
        _told(target, found, "the label", f"{context.name} alone") + (f"; {listed(only)}" if only else "") + "."
    )
    if is_told and context.name in PARTS_OF_LABEL:
        reason += " It says how strongly the label was to be expressed, so it is part of the label and no fault."
        return _finding(system, target, context.name, found, not_tested(reason))
    if is_told and context.measured:
        is_told = None
        reason += (
            " If it is measured on the person, this is what a system should do; if it describes the recording, "
            "the label can be read off it."
        )
    elif is_told:
        assigned = "context_assigned" in system.samples["label_source"].unique().to_pylist()
        reason += " The labels were assigned from the context, perhaps from this column." if assigned else ""
        reason += " Remedy: record every label under every condition, or show that the system does not see it."
    return _finding(system, target, context.name, found, checked(is_told, reason))


def _group_findings(system: CheckedSystem, properties: Sequence[Property]) -> Iterator[Result]:
    """Whether groups were recorded in different ways: then a gap between them may be the recording's."""
    recorded = [p for p in properties if not (p.measured and p.name.startswith(CONTEXT))]
    level = 1 - (1 - system.level) / max(1, len(system.axes))
    for groups in system.axes:
        known_N = (
            groups.index
            if groups.unknown is None
            else np.where(groups.index == groups.unknown, NO_LABEL, groups.index)
        )
        target = target_of(system, groups.names, known_N)
        varying = target.varying(recorded) if target else []
        if target is None or not varying:
            continue
        found = target.told_by(varying, level, system.seed)
        is_told = _is_told(found, target.chance)
        what = _told(target, found, f"the group of {groups.axis}", "properties of the recording alone")
        reason = f"{what}{_strongest(system, target, varying)}."
        if is_told:
            reason += (
                " If this comes from how they were recorded, and not from the people, a gap between these groups "
                "may be the recording's. Remedy: compare them where these properties are alike."
            )
        yield _finding(system, target, groups.axis, found, checked(is_told, reason))


def _is_told(found: MetricEstimate, chance: float, *, certain: bool = False) -> bool | None:
    """Whether the target can be told from the recording; None where these subjects cannot say."""
    lo, hi = found.interval.lo, found.interval.hi
    above = found.value >= chance + MIN_GAIN
    if found.interval.method == ALL_ALIKE:
        return certain or above
    if certain or (lo is not None and lo > chance and above):
        return True
    return False if hi is not None and hi <= chance + MIN_GAIN else None


def _told(target: Target, found: MetricEstimate, what: str, by: str) -> str:
    alike = ", the same for everybody" if found.interval.method == ALL_ALIKE else ""
    drawn = f" ({quantity(found.num_subjects, 'subject')}, drawn at random)" if target.drawn else ""
    return (
        f"From {by}, {what} is told with a UAR of {found.value:.2f}{alike} (chance {target.chance:.2f}) for "
        f"people it was not learned from{drawn}"
    )


def _strongest(system: CheckedSystem, target: Target, properties: list[Property]) -> str:
    if len(properties) == 1:
        return f", by {listed([properties[0].name])}"
    alone = [(target.told_by([p], system.level, system.seed).value, p.name) for p in properties]
    value, name = max(alone)
    return f", most of all by {listed([name])} ({value:.2f})"


def _reached(system: CheckedSystem, target: Target) -> float:
    """The system's own UAR on the same samples."""
    right_N = system.aligned.answer[target.rows] == system.aligned.truth[target.rows]
    right_T = np.bincount(target.index[right_N], minlength=len(target.classes))
    return float((right_T / np.bincount(target.index)).mean())


def _finding(
    system: CheckedSystem, target: Target, group: str, found: MetricEstimate, judgement: Judgement
) -> Result:
    same_for_all = found.interval.method == ALL_ALIKE
    return system.finding(
        CHECK,
        judgement,
        group=group,
        value=found.value,
        interval=(None, None) if same_for_all else (found.interval.lo, found.interval.hi),
        threshold=target.chance + MIN_GAIN,
        method=found.interval.method,
        num_samples=found.num_samples,
        num_subjects=found.num_subjects,
    )
