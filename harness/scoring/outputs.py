"""The files that scoring writes."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa

from harness.files import write_bytes
from harness.tables.parquet_files import write_csv
from harness.tables.versions import write_table


def write_outputs(results: pa.Table, curves: pa.Table, page: str, target: Path) -> None:
    """Write results (Parquet and CSV), curves and report, each atomically."""
    write_table(results, "results", target / "results.parquet")
    write_table(curves, "curves", target / "curves.parquet")
    write_csv(results, target / "results.csv")
    write_bytes(page.encode(), target / "report.html")
