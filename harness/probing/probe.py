"""Runs the model on a few samples again, alone, in another batch and with altered input, and stores the answers.

Shapes: n probed samples, W the model's width.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeGuard

import numpy as np
import pyarrow as pa

from harness.arrays import Floats
from harness.datasets.reader import Reader, ReaderOptions
from harness.inference.collected import Collected
from harness.models.model import MediaModel, PretrainedModel, Vectors
from harness.models.stating_model import StatingModel
from harness.probing.answer_rows import answer_rows
from harness.probing.answered import Answered
from harness.probing.chosen import Rows, spread
from harness.probing.collector import Collector
from harness.probing.variants import UNANSWERED, AloneAndTogether, OtherInput, Probed
from harness.resources import Configured
from harness.tables.probe_tables import AS_GIVEN, PAID, PROBES, unasked


@dataclass(frozen=True)
class ProbeSettings:
    """How much is probed.

    Attributes:
        max_probes: number of samples that are run again.
        max_inputs: number of pictures that are run with altered input.
        max_blind: number of samples of the blind control, which is asked of a paid system, too.
        ask_paid: whether a system whose answers are paid for is run again, too.
        seed: determines which samples.
    """

    max_probes: int = field(default_factory=Configured("checks.max_probes"))
    max_inputs: int = field(default_factory=Configured("checks.max_inputs"))
    max_blind: int = field(default_factory=Configured("checks.max_blind"))
    ask_paid: bool = field(default_factory=Configured("checks.ask_paid"))
    seed: int = field(default_factory=Configured("seed"))


def probes_table(answered: Answered, settings: ProbeSettings, collector: Collector) -> pa.Table:
    """The probes table (schema `harness.tables.probe_tables.PROBES`); empty if no sample was scored.

    Every system is run again, except one whose answers are paid for: the table is then empty and says so, unless
    the settings want it. A pretrained face model is also run with altered input; a model that is trained within
    the study would learn any order of channels and any scale.

    Raises:
        HarnessError: see `Collector.collect`.
    """
    if not settings.ask_paid and (answered.model.card.paid or answered.own.is_paid):
        return unasked(PAID)
    prober = _Prober(answered.model, answered.samples, answered.own, answered.reader, collector)
    scored = np.flatnonzero(answered.own.scored())
    labelled = scored[answered.samples["label"].is_valid().to_numpy()[scored]]
    few = spread(answered.samples, scored, settings.max_probes, settings.seed)
    more = spread(answered.samples, labelled, settings.max_inputs, settings.seed)
    tables = [PROBES.empty_table(), *(prober.repeated(few) if len(few) else [])]
    if len(more) and _takes_numbers(answered.model) and "face" in answered.model.card.modalities:
        tables += prober.with_other_input(more, answered.model)
    return pa.concat_tables(tables).combine_chunks()


def _takes_numbers(model: MediaModel[Any]) -> TypeGuard[PretrainedModel[Any]]:
    """Whether its input could have another scale; what is sent to a service or a program is a file."""
    return isinstance(model, PretrainedModel) and not isinstance(model, StatingModel)


@dataclass(frozen=True)
class _Prober:
    """Runs the model, and collects the answers as rows."""

    model: MediaModel[Any]
    samples: pa.Table
    own: Collected
    reader: Reader[ReaderOptions]
    collector: Collector

    def repeated(self, rows: Rows) -> list[pa.Table]:
        own, scale_W, samples = self.own.take(rows), self._scale(), self.samples.take(rows)
        first = self._ask(AloneAndTogether, rows)
        second = self._ask(Probed, rows)
        return [
            answer_rows(samples, "batch_invariance", "alone", first["alone"], own, scale_W),
            answer_rows(samples, "batch_invariance", "together", first["together"], own, scale_W),
            answer_rows(samples, "determinism", "again", second["again"], first["together"], scale_W),
        ]

    def with_other_input(self, rows: Rows, model: PretrainedModel[Any]) -> list[pa.Table]:
        own, scale_W = self.own.take(rows), np.ones(model.width)
        answers = self._ask(OtherInput, rows)
        swapped, scaled = {"swapped": answers.pop("swapped")}, answers
        samples = self.samples.take(rows)
        return [
            answer_rows(
                samples, probe, variant, vectors, own, scale_W, model.conclude(samples, vectors).predictions
            )
            for probe, of_probe in (("channel_order", swapped), ("input_scale", scaled))
            for variant, vectors in ({AS_GIVEN: own} | of_probe).items()
        ]

    def _scale(self) -> Floats:
        """What a difference is measured in ``[W]``: 1 for scores, for features their standard deviation."""
        if isinstance(self.model, PretrainedModel):
            return np.ones(self.model.width)
        values_NW = self.own.vectors().values
        present_NW = np.isfinite(values_NW)
        num_W = np.maximum(present_NW.sum(axis=0), 1)
        values_NW = np.where(present_NW, values_NW, 0.0)
        centred_NW = np.where(present_NW, values_NW - values_NW.sum(axis=0) / num_W, 0.0)
        deviation_W = np.sqrt((centred_NW**2).sum(axis=0) / num_W)
        return np.where(deviation_W > 0.0, deviation_W, 1.0)

    def _ask(self, kind: type[Probed], rows: Rows) -> dict[str, Vectors]:
        """The model's answers under the name of each part; a part that is NaN throughout is a failed row."""
        samples = self.samples.take(rows)
        collect = partial(self.collector.collect, samples=samples, reader=self.reader)
        if self.own.is_one_by_one:
            return {
                part: _part(found, found.values)
                for part in kind.PARTS
                for found in [collect(f"{kind.__name__}/{part}", model=kind(self.model, part)).vectors()]
            }
        collected = collect(kind.__name__, model=kind(self.model)).vectors()
        parts = np.split(collected.values, len(kind.PARTS), axis=1)
        return {name: _part(collected, values) for name, values in zip(kind.PARTS, parts, strict=True)}


def _part(collected: Vectors, values: Floats) -> Vectors:
    silent = np.asarray(np.isnan(values).all(axis=1)).tolist()
    outcome = ["failed" if s and o == "scored" else o for s, o in zip(silent, collected.outcome, strict=True)]
    reason = [
        UNANSWERED.text if s and o == "scored" else r
        for s, o, r in zip(silent, collected.outcome, collected.reason, strict=True)
    ]
    return Vectors(values, outcome, reason)
