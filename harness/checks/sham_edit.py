"""Does a system react to what an edit is about, or to any edit of its size?

A family of conditions ``NAME_sham`` is the control of ``NAME``: an edit as large as the other that leaves what the
other is about, such as the tone of the skin. Answers that change under it change for another reason.

Shapes: N samples, n of them with an answer on clean media that both edits could change.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from harness.arrays import Bools, Floats, Ints
from harness.checks.checked_system import CheckedSystem
from harness.errors import Reason, reason_code
from harness.statistics.intervals import Interval
from harness.statistics.skew_corrected import SKEW_CORRECTED, corrected_mean
from harness.statistics.subject_means import DIFFERENCE, SHARE
from harness.tables.condition_names import SEVERITY
from harness.tables.predictions import rows_of
from harness.tables.results import Result
from harness.tables.schemas import CLEAN
from harness.verdicts.judge import checked, not_tested
from harness.wording import quantity

CHECK = "sham_edit"
SUFFIX = "_sham"
TOLERATED = 0.05
"""Of the answers so many may change under a sham edit."""


def sham_edit(system: CheckedSystem) -> Iterator[Result]:
    """Whether answers change under a sham edit, as they do under the edit that it is the control of."""
    if system.predictions is None or system.condition != CLEAN:
        return
    pairs = _pairs(system.predictions)
    for edit, sham in pairs:
        yield _finding(system, _Changed.of(system, edit, sham), edit, sham, 1 - (1 - system.level) / len(pairs))


@dataclass(frozen=True)
class _Changed:
    """Which answers change under each of two conditions.

    Attributes:
        edit, sham: ``[n]``, whether the answer is another than on clean media; one that is lost is another.
        subject: ``[n]``.
    """

    edit: Bools
    sham: Bools
    subject: Ints

    @classmethod
    def of(cls, system: CheckedSystem, edit: str, sham: str) -> _Changed:
        """Compare the answers of a system, sample by sample."""
        ids = system.samples["sample_id"]
        clean_N, edit_N, sham_N = (_answers(system, name, ids) for name in (CLEAN, edit, sham))
        used_N = np.array([name is not None for name in clean_N])
        used_N &= np.array([NOT_CHANGED not in pair for pair in zip(edit_N, sham_N, strict=True)], dtype=np.bool_)
        return cls((edit_N != clean_N)[used_N], (sham_N != clean_N)[used_N], system.aligned.subject[used_N])


NOT_CHANGED = ""
"""Stands for a sample that a condition could not change."""


def _pairs(predictions: pa.Table) -> list[tuple[str, str]]:
    """The conditions of which the control was measured, too, with it; in the order of their names."""
    measured = set(predictions["condition"].unique().to_pylist())
    named = [(name, *name.partition(SEVERITY)) for name in sorted(measured)]
    return [
        (f"{family.removesuffix(SUFFIX)}{at}{severity}", name)
        for name, family, at, severity in named
        if family.endswith(SUFFIX) and f"{family.removesuffix(SUFFIX)}{at}{severity}" in measured
    ]


def _answers(system: CheckedSystem, condition: str, ids: pa.ChunkedArray) -> np.ndarray:
    """The label that each sample got ``[N]``; None without one, `NOT_CHANGED` where nothing was changed."""
    assert system.predictions is not None
    own = rows_of(system.predictions, system.model, condition)
    own = own.take(pc.index_in(ids, value_set=own["sample_id"].combine_chunks()).combine_chunks())
    cells = zip(own["label"].to_pylist(), own["reason"].to_pylist(), strict=True)
    return np.array(
        [NOT_CHANGED if reason_code(reason or "") == Reason.NOT_APPLICABLE else label for label, reason in cells],
        dtype=object,
    )


def _finding(system: CheckedSystem, found: _Changed, edit: str, sham: str, level: float) -> Result:
    num_subjects = len(np.unique(found.subject))
    if num_subjects < system.min_subjects:
        why = f"{edit} and {sham} both changed samples of {quantity(num_subjects, 'subject')}; "
        reason = not_tested(f"{why}at least {system.min_subjects} are needed.")
        return system.finding(CHECK, reason, group=edit, num_samples=len(found.edit), num_subjects=num_subjects)
    of_sham = corrected_mean(found.sham.astype(np.float64), found.subject, level, SHARE)
    more: Floats = found.edit.astype(np.float64) - found.sham
    difference = corrected_mean(more, found.subject, level, DIFFERENCE)
    lo, hi = of_sham[1].lo, of_sham[1].hi
    is_decided = lo is not None and hi is not None and not lo <= TOLERATED < hi
    fault = of_sham[0] > TOLERATED if is_decided else None
    return system.finding(
        CHECK,
        checked(fault, _said(edit, sham, float(found.edit.mean()), of_sham, difference, fault)),
        group=edit,
        value=of_sham[0],
        interval=(lo, hi),
        threshold=TOLERATED,
        method=SKEW_CORRECTED,
        sides=(float(found.edit.mean()), of_sham[0]),
        num_samples=len(found.edit),
        num_subjects=num_subjects,
    )


def _said(
    edit: str,
    sham: str,
    share: float,
    of_sham: tuple[float, Interval],
    difference: tuple[float, Interval],
    fault: bool | None,
) -> str:
    """What changes, by how much more, and what follows."""
    figures = (
        f"Under {edit} {share:.0%} of the answers change, under {sham}, which is as large and leaves what the "
        f"edit is about, {of_sham[0]:.0%}{_within(of_sham[1])}: a difference of {100 * difference[0]:+.0f} "
        f"points{_within(difference[1])}."
    )
    lo, hi = difference[1].lo, difference[1].hi
    is_more = lo is not None and lo > 0 and share > TOLERATED
    if fault:
        more = "Only the difference" if is_more or (hi is not None and hi < 0) else "None of it"
        return (
            f"{figures} The system reacts to a change of pixels. {more} is shown to be due to what the edit is "
            f"about. Remedy: read changes under {edit} against {sham} alone."
        )
    if is_more:
        figures += " What changes more is due to what the edit is about."
    if fault is None:
        figures += f" More people are needed to say whether the sham changes over {TOLERATED:.0%}."
    return figures


def _within(interval: Interval) -> str:
    if interval.lo is None or interval.hi is None:
        return ""
    return f" [{100 * interval.lo:.0f}, {100 * interval.hi:.0f}]"
