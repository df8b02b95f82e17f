"""The files that scoring writes."""

from __future__ import annotations

import os
from pathlib import Path

import pyarrow as pa

from harness.errors import HarnessError
from harness.evidence.run_folder import DERIVED
from harness.files import write_bytes
from harness.tables.parquet_files import write_csv
from harness.tables.versions import write_table


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
    if os.path.lexists(folder) and not folder.is_dir():
        raise HarnessError(f"{folder}: this is a file or a broken link. Give a folder for the results.")
    found = sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []
    if {"plan.yaml", "run.json", ".journal", ".lock"} & set(found):
        raise HarnessError(
            f"{folder}: this is the folder of a run, and its results would be overwritten. Give a new folder."
        )
    if foreign := [name for name in found if name not in DERIVED and not name.endswith(".part")]:
        raise HarnessError(
            f"{folder}: the folder is not empty and does not hold results alone (it contains {foreign[0]}). Give "
            "a new folder."
        )
