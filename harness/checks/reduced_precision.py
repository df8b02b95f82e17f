"""Reduced precision: are the answers of bfloat16 or float16 those of single precision?

Shapes: n samples that were asked again.
"""

from __future__ import annotations

from functools import partial

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from harness.checks.checked_system import CheckedSystem
from harness.checks.probe_answers import answers_to
from harness.checks.probes import missed_share
from harness.tables.probe_tables import AS_GIVEN, FLOAT32, REDUCED_PRECISION
from harness.tables.results import Result
from harness.verdicts.judge import checked
from harness.wording import listed, percent, quantity

LARGEST = 0.05
"""Scores and dimensions that differ by less are the same answer, as under conditions."""

REMEDY = "Remedy: run with precision=float32, or report the figures as those of the reduced precision."


def reduced_precision(system: CheckedSystem) -> list[Result]:
    """Whether a study in bfloat16 or float16 got the answers of float32.

    There is no finding on a study in float32. The value is the largest difference in scores or dimensions; what
    got an answer in one of the two only differs.
    """
    answers = answers_to(system, REDUCED_PRECISION)
    if answers.num_rows == 0:
        return []
    own, exact = (_in_order(answers, variant) for variant in (AS_GIVEN, FLOAT32))
    relabelled_n = np.array(own["label"].to_pylist(), object) != np.array(exact["label"].to_pylist(), object)
    difference_n = pc.fill_null(exact["max_difference"], np.inf).to_numpy()
    row_n = pc.index_in(own["sample_id"], value_set=system.samples["sample_id"]).to_numpy()
    num, largest = len(row_n), float(difference_n.max())
    finding = partial(
        system.finding,
        REDUCED_PRECISION,
        value=largest,
        threshold=LARGEST,
        num_samples=num,
        num_subjects=len(np.unique(system.aligned.subject[row_n])),
    )
    apart = f"Scores are up to {largest:.2g} apart" if np.isfinite(largest) else "Some have an answer in one only"
    differing = row_n[relabelled_n | (difference_n > LARGEST)]
    if not len(differing):
        reason = (
            f"{quantity(num, 'sample')}, computed again in float32, got the same answers. {apart}. Up to "
            f"{missed_share(num, system.level):.1%} of all samples may still get others."
        )
        return [finding(checked(False, reason))]
    reason = (
        f"{quantity(int(relabelled_n.sum()), 'sample')} of {num} ({percent(relabelled_n.mean())}), computed again "
        f"in float32, got another label. {apart}, such as row "
        f"{listed(system.stored_rows(differing.tolist()), most=3)} of samples.parquet. {REMEDY}"
    )
    return [finding(checked(True, reason))]


def _in_order(answers: pa.Table, variant: str) -> pa.Table:
    return answers.filter(pc.equal(answers["variant"], variant)).sort_by("sample_id")
