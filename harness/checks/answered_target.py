"""The labels of the samples that a system answered with one of them.

Shapes: N samples, R those of them that are used, K classes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from harness.arrays import Ints
from harness.checks.checked_system import CheckedSystem
from harness.checks.target import Target, target_of
from harness.tables.alignment import NO_LABEL


@dataclass(frozen=True)
class AnsweredTarget:
    """The label, and the answer, of every sample that is used.

    Attributes:
        label: of enough subjects each; its K classes are those of the answers.
        answer: ``[R]``, 0 … K - 1.
    """

    label: Target
    answer: Ints


def answered_target(system: CheckedSystem) -> AnsweredTarget | None:
    """Samples with a label and an answer among the classes that enough subjects have; None if there are too few.

    Samples that were not answered, or answered with something else, are left out: against labels that have nothing
    to do with a sample, its answer is then right in one of K cases, however often each class is answered.
    """
    mapping, answer_N = system.aligned.mapping, system.aligned.answer
    if mapping is None:
        return None
    truth_N = np.where((answer_N >= 0) & (answer_N < len(mapping.classes)), system.aligned.truth, NO_LABEL)
    while (target := target_of(system, mapping.classes, truth_N)) is not None:
        kept = np.unique(truth_N[target.rows])
        others_N = ~np.isin(answer_N, kept)
        if not others_N[target.rows].any():
            return AnsweredTarget(target, np.searchsorted(kept, answer_N[target.rows]))
        truth_N = np.where(others_N, NO_LABEL, truth_N)
    return None
