"""Ask the model a few samples again, alone, in another batch and with other input; store what it answered.

Shapes: n probed samples, W the model's width.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from harness.datasets.base import Reader, ReaderOptions
from harness.inference.engine import Progress, collect
from harness.inference.settings import InferenceSettings
from harness.models.base import MediaModel, Vectors
from harness.probe_tables import AS_GIVEN, PROBES
from harness.probing.chosen import Rows, spread
from harness.probing.variants import AloneAndTogether, Probed, Rescaled, SwappedChannels

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class ProbeSettings:
    """How much is probed.

    Attributes:
        max_probes: samples that are asked again.
        max_inputs: pictures that are asked with other input.
        seed: which.
    """

    max_probes: int = 64
    max_inputs: int = 256
    seed: int = 0


@dataclass(frozen=True)
class Prober:
    """A system after its predictions, ready to be asked again.

    Attributes:
        model: the system under test.
        samples: all samples of the study.
        vectors: the study's own, in the samples' order.
        reader: loads a sample, in workers.
        journal: a folder of its own.
        plan_hash: see `collect`.
        inference: see `collect`.
    """

    model: MediaModel[Any]
    samples: pa.Table
    vectors: Vectors
    reader: Reader[ReaderOptions]
    journal: Path
    plan_hash: str
    inference: InferenceSettings

    def table(self, settings: ProbeSettings, progress: Progress | None = None) -> pa.Table:
        """The probes table (schema `harness.probe_tables.PROBES`); empty where no sample was scored.

        Raises:
            HarnessError: see `collect`.
        """
        scored = np.flatnonzero(np.asarray(self.vectors.outcome, dtype=object) == "scored")
        few = spread(self.samples, scored, settings.max_probes, settings.seed)
        tables = [PROBES.empty_table(), *(self._repeated(few, progress) if len(few) else [])]
        labelled = scored[self.samples["label"].is_valid().to_numpy()[scored]]
        if len(labelled) and self.model.card.training == "pretrained" and "face" in self.model.card.modalities:
            more = spread(self.samples, labelled, settings.max_inputs, settings.seed)
            tables += self._with_other_input(more, progress)
        return pa.concat_tables(tables).combine_chunks()

    def _repeated(self, rows: Rows, progress: Progress | None) -> list[pa.Table]:
        own = self._own(rows)
        first = self._ask(AloneAndTogether(self.model), rows, progress)
        second = self._ask(Probed(self.model), rows, progress)
        return [
            self._rows("batch_invariance", "alone", rows, first["alone"], own),
            self._rows("batch_invariance", "together", rows, first["together"], own),
            self._rows("determinism", "again", rows, second["again"], first["together"]),
        ]

    def _with_other_input(self, rows: Rows, progress: Progress | None) -> list[pa.Table]:
        own = self._own(rows)
        swapped = self._ask(SwappedChannels(self.model), rows, progress)
        rescaled = self._ask(Rescaled(self.model), rows, progress)
        tables = []
        for probe, answers in (("channel_order", swapped), ("input_scale", rescaled)):
            for variant, vectors in ({AS_GIVEN: own} | answers).items():
                tables.append(self._rows(probe, variant, rows, vectors, own, with_labels=True))
        return tables

    def _scale(self) -> Floats:
        """What a difference is measured in ``[W]``: 1 for scores, for features their standard deviation."""
        if self.model.card.training == "pretrained":
            return np.ones(self.model.width)
        present_NW = np.isfinite(self.vectors.values)
        num_W = np.maximum(present_NW.sum(axis=0), 1)
        values_NW = np.where(present_NW, self.vectors.values, 0.0)
        centred_NW = np.where(present_NW, values_NW - values_NW.sum(axis=0) / num_W, 0.0)
        deviation_W = np.sqrt((centred_NW**2).sum(axis=0) / num_W)
        return np.where(deviation_W > 0.0, deviation_W, 1.0)

    def _own(self, rows: Rows) -> Vectors:
        """What the study itself had for these rows."""
        outcome, reason = (
            np.asarray(of, dtype=object)[rows] for of in (self.vectors.outcome, self.vectors.reason)
        )
        return Vectors(self.vectors.values[rows], outcome.tolist(), reason.tolist())

    def _ask(self, model: Probed, rows: Rows, progress: Progress | None) -> dict[str, Vectors]:
        """The model's answers under the name of each part; a part that is NaN throughout is a failed row."""
        collected = collect(
            self.samples.take(rows),
            self.reader.load,
            model,
            journal=self.journal / type(model).__name__,
            plan_hash=self.plan_hash,
            settings=self.inference,
            progress=progress,
        ).vectors
        parts = np.split(collected.values, len(model.parts), axis=1)
        return {name: _part(collected, values) for name, values in zip(model.parts, parts, strict=True)}

    def _rows(
        self,
        probe: str,
        variant: str,
        rows: Rows,
        found: Vectors,
        reference: Vectors,
        *,
        with_labels: bool = False,
    ) -> pa.Table:
        samples = self.samples.take(rows)
        labels = self.model.conclude(samples, found).predictions["label"] if with_labels else [None] * len(rows)
        scored = [outcome == "scored" for outcome in found.outcome]
        differences = max_difference(found.values, reference.values, self._scale())
        columns: dict[str, Any] = {
            "sample_id": samples["sample_id"],
            "probe": [probe] * len(rows),
            "variant": [variant] * len(rows),
            "outcome": found.outcome,
            "reason": found.reason,
            "label": labels,
            "max_difference": [float(d) if s else None for d, s in zip(differences, scored, strict=True)],
        }
        arrays = [_array(columns[field.name], field.type) for field in PROBES]
        return pa.table(arrays, schema=PROBES)


def max_difference(values_nW: Floats, reference_nW: Floats, scale_W: Floats) -> Floats:
    """The largest |a - b| / scale of each row ``[n]``; NaN in both is no difference, in one an infinite one."""
    difference_nW = np.abs(values_nW - reference_nW) / scale_W
    missing_nW, missing_in_reference_nW = np.isnan(values_nW), np.isnan(reference_nW)
    difference_nW[missing_nW & missing_in_reference_nW] = 0.0
    difference_nW[missing_nW != missing_in_reference_nW] = np.inf
    largest: Floats = difference_nW.max(axis=1, initial=0.0)
    return largest


_NO_ANSWER = "no_answer: the model failed or gave no number"


def _part(collected: Vectors, values: Floats) -> Vectors:
    silent = np.asarray(np.isnan(values).all(axis=1)).tolist()
    outcome = ["failed" if s and o == "scored" else o for s, o in zip(silent, collected.outcome, strict=True)]
    reason = [
        _NO_ANSWER if s and o == "scored" else r
        for s, o, r in zip(silent, collected.outcome, collected.reason, strict=True)
    ]
    return Vectors(values, outcome, reason)


def _array(column: Sequence[Any] | pa.ChunkedArray, kind: pa.DataType) -> pa.Array:
    return column.combine_chunks().cast(kind) if isinstance(column, pa.ChunkedArray) else pa.array(column, kind)
