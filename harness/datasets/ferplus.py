"""FERPlus: ten votes for each picture of FER2013.

``fer2013new.csv`` (Usage, Image name, votes for eight emotions, unknown, NF) has a row per row of ``fer2013.csv``,
which holds the pictures; a name such as ``fer0000123.png`` is that of row 123. Source: Barsoum et al. 2016,
doi:10.1145/2993148.2993165.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from harness.cards.taxonomy import most_voted
from harness.datasets.fer_pixels import TABLE, PixelTableReader
from harness.datasets.ferplus_votes import EMOTIONS, OTHERS, VoteRule, kept_votes
from harness.datasets.layout import problem_lines, read_csv, vote_count
from harness.datasets.reader import ReaderOptions
from harness.errors import HarnessError
from harness.tables.samples import samples_table

VOTES = "fer2013new.csv"
COLUMNS = ("Usage", "Image name", *EMOTIONS, *OTHERS)
NAME = re.compile(r"fer(\d{7})\.png")


class FerplusOptions(ReaderOptions):
    """The options.

    Attributes:
        rule: how votes become a label: ``majority``, ``probability`` or ``multi_target``, see
            `harness.datasets.ferplus_votes.kept_votes`.
        part: one part as the table names it: ``Training``, ``PublicTest`` or ``PrivateTest``; null: all.
    """

    rule: VoteRule = "majority"
    part: str | None = None


class FerplusReader(PixelTableReader[FerplusOptions]):
    """The rows of the table of votes that name a picture."""

    Options = FerplusOptions

    def samples(self) -> pa.Table:
        """One row per named picture; `uri` is null if ``fer2013.csv`` is absent.

        `label` is the emotion with most of the votes that the rule keeps, `votes` are these. Both are null where
        the rule says unknown or no face, and the label alone where two emotions lead.
        """
        uri = TABLE if self.file(TABLE).is_file() else None
        rows = [
            self._row(int(name[1]), cells, number, uri)
            for number, cells in enumerate(self._table(), start=1)
            if (name := NAME.fullmatch(cells["Image name"])) and self.options.part in (None, cells["Usage"])
        ]
        if not rows:
            raise HarnessError(
                f"dataset {self.card.name}: {self.root / VOTES} names no picture like fer0000123.png "
                f"(dataset.part={self.options.part or 'null'})."
            )
        return samples_table(rows, rows_independent=True)

    def layout_problems(self, samples: pa.Table) -> list[str]:  # noqa: ARG002 (of the whole tables)
        """Rows without a name, pictures that are missing, parts that differ between the two tables."""
        table, pictures = self._table(), self.pixel_rows()
        names = [cells["Image name"] for cells in table]
        usage = {
            int(match[1]): cells["Usage"] for cells in table if (match := NAME.fullmatch(cells["Image name"]))
        }
        nameless = names.count("")
        return problem_lines(
            {
                f"{TABLE} is missing, so only models that read no media can run": [] if pictures else [VOTES],
                "rows without the name of a picture, left out": [f"{nameless:,}"] if nameless else [],
                "names that are not like fer0000123.png": [
                    name for name in names if name and not NAME.fullmatch(name)
                ],
                f"pictures that {TABLE} does not have": [
                    f"fer{row:07d}" for row in usage if pictures and row >= len(pictures)
                ],
                f"another part in {TABLE}": [
                    f"fer{row:07d}"
                    for row, part in usage.items()
                    if row < len(pictures) and pictures[row].usage != part
                ],
            }
        )

    def _table(self) -> list[dict[str, str]]:
        return read_csv(self.file(VOTES), COLUMNS)

    def _row(self, row: int, cells: Mapping[str, str], number: int, uri: str | None) -> dict[str, Any]:
        votes = {
            name: vote_count(cells[name], f"{self.root / VOTES}, row {number}, column {name}")
            for name in (*EMOTIONS, *OTHERS)
        }
        kept = kept_votes(list(votes.values()), self.options.rule)
        winners = most_voted(kept)
        return {
            "sample_id": f"fer{row:07d}",
            "modality": "face",
            "uri": uri,
            "split": cells["Usage"] or None,
            "label": winners[0] if len(winners) == 1 else None,
            "label_source": self.card.label_source,
            "votes": kept or None,
            "ctx.row": row,
            "ctx.votes_unknown": votes["unknown"],
            "ctx.votes_no_face": votes["NF"],
        }
