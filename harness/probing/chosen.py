"""Chooses the samples to be probed: few, but spread over as many subjects and labels as possible."""

from __future__ import annotations

from typing import Any, TypeGuard

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from harness.models.frame_pooling import FramePooling
from harness.models.model import PretrainedModel, VectorModel
from harness.models.stating_model import StatingModel
from harness.probing.probe_settings import ProbeSettings

Rows = npt.NDArray[np.int64]


def repeated_rows(samples: pa.Table, scored: Rows, settings: ProbeSettings) -> Rows:
    """Those that the system is asked about again as they are."""
    return spread(samples, scored, settings.max_probes, settings.seed)


def other_input_rows(samples: pa.Table, scored: Rows, settings: ProbeSettings) -> Rows:
    """Those that it is shown with altered input, if it `takes_other_input`."""
    labelled = scored[samples["label"].is_valid().to_numpy()[scored]]
    return spread(samples, labelled, settings.max_inputs, settings.seed)


def blind_rows(samples: pa.Table, scored: Rows, settings: ProbeSettings) -> Rows:
    """Those of the blind control."""
    return spread(samples, scored, settings.max_blind, settings.seed)


def takes_other_input(model: VectorModel[Any]) -> TypeGuard[PretrainedModel[Any]]:
    """Whether it is a face model whose input could have another scale; a service or program is sent a file.

    Of films it takes frames, of which each would have to be scaled.
    """
    takes_numbers = isinstance(model, PretrainedModel) and not isinstance(model, StatingModel | FramePooling)
    return takes_numbers and "face" in model.card.modalities


def computes_in_less(model: VectorModel[Any]) -> TypeGuard[PretrainedModel[Any]]:
    """Whether its answers are computed with less than single precision."""
    return isinstance(model, PretrainedModel) and model.settings.precision != "float32"


def spread(samples: pa.Table, candidates: Rows, num: int, seed: int) -> Rows:
    """Up to `num` of the candidate rows, sorted: one of every subject and label before a second of any.

    Rows are shuffled before it is looked at which of them are candidates, so that most of the choice is known
    before it is known which samples are scored.

    Args:
        samples: a samples table.
        candidates: row numbers.
        num: how many at most.
        seed: determines the choice among equals, whatever the order of the rows.
    """
    rng = np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, samples.num_rows])))
    shuffled = rng.permutation(np.argsort(np.array(samples["sample_id"].to_pylist()), kind="stable"))
    shuffled = shuffled[np.isin(shuffled, candidates)]
    pairs = zip(samples["subject_id"].to_pylist(), samples["label"].to_pylist(), strict=True)
    cells = np.array([f"{subject}\0{label}" for subject, label in pairs])[shuffled]
    _, cell = np.unique(cells, return_inverse=True)
    by_cell = np.argsort(cell, kind="stable")
    starts = np.searchsorted(cell[by_cell], cell[by_cell])
    turn = np.empty(len(cell), dtype=np.int64)
    turn[by_cell] = np.arange(len(cell)) - starts
    chosen: Rows = np.sort(shuffled[np.argsort(turn, kind="stable")[:num]])
    return chosen
