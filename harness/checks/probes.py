"""Batch invariance and determinism: does the model give the same answer when it is asked again?"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
import pyarrow.compute as pc

from harness.arrays import Floats, Ints
from harness.checks.checked_system import CheckedSystem
from harness.checks.probe_answers import SPARED, answers_to, is_spared
from harness.checks.repeated_times import compare_times
from harness.tables.results import Result
from harness.verdicts.judge import checked, not_tested
from harness.wording import listed, quantity

TOLERANCE = 1e-5
"""What `harness.models.model.MediaModel.forward` asks of a model, in the unit of the probes table."""

REMEDY = {
    "batch_invariance": "Remedy: put the model into evaluation mode (batch normalisation, dropout), and remove "
    "whatever is computed over the batch, such as padding or a mean.",
    "determinism": "Remedy: put the model into evaluation mode, seed its random numbers, and choose deterministic "
    "algorithms; until then these numbers cannot be reproduced.",
}

REPEATS_REMEDY = (
    "Remedy: a temperature of 0, or a seed, where the system knows one; until then report the expected accuracy "
    "over the repeats, not that of one time."
)


def determinism(system: CheckedSystem) -> list[Result]:
    """Whether the system gives the same answer, to the byte, when it is asked twice."""
    if system.times and answers_to(system, "determinism").num_rows == 0:
        return [_over_the_times(system)]
    return [_agreement(system, "determinism", 0.0, "asked twice")]


def batch_invariance(system: CheckedSystem) -> list[Result]:
    """Whether the system gives the same answer to a sample alone and in another batch."""
    (again,) = determinism(system)
    found = _agreement(system, "batch_invariance", TOLERANCE, "asked alone and in another batch")
    if again.verdict == "not_met" and found.verdict in {"not_met", "not_tested"}:
        judgement = checked(
            None, "The model is not deterministic, so an effect of the batch cannot be distinguished."
        )
        return [system.finding("batch_invariance", judgement, value=found.value, threshold=TOLERANCE)]
    if system.times and found.verdict == "not_tested":
        reason = "The answers were the same each time, but asked for in the same order and the same batches."
        return [system.finding("batch_invariance", checked(None, reason), threshold=TOLERANCE)]
    return [found]


def missed_share(num: int, level: float) -> float:
    """The largest share of the samples that differ if none of so many does (Clopper & Pearson 1934, one-sided)."""
    return 1.0 - float((1.0 - level) ** (1.0 / num))


def _agreement(system: CheckedSystem, check: str, tolerance: float, asked: str) -> Result:
    """Whether all answers to the probe of that name are those of the reference, within the tolerance."""
    answers = answers_to(system, check)
    if answers.num_rows == 0:
        reason = "The system was not asked again: it reads no media, or scored none."
        return system.finding(check, not_tested(SPARED if is_spared(system) else reason))
    difference = pc.fill_null(answers["max_difference"], np.inf).to_numpy()
    row = pc.index_in(answers["sample_id"], value_set=system.samples["sample_id"]).to_numpy()
    return _judged(system, check, row, difference, tolerance, _Said(asked, "scores", REMEDY[check]))


def _over_the_times(system: CheckedSystem) -> Result:
    """The finding from the repeats of the study."""
    times = len(system.times)
    found = compare_times(system.times)
    if not len(found.row):
        return system.finding("determinism", not_tested(f"No sample was answered twice, of {times} times."))
    said = _Said(f"asked {times} times in this study", "answers", REPEATS_REMEDY)
    return _judged(system, "determinism", found.row, found.difference, 0.0, said)


@dataclass(frozen=True)
class _Said:
    """Words of a finding: how the system was asked, what may differ, and the remedy."""

    asked: str
    what: str
    remedy: str

    def size(self, largest: float) -> str:
        """How far what differs is apart."""
        if not np.isfinite(largest):
            return "or none"
        is_of_label = self.what == "answers" and largest == 1.0
        return "another label" if is_of_label else f"which differ by up to {largest:.2g}"


def _judged(
    system: CheckedSystem, check: str, row: Ints, difference: Floats, tolerance: float, said: _Said
) -> Result:
    """Whether all differences are within the tolerance; a sample may have several."""
    differing, asked_rows = np.unique(row[difference > tolerance]).tolist(), np.unique(row)
    num, largest = len(asked_rows), float(difference.max())
    finding = partial(
        system.finding,
        check,
        value=largest,
        threshold=tolerance,
        num_samples=num,
        num_subjects=len(np.unique(system.aligned.subject[asked_rows])),
    )
    if not differing:
        same = "to the byte" if tolerance == 0 else f"within {tolerance:g}"
        reason = (
            f"{quantity(num, 'sample')}, {said.asked}, got the same {said.what} {same}. Up to "
            f"{missed_share(num, system.level):.1%} of all samples may still get others."
        )
        return finding(checked(False, reason))
    reason = (
        f"{quantity(len(differing), 'sample')} of {num}, {said.asked}, got other {said.what} "
        f"({said.size(largest)}), such as row {listed(system.stored_rows(differing), most=3)} of samples.parquet. "
        f"{said.remedy}"
    )
    return finding(checked(True, reason))
