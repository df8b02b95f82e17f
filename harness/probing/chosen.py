"""Chooses the samples to be probed: few, but spread over as many subjects and labels as possible."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Rows = npt.NDArray[np.int64]


def spread(samples: pa.Table, candidates: Rows, num: int, seed: int) -> Rows:
    """Up to `num` of the candidate rows, sorted: one of every subject and label before a second of any.

    Args:
        samples: a samples table.
        candidates: row numbers.
        num: how many at most.
        seed: determines the choice among equals, whatever the order of the rows.
    """
    rng = np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, len(candidates)])))
    by_id = np.argsort(np.array(samples["sample_id"].to_pylist())[candidates], kind="stable")
    shuffled = rng.permutation(candidates[by_id])
    pairs = zip(samples["subject_id"].to_pylist(), samples["label"].to_pylist(), strict=True)
    cells = np.array([f"{subject}\0{label}" for subject, label in pairs])[shuffled]
    _, cell = np.unique(cells, return_inverse=True)
    by_cell = np.argsort(cell, kind="stable")
    starts = np.searchsorted(cell[by_cell], cell[by_cell])
    turn = np.empty(len(cell), dtype=np.int64)
    turn[by_cell] = np.arange(len(cell)) - starts
    chosen: Rows = np.sort(shuffled[np.argsort(turn, kind="stable")[:num]])
    return chosen
