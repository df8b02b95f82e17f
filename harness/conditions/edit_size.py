"""What an edit of the skin did to a picture: whether it hit its target, how large it is, and what else moved."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from harness.arrays import Bools
from harness.conditions.pictures import Pixels
from harness.signals.colour import ciede2000, hue_deg, lab_of
from harness.signals.cropped_face import find_face
from harness.signals.face import Face
from harness.signals.monk_scale import MONK_LAB
from harness.signals.skin import find_skin
from harness.signals.skin_tone import apparent_skin_tone, tone_of


@dataclass(frozen=True)
class EditSize:
    """An edit of one picture. What needs the face to be found in the edited picture is None where it is not.

    Attributes:
        change_in_skin: mean ΔE00 over the pixels that were skin.
        change_elsewhere: mean ΔE00 over the pixels that were none; those of the soft edge count as neither.
        monk_change: the apparent tone afterwards, measured anew, minus that before; steps of the Monk scale.
        monk_error: the apparent tone afterwards minus the target; steps of the Monk scale.
        lightness_error: the same in L*.
        hue_error_deg: the same in hue, -180 to 180 degrees.
        eyes_moved: the farther of the two eyes' moves, as a share of the distance between them; also None where
            the eyes are not found before.
        face_moved: the farthest move of a side of the face's box, as a share of its width.
    """

    change_in_skin: float
    change_elsewhere: float
    monk_change: int | None
    monk_error: int | None
    lightness_error: float | None
    hue_error_deg: float | None
    eyes_moved: float | None
    face_moved: float | None


def edit_size(before: Pixels, after: Pixels, target: int) -> EditSize | None:
    """Measure an edit towards a tone of the Monk scale; None where no skin is found before.

    Args:
        before: RGB, uint8, shape (height, width, 3).
        after: of the same shape.
        target: the tone, 1 to 10.
    """
    skin = find_skin(before)
    if skin is None:
        return None
    is_skin, is_other = np.zeros(before.shape[:2], bool), np.ones(before.shape[:2], bool)
    is_skin[skin.rows, skin.columns] = skin.inside
    is_other[skin.rows, skin.columns] = skin.weight == 0.0
    tone, aim = apparent_skin_tone(after), MONK_LAB[target - 1]
    found = find_face(after)
    return EditSize(
        change_in_skin=_mean_change(before, after, is_skin),
        change_elsewhere=_mean_change(before, after, is_other),
        monk_change=None if tone is None else tone.monk - tone_of(skin, before).monk,
        monk_error=None if tone is None else tone.monk - target,
        lightness_error=None if tone is None else tone.lightness - float(aim[0]),
        hue_error_deg=None if tone is None else _turn(tone.hue_deg - float(hue_deg(aim))),
        eyes_moved=None if found is None else _eyes_moved(skin.face, found),
        face_moved=None if found is None else _box_moved(skin.face, found),
    )


def _mean_change(before: Pixels, after: Pixels, where: Bools) -> float:
    if not where.any():
        return 0.0
    changed = where & (before != after).any(axis=-1)
    return float(ciede2000(lab_of(before[changed]), lab_of(after[changed])).sum() / where.sum())


def _turn(angle_deg: float) -> float:
    return (angle_deg + 180.0) % 360.0 - 180.0


def _eyes_moved(before: Face, after: Face) -> float | None:
    if before.eyes is None or after.eyes is None:
        return None
    apart = math.dist(*before.eyes)
    return max(math.dist(was, now) for was, now in zip(before.eyes, after.eyes, strict=True)) / apart


def _box_moved(before: Face, after: Face) -> float:
    was, now = (np.array([face.x, face.y, face.x + face.width, face.y + face.height]) for face in (before, after))
    return float(np.abs(was - now).max() / before.width)
