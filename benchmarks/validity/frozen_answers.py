"""How often does the check `frozen` say that a system changed that only draws its answers, or that moved?

A system answers one by one, with a score that has normal noise of its own each time. After the study it is asked
three times more about some samples: alone, in another batch, once more. It stays the same; or its score moved by
half, one, two or four standard deviations of the noise since; or it has no noise, and moved by 1e-4 or not at all.

    OMP_NUM_THREADS=1 python benchmarks/validity/frozen_answers.py     (prints the table of frozen_answers.md)
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from dataclasses import replace

import numpy as np
import pyarrow as pa
from printed_table import percent, print_head, print_row
from systems import system_of

from harness.checks.checked_system import CheckedSystem
from harness.checks.frozen import frozen
from harness.tables.probe_tables import PROBES
from harness.tables.schemas import ANSWERS

SAMPLES = (8, 16, 64)
MOVED = ((1.0, 0.0), (1.0, 0.5), (1.0, 1.0), (1.0, 2.0), (1.0, 4.0), (0.0, 0.0), (0.0, 1e-4))
"""The noise, and by how much the score moved."""


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=1000)
    runs = parser.parse_args().runs
    start = time.process_time()
    print_head(["samples", "noise", "moved by", "not_met", "inconclusive", "met"])
    for num in SAMPLES:
        system = _one_by_one(num)
        for noise, moved in MOVED:
            rng = np.random.default_rng([num, int(noise), int(moved * 10_000)])
            found = Counter(_verdict(system, noise, moved, rng) for _ in range(runs))
            shares = (percent(found[verdict], runs) for verdict in ("not_met", "inconclusive", "met"))
            print_row([num, f"{noise:g}", f"{moved:g}", *shares])
    print(f"\n{runs:,} studies of each cell, {time.process_time() - start:.0f} s of one processor.")


def _one_by_one(num: int) -> CheckedSystem:
    """A system with labels that say nothing here."""
    truth = np.arange(num) % 2
    return replace(system_of(np.arange(num), truth, truth, 2), answers=ANSWERS.empty_table())


def _verdict(system: CheckedSystem, noise: float, moved: float, rng: np.random.Generator) -> str:
    num = system.samples.num_rows
    study, alone, together, again = noise * rng.normal(size=(4, num)) + moved * np.array(
        [[0.0], [1.0], [1.0], [1.0]]
    )
    asked = (
        ("batch_invariance", "alone", alone - study),
        ("batch_invariance", "together", together - study),
        ("determinism", "again", again - together),
    )
    tables = [_rows(system, probe, variant, np.abs(difference).tolist()) for probe, variant, difference in asked]
    (found,) = frozen(replace(system, probes=pa.concat_tables(tables)))
    return str(found.verdict)


def _rows(system: CheckedSystem, probe: str, variant: str, differences: list[float]) -> pa.Table:
    num = len(differences)
    columns = {
        "sample_id": system.samples["sample_id"].combine_chunks(),
        "probe": pa.repeat(probe, num),
        "variant": pa.repeat(variant, num),
        "outcome": pa.repeat("scored", num),
        "max_difference": pa.array(differences),
    }
    return pa.table([columns.get(field.name, pa.nulls(num, field.type)) for field in PROBES], schema=PROBES)


if __name__ == "__main__":
    main()
