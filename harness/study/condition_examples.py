"""Samples of a dataset before and after a condition, as a page can show them.

Shapes: N frames, B steps of a plot.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from harness.arrays import Floats
from harness.cards import registry
from harness.conditions.condition import Condition, Load, under
from harness.datasets.reader import Reader, ReaderOptions
from harness.errors import HarnessError, Unscored
from harness.report.condition_page import DescribedCondition, Example, ShownMedium, Trace, Version
from harness.signals.encoded import encoded
from harness.signals.media import Audio, Image, Media, Recording, Video
from harness.study.assembly import open_conditions
from harness.tables.condition_names import JOINT, SEVERITY
from harness.tables.schemas import CLEAN
from harness.tables.subject_spread import spread_over_subjects

MAX_SOUND_S = 6.0
"""The page holds so much of each sound."""

MAX_STEPS = 400
MAX_CHANNELS = 6


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
        return ShownMedium(traces=_traces(media))
    picture = None if isinstance(media, Audio) else encoded(media, "png").data
    sound = media if isinstance(media, Audio) else media.audio if isinstance(media, Video) else None
    if isinstance(media, Image) or sound is None:
        return ShownMedium(picture=picture)
    start = replace(sound, waveform=sound.waveform[: int(MAX_SOUND_S * sound.sample_rate)])
    trace = _trace("amplitude", None, start.waveform.astype(np.float64))
    return ShownMedium(picture=picture, sound=encoded(start, "wav").data, traces=[trace])


def _traces(recording: Recording) -> list[Trace]:
    found = []
    for name, channel in list(recording.channels.items())[:MAX_CHANNELS]:
        values = channel.values
        if values.ndim > 1:  # of three axes, the length of the vector
            values = np.sqrt(np.square(values).sum(axis=1))
        found.append(_trace(name, channel.unit, values))
    if recording.beats is not None:
        found.append(_trace("interval between beats", "ms", recording.beats.interval_ms))
    return found


def _trace(name: str, unit: str | None, values_N: Floats) -> Trace:
    steps = np.array_split(values_N, min(MAX_STEPS, max(len(values_N), 1)))
    known = [step[np.isfinite(step)] for step in steps]
    low_B, high_B = ([float(of(step)) if len(step) else float("nan") for step in known] for of in (np.min, np.max))
    return Trace(name, unit, low_B, high_B)
