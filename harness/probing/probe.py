"""Runs the model on a few samples again: alone, in another batch, with altered input, in single precision.

Shapes: n probed samples, W the model's width.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np
import pyarrow as pa

from harness.arrays import Floats
from harness.inference.beside import OWN_ARRAY
from harness.inference.preparation import Prepared
from harness.models.model import OptionsT, PretrainedModel, Vectors
from harness.probing.answer_rows import answer_rows
from harness.probing.answered import Answered
from harness.probing.chosen import Rows, computes_in_less, other_input_rows, repeated_rows, takes_other_input
from harness.probing.collector import Collector
from harness.probing.probe_settings import ProbeSettings
from harness.probing.variants import (
    OTHER_ORDER,
    UNANSWERED,
    AloneAndTogether,
    OtherInput,
    Probed,
    both_orders,
)
from harness.tables.probe_tables import AS_GIVEN, FLOAT32, PAID, PROBES, REDUCED_PRECISION, unasked


def probes_table(answered: Answered, settings: ProbeSettings, collector: Collector) -> pa.Table:
    """The probes table (schema `harness.tables.probe_tables.PROBES`); empty if no sample was scored.

    Every system is run again, except one whose answers are paid for: the table is then empty and says so, unless
    the settings want it. A pretrained face model is also run with altered input; a model that is trained within
    the study would learn any order of channels and any scale. One that computes with less than single precision
    is run once more in that.

    Raises:
        HarnessError: see `Collector.collect`.
    """
    if not settings.ask_paid and (answered.model.card.paid or answered.own.is_paid):
        return unasked(PAID)
    prober = _Prober(answered, collector)
    model, scored = answered.model, np.flatnonzero(answered.own.scored())
    few = repeated_rows(answered.samples, scored, settings)
    tables = [PROBES.empty_table(), *(prober.repeated(few) if len(few) else [])]
    if takes_other_input(model):
        more = other_input_rows(answered.samples, scored, settings)
        tables += prober.with_other_input(more, model) if len(more) else []
    if len(few) and computes_in_less(model) and not answered.own.is_one_by_one:
        tables.append(prober.in_float32(few, model))
    return pa.concat_tables(tables).combine_chunks()


@dataclass(frozen=True)
class _Prober:
    """Runs the model, and collects the answers as rows."""

    answered: Answered
    collector: Collector

    def repeated(self, rows: Rows) -> list[pa.Table]:
        """Asked as the predictions had them, where that was kept, and once more starting from the files.

        The second time the model is loaded anew: one whose weights are drawn at random is not deterministic.
        """
        answered = self.answered
        own, scale_W, samples = answered.own.take(rows), self._scale(), answered.samples.take(rows)
        first = self._ask(AloneAndTogether, rows, answered.made.get(OWN_ARRAY))
        if answered.kept_open is not None:
            answered.kept_open.close()
        second = self._ask(Probed, rows)
        return [
            answer_rows(samples, "batch_invariance", "alone", first["alone"], own, scale_W),
            answer_rows(samples, "batch_invariance", "together", first["together"], own, scale_W),
            answer_rows(samples, "determinism", "again", second["again"], first["together"], scale_W),
        ]

    def with_other_input(self, rows: Rows, model: PretrainedModel[OptionsT]) -> list[pa.Table]:
        own, scale_W, made = self.answered.own.take(rows), np.ones(model.width), self.answered.made
        answers = self._ask(OtherInput, rows, both_orders(made.get(OWN_ARRAY, {}), made.get(OTHER_ORDER, {})))
        swapped, scaled = {"swapped": answers.pop("swapped")}, answers
        samples = self.answered.samples.take(rows)
        return [
            answer_rows(
                samples, probe, variant, vectors, own, scale_W, model.conclude(samples, vectors).predictions
            )
            for probe, of_probe in (("channel_order", swapped), ("input_scale", scaled))
            for variant, vectors in ({AS_GIVEN: own} | of_probe).items()
        ]

    def in_float32(self, rows: Rows, model: PretrainedModel[OptionsT]) -> pa.Table:
        """The answers of the study, and those that the system gives in single precision."""
        own, samples = self.answered.own.take(rows), self.answered.samples.take(rows)
        if self.answered.kept_open is not None:
            self.answered.kept_open.close()  # the device may not hold both
        known = self.answered.made.get(OWN_ARRAY)
        exact = self.collector.collect(
            REDUCED_PRECISION, samples, self.answered.reader, Probed(model.in_float32()), known=known
        )
        return pa.concat_tables(
            answer_rows(
                samples,
                REDUCED_PRECISION,
                variant,
                vectors,
                own,
                np.ones(model.width),
                model.conclude(samples, vectors).predictions,
            )
            for variant, vectors in ((AS_GIVEN, own), (FLOAT32, _part(exact.vectors(), exact.vectors().values)))
        )

    def _scale(self) -> Floats:
        """What a difference is measured in ``[W]``: 1 for scores, for features their standard deviation."""
        if isinstance(self.answered.model, PretrainedModel):
            return np.ones(self.answered.model.width)
        values_NW = self.answered.own.vectors().values
        present_NW = np.isfinite(values_NW)
        num_W = np.maximum(present_NW.sum(axis=0), 1)
        values_NW = np.where(present_NW, values_NW, 0.0)
        centred_NW = np.where(present_NW, values_NW - values_NW.sum(axis=0) / num_W, 0.0)
        deviation_W = np.sqrt((centred_NW**2).sum(axis=0) / num_W)
        return np.where(deviation_W > 0.0, deviation_W, 1.0)

    def _ask(
        self, kind: type[Probed], rows: Rows, known: Mapping[str, Prepared] | None = None
    ) -> dict[str, Vectors]:
        """The model's answers under the name of each part; a part that is NaN throughout is a failed row."""
        model, kept_open, samples = self.answered.model, self.answered.kept_open, self.answered.samples.take(rows)
        collect = partial(self.collector.collect, samples=samples, reader=self.answered.reader, known=known)
        if self.answered.own.is_one_by_one:
            return {
                part: _part(found, found.values)
                for part in kind.PARTS
                for found in [collect(f"{kind.__name__}/{part}", model=kind(model, part, kept_open)).vectors()]
            }
        collected = collect(kind.__name__, model=kind(model, kept_open=kept_open)).vectors()
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
