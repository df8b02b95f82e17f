"""The same face with another skin tone, and a sham edit that is as large and leaves the tone.

Only the skin changes: within the mask of `harness.signals.skin`, in CIELAB. Everything else keeps its bytes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from harness.arrays import Floats
from harness.conditions.condition import LabelPreserving
from harness.conditions.pictures import PictureCondition, Pixels
from harness.errors import Reason, Unscored
from harness.signals.colour import Lab, ciede2000, hue_deg, lab_of, pixels_of
from harness.signals.monk_scale import MONK_LAB
from harness.signals.skin import Skin, find_skin
from harness.signals.skin_tone import is_grey

CONTRAST = (0.6, 1.5)
"""Shading on skin of another lightness, at least and at most, in L* against what it was."""

SAME_SIZE = 0.9
"""A sham edit that is smaller than this share of the edit is none."""

WHITE = 99.0
"""L* of the highlights of the lightest skin."""

LIGHTEST, DARKEST = 97.0, 6.0
"""L* of what is skin in full light or in the dark."""

SAMPLE = 4096
"""Pixels of the skin from which the size of an edit is taken while the sham is fitted to it."""

_TARGETS = {
    tone: f"towards tone {tone} of the Monk scale (L* {lab[0]:.1f}, hue {hue_deg(lab):.1f}°)"
    for tone, lab in enumerate(MONK_LAB, start=1)
}


class _SkinCondition(PictureCondition):
    """What changes the skin of the largest face."""

    graded = False
    label_preserving = LabelPreserving.ASSUMED

    @property
    def target(self) -> Floats:
        """The colour that the severity names; CIELAB, shape (3,)."""
        assert self.severity is not None, "a severity was asked for"
        return np.asarray(MONK_LAB[self.severity - 1])

    def _skin(self, pixels: Pixels) -> Skin:
        skin = find_skin(pixels)
        if skin is None:
            raise Unscored(Reason.NOT_APPLICABLE, "no face with enough skin is found")
        if is_grey(skin):
            raise Unscored(Reason.NOT_APPLICABLE, "the skin has no colour, as in a grey picture")
        return skin


class SkinToneEdit(_SkinCondition):
    """``face/skin_tone@1`` … ``@10``: the skin in another tone, everything else as it is.

    The number is the tone of the Monk scale that the skin is moved to. It is a target, not a strength: the change
    is large where the face's own tone is far away, and next to none where it is the target.
    """

    severities = {tone: f"{text}; a target, no strength" for tone, text in _TARGETS.items()}  # noqa: RUF012
    source = "Monk Skin Tone scale (Monk 2019)"

    def changed(self, pixels: Pixels, rng: np.random.Generator) -> Pixels:  # noqa: ARG002 (nothing is drawn)
        """The median colour of the skin is moved to the target; differences from it, the shading, stay."""
        skin = self._skin(pixels)
        return _put(pixels, skin, recoloured(skin.lab, Colours.of(skin), self.target))


class SkinToneSham(_SkinCondition):
    """``face/skin_tone_sham@1`` … ``@10``: the control of ``face/skin_tone``: as large a change, the same tone.

    Light from one side: the skin turns lighter towards one side of the face and darker towards the other, which is
    drawn, by the same operation on the same pixels and with the same mean ΔE00 as the edit towards the tone of the
    same number. Its median lightness and its hue stay. A system whose answer changes here, too, reacts to a change
    of the skin's pixels, not to its tone. In the background, a sham would be out of sight for every system that
    crops the face.
    """

    severities = {tone: f"as large as the edit {text}" for tone, text in _TARGETS.items()}  # noqa: RUF012

    def changed(self, pixels: Pixels, rng: np.random.Generator) -> Pixels:
        """The skin under a light from one side.

        Raises:
            Unscored: no face, no colour, or an edit so large that light cannot be (``not_applicable``).
        """
        skin = self._skin(pixels)
        side = 1.0 if rng.random() < 0.5 else -1.0
        return _put(pixels, skin, sham(skin, self.target, side))


@dataclass(frozen=True)
class Colours:
    """Those of a face's skin: the median in CIELAB, shape (3,), and how much lighter its highlights are."""

    middle: Floats
    highlights: float

    @classmethod
    def of(cls, skin: Skin) -> Colours:
        """The colours of skin that was found."""
        middle = skin.middle
        return cls(middle, max(1.0, float(np.percentile(skin.lab[skin.inside, 0], 97) - middle[0])))


