"""What the labels can carry: classes with too few subjects, and labels that were acted.

Shapes: N samples, S subjects, C classes, G groups.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow.compute as pc

from harness.alignment import NO_LABEL
from harness.attributes.grouping import UNKNOWN
from harness.attributes.groups import Groups
from harness.checks.findings import Case
from harness.metrics.additive import Ints
from harness.tables import DIMENSIONS, Result
from harness.wording import counted, listed

ACTED = "acted"


def support(case: Case) -> list[Result]:
    """Classes with fewer than ``min_subjects`` subjects: over all samples, and in the groups of every axis.

    The figure is the number of them; a group with too few subjects for every class counts once. A label
    that the model can answer and no sample has is a class without support.
    """
    mapping = case.aligned.mapping
    if mapping is None:
        return [case.finding("support", "not_tested", "There are no labels that the model answers.")]
    subjects_C = _num_subjects(case, np.zeros_like(case.aligned.truth), 1)[0]
    few = [
        f"{name} ({counted(int(n), 'subject')})"
        for name, n in zip(mapping.classes, subjects_C, strict=True)
        if n < case.min_subjects
    ]
    few += [f"{name} (no sample)" for name in mapping.outside]
    return [_finding(case, few, "all"), *(_in_groups(case, groups) for groups in case.axes)]


def acted_only(case: Case) -> list[Result]:
    """Whether all labels were acted; the figure is the share of samples that were."""
    truths = ("label", *DIMENSIONS)
    if all(case.samples[name].null_count == case.samples.num_rows for name in truths):
        return [case.finding("acted_only", "not_tested", "There are no labels.")]
    share = float(pc.mean(pc.equal(case.samples["label_source"], ACTED).cast("float64")).as_py())
    sources = listed(sorted(case.samples["label_source"].unique().to_pylist()))
    if share == 1:
        reason = (
            "Every label was acted. Acted expressions are stronger and more alike than spontaneous ones, so this "
            "says little of spontaneous emotion. Remedy: measure on elicited or observed emotion, too."
        )
        return [case.finding("acted_only", "not_met", reason, value=share, threshold=1.0)]
    return [case.finding("acted_only", "met", f"Labels come from: {sources}.", value=share, threshold=1.0)]


def _in_groups(case: Case, groups: Groups) -> Result:
    mapping = case.aligned.mapping
    assert mapping is not None
    subjects_GC = _num_subjects(case, groups.index, len(groups.names))
    few: list[str] = []
    for name, subjects_C in zip(groups.names, subjects_GC, strict=True):
        if name != UNKNOWN:
            few += _few_in_group(case, name, subjects_C, mapping.classes)
    return _finding(case, few, groups.axis)


def _few_in_group(case: Case, group: str, subjects_C: Ints, classes: Sequence[str]) -> list[str]:
    """A group that has too few subjects for any class is named once."""
    if subjects_C.max() < case.min_subjects:
        return [f"{group} ({counted(int(subjects_C.max()), 'subject')})"]
    return [
        f"{name} in {group} ({n})" for name, n in zip(classes, subjects_C, strict=True) if n < case.min_subjects
    ]


def _finding(case: Case, few: list[str], group: str) -> Result:
    enough = counted(case.min_subjects, "subject")
    if not few:
        where = "Every class" if group == "all" else "Every class in every group"
        return case.finding("support", "met", f"{where} has at least {enough}.", group=group, value=0)
    reason = (
        f"Fewer than {enough}: {listed(few)}. Nothing can be said about them. Remedy: collect more people, or "
        "claim nothing for these."
    )
    return case.finding("support", "not_met", reason, group=group, value=len(few), threshold=0)


def _num_subjects(case: Case, group_N: Ints, num_groups: int) -> Ints:
    """How many subjects show each class in each group, ``[G, C]``."""
    aligned, mapping = case.aligned, case.aligned.mapping
    assert mapping is not None
    num_classes = len(mapping.classes)
    labelled_N = aligned.truth != NO_LABEL
    cell_N = (group_N * num_classes + aligned.truth)[labelled_N]
    cells = np.unique(cell_N * aligned.num_subjects + aligned.subject[labelled_N]) // aligned.num_subjects
    return np.bincount(cells, minlength=num_groups * num_classes).reshape(num_groups, num_classes)
