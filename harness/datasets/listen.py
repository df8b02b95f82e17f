"""LISTEN: recordings whose words are neutral, match the voice or contradict it, in Parquet tables with sound.

``experiment_type`` says what a row is for: ``1`` neutral words, ``2A`` and ``2B`` words that match (as text, as
sound), ``3A`` and ``3B`` words that contradict, ``4`` sounds without words. ``answer`` is the emotion of the
voice, ``explicit_emotion`` that of the words, ``transcription`` what is said.
Source: arXiv 2510.10444 and the scripts of its authors, github.com/DeliJingyiC/LISTEN.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any, Literal

import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import Field

from harness.datasets.layout import problem_lines
from harness.datasets.reader import Reader, ReaderOptions, Sample
from harness.errors import HarnessError
from harness.files import regular
from harness.signals.audio_table import sound
from harness.signals.media import Audio, EncodedFile
from harness.signals.media_folder import find_files
from harness.tables.parquet_files import readable
from harness.tables.samples import samples_table

COLUMNS = ("id", "answer", "transcription", "experiment_type", "explicit_emotion")
MAX_ROWS = 1_000_000

Experiment = Literal["1", "2B", "3B", "4"]
WORDS = ("2B", "3B")
"""Experiments whose words express an emotion."""


class ListenOptions(ReaderOptions):
    """The options.

    Attributes:
        experiments: which are read; ``4`` has no words, so that none can be given as text.
    """

    experiments: tuple[Experiment, ...] = Field(default=("1", "2B", "3B"), min_length=1)


class ListenReader(Reader[ListenOptions]):
    """The rows with sound of all Parquet tables below the root."""

    Options = ListenOptions

    def samples(self) -> pa.Table:
        """One row per recording; of rows with the same experiment and id, the first. Who speaks is not known."""
        rows: dict[str, dict[str, Any]] = {}
        for row in self._rows():
            rows.setdefault(row["sample_id"], row)
        if not rows:
            raise HarnessError(
                f"dataset {self.card.name}: no rows of the experiments {', '.join(self.options.experiments)} in "
                f"Parquet files below {self.root}. Give the folder that holds data/train-00000-of-….parquet."
            )
        return samples_table(list(rows.values()), rows_independent=True)

    def load(self, sample: Sample) -> Audio:
        """The sound in its row."""
        return sound(self.path(sample["uri"]), int(sample["ctx.row"]))

    def encoded(self, sample: Sample) -> EncodedFile:
        """Always refused: a recording is a part of its table."""
        raise HarnessError(
            f"dataset {self.card.name}: sample {sample['sample_id']} is a row of a table, so that it has no file "
            "to be sent. Let the model's card state an encoding in its input: wav."
        )

    def layout_problems(self, samples: pa.Table) -> list[str]:  # noqa: ARG002 (of all rows)
        """Rows that occur more than once."""
        found = Counter(row["sample_id"] for row in self._rows())
        again = sorted(name for name, count in found.items() if count > 1)
        return problem_lines({"the same experiment and id more than once, the first is used": again})

    def _rows(self) -> Iterator[dict[str, Any]]:
        for uri in find_files(self.root, {".parquet"}):
            for number, cells in enumerate(self._cells(uri)):
                if cells["experiment_type"] in self.options.experiments and cells["answer"]:
                    yield self._row(uri, number, cells)

    def _cells(self, uri: str) -> list[dict[str, Any]]:
        path = self.file(uri)
        try:
            with pq.ParquetFile(regular(path)) as file:
                if file.metadata.num_rows > MAX_ROWS:
                    raise HarnessError(f"{path}: over {MAX_ROWS:,} rows.")
                if missing := [name for name in COLUMNS if name not in file.schema_arrow.names]:
                    raise HarnessError(f"{path}: no column {', '.join(missing)}, which a table of LISTEN has.")
                found: list[dict[str, Any]] = readable(file.read(columns=list(COLUMNS))).to_pylist()
                return found
        except (pa.ArrowException, OSError, ValueError) as error:
            raise HarnessError(f"{path}: not a readable Parquet file ({error}).") from None

    def _row(self, uri: str, number: int, cells: dict[str, Any]) -> dict[str, Any]:
        experiment = cells["experiment_type"]
        return {
            "sample_id": f"{experiment}/{cells['id']}",
            "modality": "voice",
            "uri": uri,
            "label": cells["answer"],
            "label_source": self.card.label_source,
            "ctx.text": cells["transcription"],
            "ctx.words_label": cells["explicit_emotion"] or None if experiment in WORDS else None,
            "ctx.experiment": experiment,
            "ctx.row": number,
        }
