"""Checks that dataset, system and conditions of a study are compatible, before anything is predicted."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from harness.cards.modality import Modality
from harness.conditions.condition import Condition
from harness.datasets.reader import Reader, ReaderOptions
from harness.errors import HarnessError
from harness.models.model import MediaModel, Model, ModelOptions, PretrainedModel, VectorModel
from harness.signals.speech_options import SpeechOptions
from harness.tables.schemas import CLEAN


def require_modality(reader: Reader[ReaderOptions], system: Model[ModelOptions], samples: pa.Table) -> None:
    """Check that the system reads the modality of the dataset, or something that its films hold.

    Raises:
        HarnessError: it does not.
    """
    reads = system.card.modalities
    found = set(samples["modality"].unique().to_pylist())
    if Modality.VIDEO in found and _reads_of_films(system):
        found -= {Modality.VIDEO}
    if reads and not found <= set(reads):
        raise HarnessError(
            f"model {system.card.name} reads {' or '.join(reads)}, but dataset {reader.card.name} has "
            f"{' and '.join(sorted(found - set(reads)))} samples. See `harness list models`."
        )


def _reads_of_films(system: Model[ModelOptions]) -> bool:
    """Whether it reads decoded pictures of faces, or sounds, which films hold."""
    decoded = isinstance(system, MediaModel) and not system.reads_files
    return decoded and bool({Modality.FACE, Modality.VOICE, Modality.AUDIOVISUAL} & set(system.card.modalities))


def require_names_apart(system: Model[ModelOptions], baselines: Sequence[Model[ModelOptions]]) -> None:
    """No baseline has the name of the system: predictions and results tell models apart by it.

    Raises:
        HarnessError: one has.
    """
    if any(baseline.name == system.name for baseline in baselines):
        raise HarnessError(
            f"The system is called {system.name!r}, which is the name of one of its baselines. Call it something "
            "else, or leave that one out of baselines."
        )


def require_heard(system: Model[ModelOptions], speech: SpeechOptions) -> None:
    """Check that a search for speech can be made before the system is asked.

    Raises:
        HarnessError: the system reads no sound, or is given files as they are.
    """
    if speech.detector == "none":
        return
    hears = {Modality.VOICE, Modality.AUDIOVISUAL, Modality.VIDEO}
    if not isinstance(system, MediaModel) or not hears & set(system.card.modalities):
        raise HarnessError(
            f"speech.detector={speech.detector}: model {system.card.name} hears nothing. Leave it out."
        )
    if system.reads_files:
        raise HarnessError(
            f"speech.detector={speech.detector} needs decoded sounds, but model {system.card.name} is given files "
            "as they are. State an encoding in the input of its card, or leave the detector out."
        )


def require_repeats(repeats: int, system: Model[ModelOptions]) -> None:
    """Check that a system that is asked several times can answer otherwise.

    Raises:
        HarnessError: it reads no media, or is trained within the study.
    """
    if repeats > 1 and not isinstance(system, PretrainedModel):
        why = "is trained within the study" if isinstance(system, MediaModel) else "answers without media, once"
        raise HarnessError(
            f"repeats={repeats}, but model {system.card.name} {why}: its answers do not vary. Leave repeats out."
        )


def require_conditions(conditions: Sequence[Condition], system: Model[ModelOptions], samples: pa.Table) -> None:
    """Check that every condition applies to the modality of the samples and that the system reads media.

    Raises:
        HarnessError: one does not.
    """
    found = set(samples["modality"].unique().to_pylist())
    for condition in conditions:
        if condition.name == CLEAN:
            continue
        if not isinstance(system, MediaModel):
            raise HarnessError(
                f"condition {condition.name} changes media, but model {system.card.name} reads none. Remove it "
                "from conditions."
            )
        if isinstance(system, VectorModel) and system.reads_files:
            raise HarnessError(
                f"condition {condition.name} changes decoded media, but model {system.card.name} is sent files as "
                "they are. State input.encoding in its card: png or wav."
            )
        if not found <= condition.modalities:
            raise HarnessError(
                f"condition {condition.name} is for {', '.join(sorted(condition.modalities))} samples; the "
                f"dataset has {' and '.join(sorted(found - condition.modalities))}."
            )
