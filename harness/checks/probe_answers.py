"""The stored probes of a system: its answers to the same samples, asked again in another way."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from harness.checks.checked_system import CheckedSystem
from harness.tables.probe_tables import PAID, PROBES, why_unasked


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
