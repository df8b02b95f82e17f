"""How the Hugging Face hub, whose words other standards use, calls what a system does."""

from __future__ import annotations

from collections.abc import Mapping

from harness.cards.modality import Modality
from harness.conformity.measured_run import MeasuredRun

_TASKS: Mapping[Modality, str] = {
    Modality.FACE: "image-classification",
    Modality.BODY: "image-classification",
    Modality.VOICE: "audio-classification",
    Modality.AUDIOVISUAL: "video-classification",
    Modality.VIDEO: "video-classification",
    Modality.WEARABLE: "tabular-classification",
    Modality.EEG: "tabular-classification",
    Modality.PHYSIOLOGY: "tabular-classification",
}


def hub_task(run: MeasuredRun) -> str:
    """The task of the system, by the first thing that it reads; ``other`` where its media are not known."""
    media = run.model_card.modalities or run.dataset_card.modalities
    return next((_TASKS[each] for each in media if each in _TASKS), "other")
