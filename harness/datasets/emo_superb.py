"""EMO-SUPERB: shares of votes as labels, and parts of five partitions, for several corpora of emotional speech.

``labels_consensus_1.csv`` has a row per recording: FileName, a share for each emotion, SpkrID, Gender and
Split_Set; ``config.json`` names the emotions. Source: Wu et al. 2024, arXiv:2402.13018.
"""

from __future__ import annotations

from typing import Any

import pyarrow as pa
from pydantic import Field

from harness.datasets.layout import cell_number, problem_lines, read_csv
from harness.datasets.listed_samples import decoded
from harness.datasets.reader import Reader, ReaderOptions, Sample
from harness.errors import HarnessError
from harness.files import read_json
from harness.signals.media import Media
from harness.tables.samples import samples_table
from harness.tables.votes import SHARES

CONFIG, TABLE = "config.json", "labels_consensus_{}.csv"
COLUMNS = ("FileName", "SpkrID", "Gender", "Split_Set")
_SUMS_TO = (0.99, 1.01)


class EmoSuperbOptions(ReaderOptions):
    """The options.

    Attributes:
        partition: which of the tables is read; each has everybody in one of its parts.
        media: where the recordings lie below the root, with / at its end, such as ``AudioWAV/``.
        part: ``Train``, ``Development`` or ``Test``; null: all.
    """

    partition: int = Field(default=1, ge=1, le=99)
    media: str = ""
    part: str | None = None


class EmoSuperbReader(Reader[EmoSuperbOptions]):
    """The recordings that one table lists."""

    Options = EmoSuperbOptions

    def samples(self) -> pa.Table:
        """One row per recording; its label is the emotion with the largest share, none where two lead."""
        emotions = self._emotions()
        rows = [self._row(cells, number, emotions) for number, cells in enumerate(self._table(emotions), start=1)]
        rows = [row for row in rows if self.options.part in (None, row["split"])]
        if not rows:
            raise HarnessError(
                f"dataset {self.card.name}: no recording in {TABLE.format(self.options.partition)} "
                f"(dataset.part={self.options.part or 'null'})."
            )
        return samples_table(rows)

    def load(self, sample: Sample) -> Media:
        """The waveform."""
        return decoded(self.path(sample["uri"]), sample)

    def layout_problems(self, samples: pa.Table) -> list[str]:
        """Recordings in which two emotions lead, and shares that are not those of a whole."""
        emotions = self._emotions()
        low, high = _SUMS_TO
        sums = {
            row["sample_id"]: sum(row[f"{SHARES}{emotion}"] or 0 for emotion in emotions)
            for row in samples.to_pylist()
        }
        return problem_lines(
            {
                "two emotions lead, so that there is no label": [
                    row["sample_id"] for row in samples.to_pylist() if row["label"] is None
                ],
                "shares that do not sum to 1": [name for name, total in sums.items() if not low <= total <= high],
            }
        )

    def _emotions(self) -> list[str]:
        path = self.file(CONFIG)
        try:
            found = read_json(path)["categorical"]["emo_type"]
        except FileNotFoundError:
            raise HarnessError(
                f"{path}: no such file. Give the folder of one corpus, which holds {CONFIG}."
            ) from None
        except (OSError, ValueError, TypeError, LookupError):
            found = None
        if not isinstance(found, list) or not found or not all(isinstance(one, str) for one in found):
            raise HarnessError(f"{path}: expected a list of emotions as categorical.emo_type.")
        return found

    def _table(self, emotions: list[str]) -> list[dict[str, str]]:
        return read_csv(self.file(TABLE.format(self.options.partition)), (*COLUMNS, *emotions))

    def _share(self, text: str, where: str) -> float | None:
        share = cell_number(text, where)
        if share is not None and not 0 <= share <= 1:
            raise HarnessError(f"dataset {self.card.name}: {where}: {text} is no share. Expected 0 to 1.")
        return share

    def _row(self, cells: dict[str, str], number: int, emotions: list[str]) -> dict[str, Any]:
        where = f"{TABLE.format(self.options.partition)}, row {number}"
        if not cells["FileName"]:
            raise HarnessError(f"dataset {self.card.name}: {where}, has no FileName. Is the table whole?")
        shares = {name: self._share(cells[name], f"{where}, column {name}") for name in emotions}
        most = max(share or 0.0 for share in shares.values())
        leading = [name for name, share in shares.items() if share == most > 0]
        uri = f"{self.options.media}{cells['FileName']}"
        return {
            "sample_id": cells["FileName"],
            "modality": "voice",
            "uri": uri,
            "subject_id": cells["SpkrID"] or None,
            "split": cells["Split_Set"] or None,
            "label": leading[0] if len(leading) == 1 else None,
            "label_source": self.card.label_source,
            "attr.sex": cells["Gender"].lower() or None,
            **{f"{SHARES}{name}": share for name, share in shares.items()},
        }
