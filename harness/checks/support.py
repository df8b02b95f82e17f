"""Limits of the labels: classes with too few subjects, and labels that were acted.

Shapes: N samples, S subjects, C classes, G groups.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow.compute as pc

from harness.arrays import Bools, Ints
from harness.attributes.groups import Groups
from harness.checks.checked_system import CheckedSystem
from harness.statistics.codes import distinct
from harness.tables.alignment import NO_LABEL
from harness.tables.results import Result
from harness.tables.schemas import DIMENSIONS
from harness.verdicts.judge import checked, not_tested
from harness.wording import listed, quantity

CHECK = "support"
ACTED_ONLY = "acted_only"
ACTED = "acted"
NOT_STATED = "not_stated"


def support(system: CheckedSystem) -> list[Result]:
    """Classes with too few subjects to say anything of: over all samples, and in the groups of every axis.

    The figure is the number of them. A label that the model can answer and no sample has is a class without
    support. Few subjects within a group are not a fault of the test, as rows about groups say so themselves. A
    group with nobody in it is left out; a group with too few subjects for every class counts once.
    """
    mapping = system.aligned.mapping
    if mapping is None:
        return [system.finding(CHECK, not_tested("There are no labels that the model answers."))]
    subjects_C = _num_subjects(system, np.zeros_like(system.aligned.truth), 1)[0]
    few = [
        f"{name} ({quantity(int(n), 'subject')})"
        for name, n in zip(mapping.classes, subjects_C, strict=True)
        if n < system.min_subjects
    ]
    few += [f"{name} (no sample)" for name in mapping.outside]
    return [_overall(system, few), *(_in_groups(system, groups) for groups in system.axes)]


def samples_behind(system: CheckedSystem, finding: Mapping[str, Any]) -> Bools:
    """The samples of classes, or of classes within groups, with too few subjects; without such, all: ``[N]``.

    Args:
        system: that was checked.
        finding: of this check, as a row of the results.
    """
    aligned = system.aligned
    axis = next((groups for groups in system.axes if groups.axis == finding["group"]), None)
    group_N = np.zeros_like(aligned.truth) if axis is None else axis.index
    subjects_GC = _num_subjects(system, group_N, 1 if axis is None else len(axis.names))
    few_N: Bools = (aligned.truth != NO_LABEL) & (subjects_GC < system.min_subjects)[group_N, aligned.truth]
    if axis is not None and axis.unknown is not None:
        few_N &= group_N != axis.unknown
    return few_N if few_N.any() else np.ones_like(few_N)


def acted_only(system: CheckedSystem) -> list[Result]:
    """Whether all labels were acted; the figure is the share of samples that were."""
    truths = ("label", *DIMENSIONS)
    if all(system.samples[name].null_count == system.samples.num_rows for name in truths):
        return [system.finding(ACTED_ONLY, not_tested("There are no labels."))]
    if pc.any(pc.equal(system.samples["label_source"], NOT_STATED)).as_py():
        return [system.finding(ACTED_ONLY, not_tested("It is not stated who gave the labels."))]
    share = float(pc.mean(pc.equal(system.samples["label_source"], ACTED).cast("float64")).as_py())
    sources = listed(sorted(system.samples["label_source"].unique().to_pylist()))
    if share == 1:
        reason = (
            "Every label was acted. Acted expressions are stronger and more alike than spontaneous ones, so this "
            "says little of spontaneous emotion. Remedy: measure on elicited or observed emotion, too."
        )
        return [system.finding(ACTED_ONLY, checked(True, reason), value=share, threshold=1.0)]
    passed = checked(False, f"Labels come from: {sources}.")
    return [system.finding(ACTED_ONLY, passed, value=share, threshold=1.0)]


def acted_samples(system: CheckedSystem, finding: Mapping[str, Any]) -> Bools:
    """The samples whose labels were acted; where not all were, those whose labels were not: ``[N]``.

    Args:
        system: that was checked.
        finding: of `acted_only`, as a row of the results.
    """
    acted_N: Bools = pc.equal(system.samples["label_source"], ACTED).to_numpy()
    return acted_N if finding["verdict"] == "not_met" else ~acted_N


def _overall(system: CheckedSystem, few: list[str]) -> Result:
    if not few:
        passed = checked(False, f"Every class has at least {quantity(system.min_subjects, 'subject')}.")
        return system.finding(CHECK, passed, value=0)
    return system.finding(CHECK, checked(True, _too_few(system, few)), value=len(few), threshold=0)


def _in_groups(system: CheckedSystem, groups: Groups) -> Result:
    mapping = system.aligned.mapping
    assert mapping is not None
    subjects_GC = _num_subjects(system, groups.index, len(groups.names))
    inhabited = set(groups.index.tolist())
    few: list[str] = []
    for index, (group, subjects_C) in enumerate(zip(groups.groups, subjects_GC, strict=True)):
        if index in inhabited and not group.is_unknown:
            few += _few_in_group(system, group.name, subjects_C, mapping.classes)
    if not few:
        enough = f"Every class has at least {quantity(system.min_subjects, 'subject')} in every group"
        return system.finding(CHECK, checked(False, f"{enough} with anybody in it."), group=groups.axis, value=0)
    return system.finding(
        CHECK, checked(None, _too_few(system, few)), group=groups.axis, value=len(few), threshold=0
    )


def _too_few(system: CheckedSystem, few: list[str]) -> str:
    return (
        f"Fewer than {quantity(system.min_subjects, 'subject')}: {listed(few)}. Nothing can be said about them. "
        "Remedy: collect more people, or claim nothing for these."
    )


def _few_in_group(system: CheckedSystem, group: str, subjects_C: Ints, classes: Sequence[str]) -> list[str]:
    """A group that has too few subjects for any class is named once."""
    if subjects_C.max() < system.min_subjects:
        return [f"{group} ({quantity(int(subjects_C.max()), 'subject')})"]
    return [
        f"{name} in {group} ({n})" for name, n in zip(classes, subjects_C, strict=True) if n < system.min_subjects
    ]


def _num_subjects(system: CheckedSystem, group_N: Ints, num_groups: int) -> Ints:
    """How many subjects show each class in each group, ``[G, C]``."""
    aligned, mapping = system.aligned, system.aligned.mapping
    assert mapping is not None
    num_classes = len(mapping.classes)
    labelled_N = aligned.truth != NO_LABEL
    cell_N = (group_N * num_classes + aligned.truth)[labelled_N]
    cells = distinct(cell_N * aligned.num_subjects + aligned.subject[labelled_N]) // aligned.num_subjects
    return np.bincount(cells, minlength=num_groups * num_classes).reshape(num_groups, num_classes)
