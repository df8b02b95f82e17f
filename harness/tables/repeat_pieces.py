"""The repeats table: what a system answered to the same samples when it was asked again, and again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from harness.errors import HarnessError
from harness.tables.prediction_pieces import PredictionPieces
from harness.tables.predictions import labels_metadata, validate_predictions
from harness.tables.schemas import PREDICTIONS, REPEATS
from harness.tables.versions import write_pieces

FIRST = 2
"""The lowest number of a repeat: the first answers are the predictions."""


@dataclass(frozen=True)
class RepeatPieces:
    """The answers of one time.

    Attributes:
        repeat: which, from `FIRST` on.
        predictions: of all samples, in pieces.
    """

    repeat: int
    predictions: PredictionPieces


def write_repeats(repeats: Sequence[RepeatPieces], path: Path) -> None:
    """Write the repeats of one model atomically, one time after another.

    Args:
        repeats: at least one.
        path: the file.
    """
    of_model = repeats[0].predictions
    schema = REPEATS.with_metadata(labels_metadata({of_model.model: of_model.labels()}))
    write_pieces(_numbered(repeats), schema, "repeats", path)


def validate_repeats(repeats: pa.Table, samples: pa.Table) -> dict[int, pa.Table]:
    """The predictions of each time, after a check as of `validate_predictions`.

    Raises:
        HarnessError: times are not numbered from `FIRST` on, or the predictions of one are not as they should be.
    """
    found = sorted(repeats["repeat"].unique().to_pylist())
    if found != list(range(FIRST, FIRST + len(found))):
        raise HarnessError(f"repeats: the times are numbered {found}, where {FIRST}, {FIRST + 1}, … are expected.")
    return {
        number: validate_predictions(
            repeats.filter(pc.equal(repeats["repeat"], number)).select(PREDICTIONS.names), samples
        )
        for number in found
    }


def _numbered(repeats: Sequence[RepeatPieces]) -> Iterator[pa.Table]:
    for one in repeats:
        for piece in one.predictions.pieces():
            number = pa.repeat(pa.scalar(one.repeat, pa.int32()), piece.num_rows)
            columns = [number if name == "repeat" else piece[name] for name in REPEATS.names]
            yield pa.table(columns, schema=REPEATS)
