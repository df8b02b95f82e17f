"""The stored probes of a system: its answers to the same samples, asked again in another way."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from harness.arrays import Bools
from harness.checks.checked_system import CheckedSystem
from harness.errors import Reason, reason_code
from harness.tables.probe_tables import PAID, PROBES, why_unasked

NOTICED = (
    *(
        Reason.EMPTY,
        Reason.NO_CHANNEL,
        Reason.TOO_SHORT,
        Reason.NON_FINITE,
        Reason.SILENT,
        Reason.NO_FACE,
        Reason.NO_SIGNAL,
    ),
    *(Reason.REFUSED, Reason.NO_ANSWER),
)
"""Reasons for having no answer that come from the medium; another, such as a timeout, says nothing of it."""


def answers_to(system: CheckedSystem, probe: str) -> pa.Table:
    """The rows of one probe, such as ``determinism``; none where the system was not asked."""
    if system.probes is None:
        return PROBES.empty_table()
    return system.probes.filter(pc.equal(system.probes["probe"], probe))


def is_spared(system: CheckedSystem) -> bool:
    """Whether the system was not asked again because its answers are paid for."""
    return system.probes is not None and why_unasked(system.probes) == PAID


SPARED = (
    "The system was not asked again, because its answers are paid for: checks.ask_paid=true asks it all the same."
)


def says_something(answers: pa.Table) -> Bools:
    """Which rows hold an answer, or why the system declined to give one: those that did not fail on the way."""
    return np.array(
        [
            outcome != "failed" or reason_code(reason or "") in NOTICED
            for outcome, reason in zip(answers["outcome"].to_pylist(), answers["reason"].to_pylist(), strict=True)
        ],
        dtype=np.bool_,
    )