def recoloured(lab: Lab, skin: Colours, target: Floats) -> Lab:
    """Colours around a middle moved to another, with their shading.

    Light that falls on skin of another reflectance changes L* + 16 by one factor, as L* + 16 grows with the cube
    root of luminance; so differences from the middle are scaled by it, within `CONTRAST`. Highlights are scaled
    less where they would leave the range: they stay highlights instead of becoming one white.

    Args:
        lab: CIELAB; shape (…, 3).
        skin: whose colours they are.
        target: where the median is moved to, shape (3,); or for each colour, shape (…, 3).
    """
    factor = np.clip((target[..., :1] + 16.0) / (skin.middle[0] + 16.0), *CONTRAST)
    by = lab - skin.middle
    headroom = np.maximum(0.0, WHITE - target[..., :1]) / skin.highlights
    lighter = np.where(by[..., :1] > 0.0, np.minimum(factor, headroom), factor)
    moved = np.asarray(target + factor * by, np.float32)
    moved[..., :1] = target[..., :1] + lighter * by[..., :1]
    return moved


def sham(skin: Skin, target: Floats, side: float) -> Lab:
    """The colours of a face's skin under light from one side, as far from what they were as an edit would be.

    Args:
        skin: of the face.
        target: of the edit; CIELAB, shape (3,).
        side: 1 for light from the right of the picture, -1 from the left.

    Raises:
        Unscored: no such light is strong enough (``not_applicable``).
    """
    across = side * _rank_across(skin)
    inside = skin.inside
    step = max(1, int(inside.sum()) // SAMPLE)
    lab, across_N = skin.lab[inside][::step], across[inside][::step]
    colours = Colours.of(skin)
    wanted = _mean_change(lab, recoloured(lab, colours, target))
    low, high = 0.0, 2.0 * (LIGHTEST - DARKEST)
    for _ in range(24):
        strength = (low + high) / 2.0
        reached = _mean_change(lab, _lit(lab, colours, strength * across_N))
        low, high = (strength, high) if reached < wanted else (low, strength)
    if _mean_change(lab, _lit(lab, colours, high * across_N)) < SAME_SIZE * wanted:
        raise Unscored(Reason.NOT_APPLICABLE, "no sham edit is as large as the edit to this tone")
    return _lit(skin.lab, colours, high * across)


def _rank_across(skin: Skin) -> Floats:
    """Where columns are across the skin, -1 to 1, half of the skin on each side of 0; shape (rows, columns)."""
    below = np.cumsum(skin.inside.sum(axis=0)).astype(np.float64)
    middle_of_column = below - skin.inside.sum(axis=0) / 2.0
    return np.broadcast_to(2.0 * middle_of_column / below[-1] - 1.0, skin.weight.shape)


def _lit(lab: Lab, skin: Colours, lighter: Floats) -> Lab:
    """Colours of skin that is lighter by so much, within what can be seen; hue and chroma as they are."""
    target = np.empty((*lighter.shape, 3))
    target[...] = skin.middle
    target[..., 0] = np.clip(skin.middle[0] + lighter, DARKEST, LIGHTEST)
    lit = recoloured(lab, skin, target)
    lit[..., 1:] = lab[..., 1:]
    return lit


def _mean_change(before: Lab, after: Lab) -> float:
    """The mean ΔE00, of what sRGB can show."""
    return float(ciede2000(before, lab_of(pixels_of(after))).mean())


def _put(pixels: Pixels, skin: Skin, lab: Lab) -> Pixels:
    """The picture with the skin in these colours, mixed at its edges."""
    weight: npt.NDArray[np.float32] = skin.weight[..., None]
    changed = pixels.copy()
    part = changed[skin.rows, skin.columns]
    mixed = pixels_of(skin.lab + weight * (lab - skin.lab))
    changed[skin.rows, skin.columns] = np.where(weight > 0.0, mixed, part)
    return changed
