"""The quality of signals as columns of the samples, measured in their media before the study begins.

Measured values stand in columns of their own (``ctx.snr_db``); what is measured later on is taken from grades
(``ctx.quality_snr``, see `harness.tables.quality_columns`), so that no media are needed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from harness.arrays import Floats
from harness.attributes.people import People
from harness.datasets.reader import Reader, ReaderOptions
from harness.errors import HarnessError, Unscored
from harness.signals.media import Audio, Image, Recording, Video
from harness.tables.quality_columns import NOT_MEASURED, QUALITY, grades

SIGNAL_QUALITY = "signal_quality"
DIGITS = 4

PULSE_CHANNEL, MOTION_CHANNEL = "bvp", "acceleration"


class Measured(NamedTuple):
    """A value that is measured, and the grade that is made of it.

    Attributes:
        value: its column, without the prefix ``ctx.``.
        grade: the measure of quality, whose column begins with `QUALITY`; None if the value is not graded.
        better: whether ``higher`` or ``lower`` values are better.
    """

    value: str
    grade: str | None
    better: str = "higher"


MEASURED: Sequence[Measured] = (
    Measured("snr_db", "snr"),
    Measured("loudness_lufs", "loudness"),
    Measured("clipped_share", "clipping", "lower"),
    Measured("bandwidth_hz", "bandwidth"),
    Measured("face_px", "face_size"),
    Measured("face_sharpness", "sharpness"),
    Measured("face_brightness", "brightness"),
    Measured("face_contrast", "contrast"),
    Measured("face_tilt_deg", None),
    Measured("motion_sd_g", "motion", "lower"),
    Measured("pulse_skewness", "pulse_skewness"),
    Measured("pulse_template_r", "pulse_template"),
    Measured("pulse_valid_beats", "valid_beats"),
    Measured("pulse_agreement", None),
)


def with_signal_quality(people: People, reader: Reader[ReaderOptions]) -> People:
    """The samples with what can be measured in each sound, in the face of each picture, and in each recording.

    A value is empty where it cannot be measured, such as in a picture without a face. A measure that is the same
    for all samples grades nothing and has no grades.

    Args:
        people: the samples, with what a file of people added.
        reader: of the dataset.

    Raises:
        HarnessError: nothing of the kind can be measured in the samples, or they have such a column already.
    """
    samples = people.samples
    rows = [_values(reader, row) for row in samples.to_pylist()]
    columns = {one: _column(rows, one.value) for one in MEASURED if any(one.value in row for row in rows)}
    if not columns:
        raise HarnessError(
            f"attributes.estimate: {SIGNAL_QUALITY} is measured in sounds, pictures of faces, and recordings with "
            "a pulse wave or acceleration; no sample has any of them. Leave it out."
        )
    made = dict(_made(columns))
    taken = [name for name in made if name in samples.column_names]
    if taken:
        raise HarnessError(
            f"attributes.estimate: the samples have a column {taken[0]} already. Leave out {SIGNAL_QUALITY}, or "
            "rename the column."
        )
    for name, values in made.items():
        samples = samples.append_column(name, values)
    return replace(people, samples=samples)


def _column(rows: Sequence[Mapping[str, float]], name: str) -> Floats:
    return np.array([row.get(name, np.nan) for row in rows], dtype=np.float64).round(DIGITS)


def _made(columns: Mapping[Measured, Floats]) -> Sequence[tuple[str, pa.Array]]:
    values = [(f"ctx.{one.value}", pa.array(value_N, from_pandas=True)) for one, value_N in columns.items()]
    graded = []
    for one, value_N in columns.items():
        if one.grade is not None and len(np.unique(value_N[np.isfinite(value_N)])) > 1:
            grade_N = grades(value_N, better=one.better)
            graded.append((f"{QUALITY}{one.grade}", pa.array(grade_N, pa.int64(), mask=grade_N == NOT_MEASURED)))
    return [*values, *graded]


def _values(reader: Reader[ReaderOptions], row: Mapping[str, Any]) -> dict[str, float]:
    try:
        media = reader.load(row)
    except Unscored:
        return {}
    match media:
        case Image():
            return _of_picture(media)
        case Audio():
            return _of_sound(media)
        case Video():
            return _of_picture(media.still) | ({} if media.audio is None else _of_sound(media.audio))
        case Recording():
            return _of_recording(media)


def _of_picture(picture: Image) -> dict[str, float]:
    from harness.signals.face_quality import (
        FaceQuality,
        face_quality,
    )  # OpenCV: not for studies without an estimate

    found = face_quality(picture.pixels)
    return dict.fromkeys(FaceQuality._fields, np.nan) if found is None else found._asdict()


def _of_sound(sound: Audio) -> dict[str, float]:
    from harness.signals.sound_quality import sound_quality

    return sound_quality(sound)._asdict()


def _of_recording(recording: Recording) -> dict[str, float]:
    from harness.signals.motion import motion
    from harness.signals.pulse_quality import pulse_quality

    found: dict[str, float] = {}
    moved, pulse = (recording.channels.get(name) for name in (MOTION_CHANNEL, PULSE_CHANNEL))
    if moved is not None and moved.values.ndim == 2 and len(moved.values):
        found["motion_sd_g"] = float(motion(moved.values[None], moved.rate_hz).sd[0])
    if pulse is not None and pulse.values.ndim == 1:
        found |= pulse_quality(pulse)._asdict()
    return found
