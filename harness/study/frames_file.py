"""The file of the frames of films: how many of each have an answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pyarrow as pa

from harness.evidence.run_folder import RunFolder
from harness.inference.collected import Collected
from harness.models.frame_pooling import FramePooling, answered_frames
from harness.models.model import Model
from harness.tables.film_frames import FRAMES
from harness.tables.versions import write_pieces


def write_frames(
    system: Model[Any], collected: Mapping[str, Collected], samples: pa.Table, folder: RunFolder
) -> None:
    """Write ``frames.parquet``, if the system was asked about the frames of films.

    Args:
        system: under test.
        collected: condition → its answers.
        samples: of the study.
        folder: of the run.
    """
    if isinstance(system, FramePooling):
        pieces = (piece for name, of in collected.items() for piece in _pieces(system.name, name, of, samples))
        write_pieces(pieces, FRAMES, "frames", folder / "frames.parquet")


def _pieces(model: str, condition: str, collected: Collected, samples: pa.Table) -> Iterator[pa.Table]:
    for start, vectors in collected.pieces():
        has_N, answered_n, frames_n = answered_frames(vectors)
        sample_id = samples["sample_id"].slice(start, len(has_N)).filter(pa.array(has_N))
        num = int(np.sum(has_N))
        columns = [
            sample_id.combine_chunks(),
            pa.repeat(model, num),
            pa.repeat(condition, num),
            answered_n,
            frames_n,
        ]
        yield pa.table(columns, schema=FRAMES)
