"""The tables of a run as they are stored, with the steps that upgrade them."""

from __future__ import annotations

from dataclasses import dataclass, field

import pyarrow as pa

from harness.evidence.run_folder import RunFolder
from harness.tables.versions import read_table


@dataclass
class StoredTables:
    """Reads the tables of a run, and records the upgrade steps."""

    folder: RunFolder
    steps: list[str] = field(default_factory=list)

    def read(self, name: str) -> pa.Table:
        """A table that every run has."""
        read = read_table(self.folder / f"{name}.parquet", name)
        self.steps += read.steps
        return read.table

    def read_if_there(self, name: str) -> pa.Table | None:
        """A table that a run has only if its system reads media."""
        return self.read(name) if (self.folder / f"{name}.parquet").is_file() else None
