"""FER2013: 48 × 48 grey faces from a web search, all in the table ``fer2013.csv`` (emotion, pixels, Usage).

Source: Goodfellow et al. 2013, doi:10.1007/978-3-642-42051-1_16.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import pyarrow as pa

from harness.datasets.fer_pixels import TABLE, PixelTableReader
from harness.datasets.layout import problem_lines
from harness.datasets.reader import ReaderOptions
from harness.errors import HarnessError
from harness.signals.picture_table import PixelRow
from harness.tables.samples import samples_table

PARTS = ("Training", "PublicTest", "PrivateTest")


class Fer2013Options(ReaderOptions):
    """The options.

    Attributes:
        part: one part as the table names it: ``Training``, ``PublicTest`` or ``PrivateTest``; null: all.
    """

    part: str | None = None


class Fer2013Reader(PixelTableReader[Fer2013Options]):
    """The rows of the table."""

    Options = Fer2013Options

    def samples(self) -> pa.Table:
        """One row per picture; `split` is its Usage. Who is shown is not known."""
        found = self.pixel_rows()
        if not found:
            raise HarnessError(
                f"dataset {self.card.name}: no rows in {self.root / TABLE}. Give the folder that holds {TABLE}."
            )
        rows = [
            self._row(number, row)
            for number, row in enumerate(found)
            if self.options.part in (None, row.usage or None)
        ]
        if not rows:
            raise HarnessError(
                f"dataset {self.card.name}: no row in dataset.part={self.options.part}. The table has "
                f"{', '.join(sorted({row.usage for row in found}))}."
            )
        return samples_table(rows, rows_independent=True)

    def layout_problems(self, samples: pa.Table) -> list[str]:  # noqa: ARG002 (of the whole table)
        """Parts that the challenge did not have, and those that are missing."""
        parts = Counter(row.usage for row in self.pixel_rows())
        return problem_lines(
            {
                "no row of part": [part for part in PARTS if part not in parts],
                "parts that the challenge did not have": sorted(set(parts) - set(PARTS)),
            }
        )

    def _row(self, number: int, row: PixelRow) -> dict[str, Any]:
        labels = self.card.labels
        if not (
            row.emotion.isdecimal()
            and row.emotion.isascii()
            and len(row.emotion) < 4
            and int(row.emotion) < len(labels)
        ):
            raise HarnessError(
                f"{self.root / TABLE}, row {number}: emotion is {row.emotion[:40]!r}. Expected 0 to "
                f"{len(labels) - 1}."
            )
        return {
            "sample_id": f"fer{number:07d}",
            "modality": "face",
            "uri": TABLE,
            "split": row.usage or None,
            "label": labels[int(row.emotion)],
            "label_source": self.card.label_source,
            "ctx.row": number,
        }
