"""Where labels stand in users' files, for messages about them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc


@dataclass(frozen=True)
class LabelPlaces:
    """The file that has the labels of one side, and the first row of each.

    Attributes:
        file: its path; None where the labels come from no file of the user.
        rows: label → the first row that has it; the first under the header is 1.
    """

    file: Path | None = None
    rows: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, file: Path, labels: pa.ChunkedArray | pa.Array) -> LabelPlaces:
        """The places of the labels of a column."""
        first: dict[str, int] = {}
        encoded = pc.dictionary_encode(labels)
        row = 0
        for chunk in encoded.chunks if isinstance(encoded, pa.ChunkedArray) else [encoded]:
            known = chunk.dictionary.to_pylist()
            for code in pc.unique(chunk.indices.drop_null()).to_pylist():
                first.setdefault(known[code], row + pc.index(chunk.indices, code).as_py() + 1)
            row += len(chunk)
        return cls(file, first)

    def place(self, label: str) -> str:
        """Where a label first stands, such as `` (samples.csv, row 3)``; nothing where that is not known."""
        if self.file is None:
            return ""
        return f" ({self.file.name}, row {self.rows[label]})" if label in self.rows else f" ({self.file.name})"
