"""The files that scoring writes."""

from __future__ import annotations

import os
from pathlib import Path

import pyarrow as pa

from harness.errors import HarnessError
from harness.evidence.own_folder import taken
from harness.evidence.run_folder import DERIVED
from harness.files import write_bytes
from harness.tables.parquet_files import write_csv
from harness.tables.versions import write_table

_OF_A_RUN = ("plan.yaml", "run.json", ".journal", ".lock")


def write_outputs(results: pa.Table, curves: pa.Table, page: str, target: Path) -> None:
    """Write results (Parquet and CSV), curves and report, each atomically."""
    write_table(results, "results", target / "results.parquet")
    write_table(curves, "curves", target / "curves.parquet")
    write_csv(results, target / "results.csv")
    write_bytes(page.encode(), target / "report.html")


def require_results_only(folder: Path) -> None:
    """Check that writing results there overwrites no run's, and mixes them with nobody's files.

    Raises:
        HarnessError: the folder is that of a run, is a file, or holds something else than results.
    """
    if any(os.path.lexists(folder / name) for name in _OF_A_RUN):
        raise HarnessError(
            f"{folder}: this is the folder of a run, and its results would be overwritten. Give a new folder."
        )
    if message := taken(folder, DERIVED, "results alone"):
        raise HarnessError(message)
