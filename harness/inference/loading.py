"""What the workers read for a model: decoded media, or files as they are; with context where it asks for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from harness.conditions.condition import Condition, under
from harness.datasets.reader import Reader
from harness.inference.preparation import LoadSample
from harness.models.model import VectorModel
from harness.models.speech_detection import SpeechGate, speech_gate
from harness.signals.media import EncodedFile, Given, InContext


def load_for(
    model: VectorModel[Any],
    reader: Reader[Any],
    condition: Condition | None = None,
    seed: int = 0,
    opened: Callable[[LoadSample], LoadSample] | None = None,
) -> LoadSample:
    """How one sample is read for a model.

    Args:
        model: says whether it decodes files by itself, and what else it is told.
        reader: of the dataset.
        condition: changes decoded media; None changes nothing.
        seed: of random conditions.
        opened: what else is done with decoded media as the reader gives them, see `harness.inference.beside`.
    """
    load: LoadSample = reader.encoded if model.reads_files else reader.load
    if opened is not None and not model.reads_files:
        load = opened(load)
    if condition is not None:
        load = under(condition, load, seed)
    gate = speech_gate(model.settings.speech)
    if gate is not None and not model.reads_files:
        load = _WithSpeech(load, gate)
    return in_context(load, model)


def in_context(load: LoadSample, model: VectorModel[Any]) -> LoadSample:
    """A load that also gives the columns of the sample that the model is told; as it is where there are none."""
    return _InContext(load, model.context) if model.context else load


@dataclass(frozen=True)
class _WithSpeech:
    """Picklable, for workers."""

    load: LoadSample
    gate: SpeechGate

    def __call__(self, sample: Mapping[str, Any]) -> Given:
        media = self.load(sample)
        assert not isinstance(media, InContext | EncodedFile), "files as they are go past the gate"
        self.gate.require(media)
        return media


@dataclass(frozen=True)
class _InContext:
    """Picklable, for workers."""

    load: LoadSample
    columns: tuple[str, ...]

    def __call__(self, sample: Mapping[str, Any]) -> Given:
        medium = self.load(sample)
        assert not isinstance(medium, InContext), "context is added once"
        return InContext(medium, {name: sample.get(name) for name in self.columns})
