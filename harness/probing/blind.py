"""The blind control: a system is asked about samples without their medium, and with that of another sample.

A system that answers from what it is told besides, or whose service drops what it is sent, gives the answers that
it gave before. Nothing in its figures shows that.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from harness.cards.modality import Modality
from harness.datasets.reader import Reader, Sample
from harness.inference.collected import Collected
from harness.inference.loading import in_context
from harness.inference.preparation import LoadSample
from harness.models.model import MediaModel, PretrainedModel
from harness.probing.answer_rows import answer_rows
from harness.probing.answered import Answered
from harness.probing.chosen import Rows, blind_rows
from harness.probing.collector import Collector
from harness.probing.probe_settings import ProbeSettings
from harness.probing.variants import Probed
from harness.signals.blank import blank, blank_picture, blank_sound, without_face
from harness.signals.encoded import Encoding, encoded
from harness.signals.media import EncodedFile, Media
from harness.tables.probe_tables import AS_GIVEN, BLIND

PICTURES = frozenset({Modality.FACE, Modality.BODY, Modality.VIDEO})

ENCODINGS: Mapping[str, Encoding] = {Modality.FACE: "png", Modality.BODY: "png", Modality.VOICE: "wav"}
"""What a system that reads files is sent instead of the dataset's own; other media cannot be written again."""

CHANGES: Mapping[str, Callable[[Any], Media]] = {
    "removed": blank,
    "background": without_face,
    "no_picture": blank_picture,
    "no_sound": blank_sound,
}

SWAPPED = "swapped"
"""The variant with the medium of another sample."""


@dataclass(frozen=True)
class Control:
    """The answers to one variant.

    Attributes:
        variant: its name, see `harness.tables.probe_tables.BLIND_VARIANTS`.
        rows: of the probes table.
        collected: the answers with what they cost; None for the study's own.
    """

    variant: str
    rows: pa.Table
    collected: Collected | None = None

    def answers(self, model: str) -> Iterator[pa.Table]:
        """Rows of the answers table, under the condition ``blind/<variant>``, if answers came one by one."""
        if self.collected is not None:
            yield from self.collected.answers(model, f"{BLIND}/{self.variant}")


def blind_control(answered: Answered, settings: ProbeSettings, collector: Collector) -> list[Control]:
    """Ask about some of the scored samples without their media; nothing where that cannot be done.

    A system that is trained within the study is not asked: its features are made of the media alone. Nor can one
    be that is sent files of a kind that the harness does not write.

    Raises:
        HarnessError: see `Collector.collect`.
    """
    model, own = answered.model, answered.own
    rows = blind_rows(answered.samples, np.flatnonzero(own.scored()), settings)
    if not len(rows) or not isinstance(model, PretrainedModel):
        return []
    asked, vectors, scale_W = answered.samples.take(rows), own.take(rows), np.ones(model.width)
    given = model.conclude(asked, vectors).predictions
    controls = [Control(AS_GIVEN, answer_rows(asked, BLIND, AS_GIVEN, vectors, vectors, scale_W, given))]
    prober = Probed(model, Probed.PARTS[0] if own.is_one_by_one else None, answered.kept_open)
    for variant, load in _loads(model, answered.reader, asked, _answers(given), settings.seed):
        name, load = f"{BLIND}/{variant}", in_context(load, model)
        collected = collector.collect(name, asked, answered.reader, prober, load, answered.made.get(name))
        found = collected.vectors()
        said = model.conclude(asked, found).predictions
        controls.append(
            Control(variant, answer_rows(asked, BLIND, variant, found, vectors, scale_W, said), collected)
        )
    return controls


def _loads(
    model: MediaModel[Any], reader: Reader[Any], asked: pa.Table, answers: Sequence[object], seed: int
) -> Iterator[tuple[str, LoadSample]]:
    """How the samples are read for each variant that makes sense of this system and these samples."""
    found = set(asked["modality"].unique().to_pylist())
    names = variants(model, found)
    encoding = ENCODINGS.get(min(found)) if model.reads_files else None
    yield from ((name, _Changed(reader, CHANGES[name], encoding)) for name in names if name in CHANGES)
    others = partners(answers, seed) if SWAPPED in names else None
    if others is not None:
        listed = asked.to_pylist()
        shown = {own["sample_id"]: listed[other] for own, other in zip(listed, others, strict=True)}
        yield SWAPPED, _Swapped(reader.encoded if model.reads_files else reader.load, shown)


def variants(model: MediaModel[Any], found: Collection[str]) -> list[str]:
    """The variants that make sense of a system and of samples of these modalities.

    Without a context the answer to the medium of another sample is known: the one to that sample.
    """
    can_be_written = not model.reads_files or (len(found) == 1 and min(found) in ENCODINGS)
    return [*(_removals(model, set(found)) if can_be_written else []), *([SWAPPED] if model.context else [])]


def _removals(model: MediaModel[Any], found: set[str]) -> list[str]:
    """What is taken away. Of a film, one half only from a system that is not also made for the other alone."""
    names = ["removed"]
    if found <= PICTURES:
        names.append("background")
    if found == {Modality.AUDIOVISUAL}:
        reads = set(model.card.modalities)
        names += ["no_picture"] if Modality.VOICE not in reads else []
        names += ["no_sound"] if not reads & PICTURES else []
    return names


def partners(answers: Sequence[object], seed: int) -> Rows | None:
    """For each sample another one that was answered otherwise; None where one has none.

    Args:
        answers: to the samples as they are.
        seed: determines the choice.
    """
    order = np.random.Generator(np.random.PCG64(seed)).permutation(len(answers)).tolist()
    found = np.empty(len(answers), dtype=np.int64)
    for place, index in enumerate(order):
        following = (order[(place + step) % len(order)] for step in range(1, len(order)))
        other = next((candidate for candidate in following if answers[candidate] != answers[index]), None)
        if other is None:
            return None
        found[index] = other
    return found


def _answers(predictions: pa.Table) -> list[object]:
    """What tells answers apart: the label, or the dimensions of a system without labels."""
    labels = predictions["label"].to_pylist()
    dimensions = zip(*(predictions[name].to_pylist() for name in ("valence", "arousal", "dominance")), strict=True)
    return [label or of_sample for label, of_sample in zip(labels, dimensions, strict=True)]


@dataclass(frozen=True)
class _Changed:
    """Reads a sample and takes something away. Picklable, for workers."""

    reader: Reader[Any]
    change: Callable[[Any], Media]
    encoding: Encoding | None

    def __call__(self, sample: Sample) -> Media | EncodedFile:
        media = self.change(self.reader.load(sample))
        return media if self.encoding is None else encoded(media, self.encoding)


@dataclass(frozen=True)
class _Swapped:
    """Reads another sample in the place of each. Picklable, for workers."""

    load: LoadSample
    shown: Mapping[str, Sample]

    def __call__(self, sample: Sample) -> Media | EncodedFile:
        medium = self.load(self.shown[sample["sample_id"]])
        assert isinstance(medium, Media | EncodedFile)
        return medium
