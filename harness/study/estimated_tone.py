"""Apparent skin tone as a column of the samples, estimated from their pictures before the study begins.

An attribute of one picture, not of a person: pictures of one person may differ. It shares its errors with the
system under test, which sees the same light.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pyarrow as pa

from harness.attributes.groups import PREFIX
from harness.attributes.people import People
from harness.cards.modality import Modality
from harness.datasets.reader import Reader, ReaderOptions
from harness.errors import HarnessError, Unscored
from harness.signals.media import Image, Video
from harness.signals.skin_tone import SkinTone, apparent_skin_tone

APPARENT_SKIN_TONE = "apparent_skin_tone"

PICTURES = (Modality.FACE, Modality.AUDIOVISUAL, Modality.VIDEO)

_COLUMNS: Mapping[str, tuple[pa.DataType, Callable[[SkinTone], Any]]] = {
    f"{PREFIX}{APPARENT_SKIN_TONE}": (pa.string(), lambda tone: f"monk_{tone.monk:02}"),
    "ctx.skin_lightness": (pa.float64(), lambda tone: round(tone.lightness, 2)),
    "ctx.skin_hue_deg": (pa.float64(), lambda tone: round(tone.hue_deg, 2)),
    "ctx.skin_ita_deg": (pa.float64(), lambda tone: round(tone.ita_deg, 2)),
    "ctx.skin_lighting": (pa.string(), lambda tone: tone.lighting.value),
}


def with_apparent_skin_tone(people: People, reader: Reader[ReaderOptions]) -> People:
    """The samples with the apparent skin tone of each picture, or of the middle frame of each film.

    It is empty where no face with enough skin is found, or the picture cannot be read.

    Args:
        people: the samples, with what a file of people added.
        reader: of the dataset.

    Raises:
        HarnessError: the samples are no pictures, or have such a column already.
    """
    samples = people.samples
    others = set(samples["modality"].unique().to_pylist()) - set(PICTURES)
    if others:
        raise HarnessError(
            f"attributes.estimate: {APPARENT_SKIN_TONE} is measured in pictures; the dataset has "
            f"{' and '.join(sorted(others))}. Leave it out."
        )
    taken = [name for name in _COLUMNS if name in samples.column_names]
    if taken:
        raise HarnessError(
            f"attributes.estimate: the samples have a column {taken[0]} already. Leave out the estimate, or "
            "rename the column."
        )
    tones = [_tone(reader, row) for row in samples.to_pylist()]
    for name, (of, value) in _COLUMNS.items():
        values = [None if tone is None else value(tone) for tone in tones]
        samples = samples.append_column(name, pa.array(values, of))
    return replace(people, samples=samples, estimated=(*people.estimated, APPARENT_SKIN_TONE))


def _tone(reader: Reader[ReaderOptions], row: Mapping[str, Any]) -> SkinTone | None:
    try:
        media = reader.load(row)
    except Unscored:
        return None
    picture = media.still if isinstance(media, Video) else media
    return apparent_skin_tone(picture.pixels) if isinstance(picture, Image) else None
