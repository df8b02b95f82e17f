"""The file of what systems said besides: of the study, then of what they were asked in addition."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from harness.evidence.run_folder import RunFolder
from harness.tables.schemas import ANSWERS
from harness.tables.versions import write_pieces


def write_answers(pieces: Iterable[pa.Table], folder: RunFolder) -> None:
    """Write ``answers.parquet``, if there are any.

    Args:
        pieces: schema `harness.tables.schemas.ANSWERS`.
        folder: of the run.
    """
    rows = iter(pieces)
    first = next(rows, None)
    if first is not None:
        write_pieces(chain([first], rows), ANSWERS, "answers", folder / "answers.parquet")


def add_answers(pieces: Iterable[pa.Table], folder: RunFolder) -> None:
    """Write ``answers.parquet`` again with further rows at its end, if there are any; see `write_answers`."""
    rows = iter(pieces)
    first = next(rows, None)
    if first is not None:
        path = folder / "answers.parquet"
        write_answers(chain(_stored(path) if path.is_file() else (), [first], rows), folder)


def _stored(path: Path) -> Iterator[pa.Table]:
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches():
            yield pa.Table.from_batches([batch]).replace_schema_metadata(None)
