"""The Monk Skin Tone scale: ten reference colours (Monk 2019), and which of them a colour is nearest to.

The mapping is named in what is reported, because there are others: by lightness, by ITA, by a trained network. On
the reference colours themselves L* does not fall evenly: tones 2 and 3 are as light as each other.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from harness.arrays import Floats, Ints
from harness.signals.colour import ciede2000, lab_of

MONK_SKIN_TONES: Mapping[str, str] = {
    "monk_01": "#f6ede4",
    "monk_02": "#f3e7db",
    "monk_03": "#f7ead0",
    "monk_04": "#eadaba",
    "monk_05": "#d7bd96",
    "monk_06": "#a07e56",
    "monk_07": "#825c43",
    "monk_08": "#604134",
    "monk_09": "#3a312a",
    "monk_10": "#292420",
}
"""The Monk Skin Tone scale (Monk 2019), sRGB."""

MONK_MAPPING = "nearest_monk_ciede2000"
"""The name of the mapping of `nearest_monk`."""

_REFERENCE = lab_of(np.array([list(bytes.fromhex(code[1:])) for code in MONK_SKIN_TONES.values()], np.uint8))
MONK_LAB: Floats = _REFERENCE.astype(np.float64)
"""The reference colours in CIELAB, from tone 1 to tone 10; shape (10, 3)."""


def nearest_monk(lab: npt.ArrayLike) -> tuple[Ints, Floats]:
    """The tone (1 to 10) whose reference colour has the least ΔE00 to a colour, and that difference.

    Args:
        lab: CIELAB; shape (3,) or (N, 3).
    """
    differences = ciede2000(np.asarray(lab, np.float64)[..., None, :], MONK_LAB)
    return np.asarray(differences.argmin(axis=-1) + 1, np.int64), np.asarray(differences.min(axis=-1))
