"""Batch invariance and determinism: does the model give the same answer when it is asked again?"""

from __future__ import annotations

from functools import partial

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from harness.checks.checked_system import CheckedSystem
from harness.checks.probe_answers import SPARED, answers_to, is_spared
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


def determinism(system: CheckedSystem) -> list[Result]:
    """Whether the system gives the same answer, to the byte, when it is asked twice."""
    return [_agreement(system, "determinism", 0.0, "asked twice")]


def batch_invariance(system: CheckedSystem) -> list[Result]:
    """Whether the system gives the same answer to a sample alone and in another batch."""
    (again,) = determinism(system)
    found = _agreement(system, "batch_invariance", TOLERANCE, "asked alone and in another batch")
    if again.verdict == found.verdict == "not_met":
        reason = "The model is not deterministic, so an effect of the batch cannot be distinguished."
        judgement = checked(None, reason)
        return [system.finding("batch_invariance", judgement, value=found.value, threshold=TOLERANCE)]
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
    names = np.array(answers["sample_id"].to_pylist())
    row_N = pc.index_in(pa.array(names), value_set=system.samples["sample_id"]).to_numpy()
    differing = np.unique(row_N[difference > tolerance]).tolist()
    num, largest = len(set(names.tolist())), float(difference.max())
    subjects = system.aligned.subject[row_N]
    finding = partial(
        system.finding,
        check,
        value=largest,
        threshold=tolerance,
        num_samples=num,
        num_subjects=len(np.unique(subjects)),
    )
    if not differing:
        same = "to the byte" if tolerance == 0 else f"within {tolerance:g}"
        reason = (
            f"{quantity(num, 'sample')}, {asked}, got the same scores {same}. Up to "
            f"{missed_share(num, system.level):.1%} of all samples may still get others."
        )
        return finding(checked(False, reason))
    size = f"which differ by up to {largest:.2g}" if np.isfinite(largest) else "or none"
    reason = (
        f"{quantity(len(differing), 'sample')} of {num}, {asked}, got other scores ({size}), such as row "
        f"{listed(system.stored_rows(differing), most=3)} of samples.parquet. {REMEDY[check]}"
    )
    return finding(checked(True, reason))
