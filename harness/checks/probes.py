"""Batch invariance and determinism: does the model say the same when it is asked again?"""

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
"""What a model promises (`harness.models.model.MediaModel.forward`): in the unit of the table."""

REMEDY = {
    "batch_invariance": "Remedy: put the model into evaluation mode (batch normalisation, dropout), and take out "
    "whatever is computed over the batch, such as padding or a mean.",
    "determinism": "Remedy: put the model into evaluation mode, seed what it draws, and choose deterministic "
    "algorithms; until then nobody can reproduce these numbers.",
}


def determinism(system: CheckedSystem) -> list[Result]:
    """Whether the system says the same, to the byte, when it is asked twice."""
    return [_agreement(system, "determinism", 0.0, "asked twice")]


def batch_invariance(system: CheckedSystem) -> list[Result]:
    """Whether the system says the same of a sample alone and in another batch."""
    (again,) = determinism(system)
    found = _agreement(system, "batch_invariance", TOLERANCE, "asked alone and in another batch")
    if again.verdict == found.verdict == "not_met":
        reason = "The model is not deterministic, so what depends on the batch cannot be told."
        judgement = checked(None, reason)
        return [system.finding("batch_invariance", judgement, value=found.value, threshold=TOLERANCE)]
    return [found]


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
        return finding(checked(False, f"{quantity(num, 'sample')}, {asked}, got the same scores {same}."))
    size = f"which differ by up to {largest:.2g}" if np.isfinite(largest) else "or none"
    reason = (
        f"{quantity(len(differing), 'sample')} of {num}, {asked}, got other scores ({size}), such as row "
        f"{listed(system.stored_rows(differing), most=3)} of samples.parquet. {REMEDY[check]}"
    )
    return finding(checked(True, reason))
