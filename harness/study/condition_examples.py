"""Samples of a dataset before and after a condition, as a page can show them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from harness.cards import registry
from harness.conditions.condition import Condition, Load, under
from harness.datasets.reader import Reader, ReaderOptions
from harness.errors import HarnessError, Unscored
from harness.report.condition_page import DescribedCondition, Example, ShownMedium, Version
from harness.signals.curves import curves_of
from harness.signals.encoded import encoded
from harness.signals.media import Audio, Image, Media, Recording, Video
from harness.signals.spectrogram import spectrogram_png
from harness.study.assembly import open_conditions
from harness.tables.condition_names import JOINT, SEVERITY
from harness.tables.schemas import CLEAN
from harness.tables.subject_spread import spread_over_subjects

MAX_SOUND_S = 6.0
"""The page holds so much of each sound."""

MAX_CURVES = 7
"""Of a recording."""


def opened_conditions(name: str, folders: Mapping[str, Path] | None = None) -> list[Condition]:
    """The condition of that name; of a family that has severities, one for each.

    Args:
        name: of the condition.
        folders: see `harness.study.assembly.open_conditions`.

    Raises:
        HarnessError: see `harness.study.assembly.open_conditions`.
    """
    if name == CLEAN:
        raise HarnessError(f"condition {name}: there is nothing to show, it changes nothing.")
    if SEVERITY not in name and JOINT not in name:
        kind: type[Condition] = registry.find("conditions", name)
        if kind.severities:
            return open_conditions([f"{name}{SEVERITY}{severity}" for severity in kind.severities], folders)
    return open_conditions([name], folders)


def described(conditions: Sequence[Condition]) -> list[DescribedCondition]:
    """What the conditions say of themselves."""
    entries = [condition.plain() for condition in conditions]
    return [DescribedCondition(e["name"], e["meaning"], e["label_preserving"], e["source"]) for e in entries]


def examples(
    reader: Reader[ReaderOptions], conditions: Sequence[Condition], *, num: int, seed: int
) -> list[Example]:
    """Some samples of as many people as possible, under every condition.

    Args:
        reader: of the dataset.
        conditions: that are shown.
        num: how many samples.
        seed: of what the conditions draw.

    Raises:
        HarnessError: a condition is not for samples of this kind.
    """
    samples = reader.samples()
    found = set(samples["modality"].unique().to_pylist())
    for condition in conditions:
        if not found <= condition.modalities:
            fitting = ", ".join(sorted(condition.modalities))
            raise HarnessError(
                f"condition {condition.name} is for {fitting} samples; {reader.card.name} has "
                f"{' and '.join(sorted(found))}. Name another dataset: dataset=NAME dataset.root=PATH."
            )
    rows = spread_over_subjects(samples, num).to_pylist()
    return [_example(row, reader.load, conditions, seed) for row in rows]


def _example(row: Mapping[str, Any], load: Load, conditions: Sequence[Condition], seed: int) -> Example:
    loads = {CLEAN: load} | {condition.name: under(condition, load, seed) for condition in conditions}
    return Example(row["sample_id"], row["label"], [_version(name, row, each) for name, each in loads.items()])


def _version(name: str, row: Mapping[str, Any], load: Load) -> Version:
    try:
        return Version(name, shown(load(row)))
    except Unscored as unscored:
        return Version(name, None, f"{unscored.reason.replace('_', ' ')} {unscored.detail}".strip())


def shown(media: Media) -> ShownMedium:
    """A medium as far as a page can show it: of a film the frame in the middle, of a sound its beginning."""
    if isinstance(media, Recording):
        return ShownMedium(curves=curves_of(media)[:MAX_CURVES])
    picture = None if isinstance(media, Audio) else encoded(media, "png").data
    sound = media if isinstance(media, Audio) else media.audio if isinstance(media, Video) else None
    if isinstance(media, Image) or sound is None:
        return ShownMedium(picture=picture)
    start = replace(sound, waveform=sound.waveform[: int(MAX_SOUND_S * sound.sample_rate)])
    return ShownMedium(
        picture=picture,
        sound=encoded(start, "wav").data,
        spectrogram=spectrogram_png(start),
        curves=curves_of(start),
    )
