"""Properties of a recording apart from the person in it: context columns and properties of the file.

Shapes: N samples.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from harness.arrays import Floats, Ints
from harness.tables.quality_columns import QUALITY
from harness.tables.votes import RATERS, SHARES

CONTEXT = "ctx."
MAX_CATEGORIES = 20
"""Numbers with more different values than this are binned."""

NUM_BINS = 8
MAX_VALUES = 200
"""The rarer values of a text column count as one value."""


@dataclass(frozen=True)
class Property:
    """One property of every sample, as codes.

    Attributes:
        name: its column.
        code: ``[N]``, 0 … ``len(values)`` - 1.
        values: the name of each code; bins of numbers are named by their bounds.
        measured: whether it is a number with many values, in bins.
    """

    name: str
    code: Ints
    values: tuple[str, ...]
    measured: bool

    def take(self, rows: Ints) -> Property:
        """Some of the samples."""
        return Property(self.name, self.code[rows], self.values, self.measured)

    def varies(self) -> bool:
        """Whether there is more than one value."""
        return bool((self.code != self.code[0]).any())


def context_properties(samples: pa.Table, votes: str | None = None) -> list[Property]:
    """The columns ``ctx.*``, in their order, that may say how a sample was recorded.

    Grades of quality do not: the values that were graded are there. Nor do shares of votes, which are the truth,
    and how many people voted.

    Args:
        samples: the samples table.
        votes: where raters' votes come from, see `harness.tables.votes`.
    """
    others = (QUALITY, SHARES, RATERS, *([votes] if votes else []))
    names = [name for name in samples.column_names if name.startswith(CONTEXT) and not name.startswith(others)]
    return [_coded(name, samples[name]) for name in names]


def named_property(samples: pa.Table, name: str) -> Property:
    """One column of texts, numbers or truth values."""
    return _coded(name, samples[name])


def time_property(samples: pa.Table) -> Property:
    """When each sample begins within its recording."""
    return _coded("start_s", samples["start_s"])


def file_properties(samples: pa.Table, media: pa.Table | None) -> list[Property]:
    """How long each sample is, and the properties of its file where ``media`` has them.

    Args:
        samples: the samples table.
        media: one row per sample with `sample_id`, and columns of numbers, such as `num_bytes` or `brightness`.
            Columns that are not numbers are not properties.
    """
    columns = {}
    if media is not None:
        at = pc.index_in(samples["sample_id"], value_set=media["sample_id"]).combine_chunks()
        columns = {
            field.name: media[field.name].take(at)
            for field in media.schema
            if pa.types.is_floating(field.type) or pa.types.is_integer(field.type)
        }
    length = pc.subtract(samples["end_s"], samples["start_s"])
    columns["duration_s"] = pc.coalesce(columns["duration_s"], length) if "duration_s" in columns else length
    return [_coded(name, column) for name, column in columns.items()]


def text_property(name: str, column: pa.ChunkedArray) -> Property:
    """A column of text, such as the split."""
    return _counted(name, column)


def _coded(name: str, column: pa.ChunkedArray) -> Property:
    if pa.types.is_floating(column.type) or pa.types.is_integer(column.type):
        numbers_N = pc.fill_null(column.cast(pa.float64()), float("nan")).to_numpy()
        if len(np.unique(numbers_N[np.isfinite(numbers_N)])) > MAX_CATEGORIES:
            return _binned(name, numbers_N)
    return _counted(name, column)


def _counted(name: str, column: pa.ChunkedArray) -> Property:
    """One code for each value, the commonest first."""
    counts = sorted(column.value_counts().to_pylist(), key=lambda item: (-item["counts"], str(item["values"])))
    kept = [item["values"] for item in counts[:MAX_VALUES]]
    code_N = pc.index_in(column, value_set=pa.array(kept, column.type)).combine_chunks()
    names = ["unknown" if value is None else str(value) for value in kept]
    code_N = code_N.fill_null(len(kept)).to_numpy().astype(np.int64)
    return Property(name, code_N, (*names, "other"), measured=False)


def _binned(name: str, numbers_N: Floats) -> Property:
    """Bins of about equal numbers of samples; NaN has a bin of its own."""
    known_N = np.isfinite(numbers_N)
    edges = np.unique(np.quantile(numbers_N[known_N], np.linspace(0, 1, NUM_BINS + 1)[1:-1]))
    code_N = np.where(known_N, np.searchsorted(edges, numbers_N, side="right"), len(edges) + 1).astype(np.int64)
    between = (f"{low:.3g} to {high:.3g}" for low, high in pairwise(edges))
    names = (f"under {edges[0]:.3g}", *between, f"from {edges[-1]:.3g}")
    return Property(name, code_N, (*names, "unknown"), measured=True)
