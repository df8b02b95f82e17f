"""The plan's section on what the parts of a combined system do not answer.

Shapes: N samples, M parts.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from harness.arrays import Bools
from harness.attributes.grouping import MAX_GROUPS, Grouping
from harness.attributes.groups import axes_of, group_samples
from harness.attributes.missing_answers import GroupShares, MissingAnswers
from harness.tables.subject_numbers import subject_numbers


def missing_answers(
    absent: Mapping[str, Bools], samples: pa.Table, grouping: Grouping, *, min_subjects: int
) -> MissingAnswers:
    """Count them.

    Args:
        absent: part → whether it has no answer to each sample ``[N]``.
        samples: of the study.
        grouping: of its groups.
        min_subjects: a group with fewer is left out.
    """
    absent_NM = np.stack(list(absent.values()), axis=1)
    subject_N, _ = subject_numbers(samples)

    def of(here_N: Bools, axis: str | None = None, group: str | None = None) -> GroupShares:
        of_group = absent_NM[here_N]
        shares = tuple(float(share) for share in of_group.mean(axis=0))
        return GroupShares(axis, group, len(of_group), shares, float(of_group.any(axis=1).mean()))

    found = [of(np.ones(len(absent_NM), np.bool_))]
    for axis in axes_of(samples):
        groups = group_samples(samples, axis, grouping)
        for code, name in enumerate(groups.names if len(groups.names) <= MAX_GROUPS else ()):
            here_N = groups.index == code
            if len(np.unique(subject_N[here_N])) >= min_subjects:
                found.append(of(here_N, axis, name))
    return MissingAnswers(tuple(absent), tuple(found))
