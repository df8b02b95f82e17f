"""ExpW, Expression in-the-Wild: pictures of a web search in which each face has one of seven expressions.

``label.lst`` has a row per face: picture, number of the face in it, box (top, left, right, bottom, in pixels), the
confidence of the detector in per cent, and the expression from 0 to 6. Source: Zhang, Luo, Loy & Tang
2016, "From Facial Expression Recognition to Interpersonal Relation Prediction".
"""

from __future__ import annotations

import re
from typing import Any

import pyarrow as pa

from harness.datasets.boxed_reader import BoxedReader
from harness.datasets.layout import copies, problem_lines
from harness.datasets.reader import ReaderOptions
from harness.errors import HarnessError
from harness.files import read_text, text_lines
from harness.tables.samples import samples_table

LISTS = ("label/label.lst", "label.lst")
FOLDERS = ("image/origin/", "data/image/origin/", "image/", "images/")
ROW = re.compile(r"([^\s/\\]+) (\d{1,6}) (-?\d{1,6}) (-?\d{1,6}) (-?\d{1,6}) (-?\d{1,6}) (\d+(?:\.\d+)?) ([0-6])")
EDGES = ("top", "left", "right", "bottom")

_MAX_BYTES = 64 * 2**20


class ExpwOptions(ReaderOptions):
    """ExpW has no options."""


class ExpwReader(BoxedReader[ExpwOptions]):
    """The faces that the list has a box for."""

    Options = ExpwOptions
    boxed = "face"

    def samples(self) -> pa.Table:
        """One row per face; of rows for the same face, the first. Who is shown is not known."""
        folder = next((folder for folder in FOLDERS if (self.root / folder).is_dir()), FOLDERS[0])
        rows: dict[str, dict[str, Any]] = {}
        for line in self._list():
            if match := ROW.fullmatch(line):
                row = self._row(match, folder)
                rows.setdefault(row["sample_id"], row)
        if not rows:
            raise HarnessError(
                f"dataset {self.card.name}: label.lst has no row like "
                "'angry_actor_104.jpg 0 28 113 226 141 22.9362 0'."
            )
        return samples_table(list(rows.values()), rows_independent=True)

    def layout_problems(self, samples: pa.Table) -> list[str]:  # noqa: ARG002 (of the whole list)
        """Rows that are none, and faces that are listed more than once."""
        lines = list(self._list())
        faces = [f"{match[1]}#{match[2]}" for line in lines if (match := ROW.fullmatch(line))]
        return problem_lines(
            {
                "rows of label.lst that are no face": [line[:60] for line in lines if not ROW.fullmatch(line)],
                "listed more than once, the first is used": copies(faces),
            }
        )

    def _list(self) -> list[str]:
        name = next((name for name in LISTS if self.file(name).is_file()), None)
        if name is None:
            raise HarnessError(
                f"dataset {self.card.name}: there is neither {' nor '.join(LISTS)} below {self.root}. Give the "
                "folder that holds label and image."
            )
        try:
            lines = text_lines(read_text(self.file(name), _MAX_BYTES))
        except (OSError, ValueError) as error:
            raise HarnessError(f"{self.root / name}: not a readable text ({error}). Unpack it again.") from None
        return [" ".join(line.split()) for line in lines if line.strip()]

    def _row(self, match: re.Match[str], folder: str) -> dict[str, Any]:
        name, face, *box, confidence, label = match.groups()
        return {
            "sample_id": f"{name}#{face}",
            "modality": "face",
            "uri": f"{folder}{name}",
            "label": self.card.labels[int(label)],
            "label_source": self.card.label_source,
            **{f"ctx.{edge}": int(pixels) for edge, pixels in zip(EDGES, box, strict=True)},
            "ctx.confidence": float(confidence),
        }
