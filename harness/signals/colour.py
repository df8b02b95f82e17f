"""Colours as people see them: sRGB and CIELAB (D65, 2°), and how far apart two colours are.

OpenCV scales and shifts CIELAB of 8-bit pictures; here L* is 0 to 100, a* and b* are as the CIE defines them.

Shapes: any leading shape, then C (3): red, green, blue or L*, a*, b*.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from harness.arrays import Floats

Pixels = npt.NDArray[np.uint8]
Lab = npt.NDArray[np.float32]

_TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
"""Linear sRGB → XYZ (IEC 61966-2-1)."""

_WHITE = _TO_XYZ.sum(axis=1)
"""D65 as sRGB's own white, so that greys have no chroma."""

_TO_RELATIVE = (_TO_XYZ / _WHITE[:, None]).astype(np.float32)
_FROM_RELATIVE = np.linalg.inv(_TO_XYZ / _WHITE[:, None]).astype(np.float32)
_DELTA = 6.0 / 29.0


def _linear(values: Floats) -> npt.NDArray[np.float32]:
    linear = np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)
    return np.asarray(linear, np.float32)


_LINEAR = _linear(np.arange(256) / 255.0)


def lab_of(pixels: Pixels) -> Lab:
    """8-bit sRGB → CIELAB."""
    relative = _LINEAR[pixels] @ _TO_RELATIVE.T
    f = np.where(relative > _DELTA**3, np.cbrt(relative), relative / (3 * _DELTA**2) + 4.0 / 29.0)
    x, y, z = np.moveaxis(f, -1, 0)
    return np.asarray(np.stack([116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)], axis=-1), np.float32)


def pixels_of(lab: Lab) -> Pixels:
    """CIELAB → 8-bit sRGB; colours that sRGB does not hold are clipped per channel."""
    lightness, a, b = np.moveaxis(lab, -1, 0)
    y = (lightness + 16.0) / 116.0
    f = np.stack([y + a / 500.0, y, y - b / 200.0], axis=-1)
    relative = np.where(f > _DELTA, f**3, 3 * _DELTA**2 * (f - 4.0 / 29.0))
    linear = np.clip(relative @ _FROM_RELATIVE.T, 0.0, 1.0)
    encoded = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1.0 / 2.4) - 0.055)
    return np.asarray(np.rint(255.0 * encoded), np.uint8)


def hue_deg(lab: npt.ArrayLike) -> Floats:
    """The hue angle h_ab in degrees, from -180 to 180; of skin 30 to 90, from red to yellow."""
    _, a, b = np.moveaxis(np.asarray(lab, np.float64), -1, 0)
    return np.asarray(np.degrees(np.arctan2(b, a)))


def ita_deg(lab: npt.ArrayLike) -> Floats:
    """The individual typology angle, arctan((L* - 50) / b*) in degrees (Chardon et al. 1991): high is light."""
    lightness, _, b = np.moveaxis(np.asarray(lab, np.float64), -1, 0)
    return np.asarray(np.degrees(np.arctan2(lightness - 50.0, b)))


def ciede2000(first: npt.ArrayLike, second: npt.ArrayLike) -> Floats:
    """The colour difference ΔE00 between CIELAB colours (CIE 142:2001, k_L = k_C = k_H = 1).

    Formulas as numbered by Sharma, Wu & Dalal 2005 (doi:10.1002/col.20070). About 1 is just noticeable.
    """
    l_1, a_1, b_1 = np.moveaxis(np.asarray(first, np.float64), -1, 0)
    l_2, a_2, b_2 = np.moveaxis(np.asarray(second, np.float64), -1, 0)
    mean_c7 = ((np.hypot(a_1, b_1) + np.hypot(a_2, b_2)) / 2.0) ** 7
    stretch = 1.5 - 0.5 * np.sqrt(mean_c7 / (mean_c7 + 25.0**7))
    a_1, a_2 = stretch * a_1, stretch * a_2
    c_1, c_2 = np.hypot(a_1, b_1), np.hypot(a_2, b_2)
    h_1, h_2 = np.degrees(np.arctan2(b_1, a_1)) % 360.0, np.degrees(np.arctan2(b_2, a_2)) % 360.0
    coloured = c_1 * c_2 > 0.0
    turn = np.where(coloured, (h_2 - h_1 + 180.0) % 360.0 - 180.0, 0.0)
    # Opposite hues: (h_2 - h_1) is 180 either way, and equation 10 keeps its sign.
    turn = np.where(coloured & (np.abs(h_2 - h_1) == 180.0), h_2 - h_1, turn)
    hue = np.where(coloured, _mean_hue(h_1, h_2), h_1 + h_2)
    return _weighted(l_1, l_2, c_1, c_2, turn, hue)


def _mean_hue(h_1: Floats, h_2: Floats) -> Floats:
    """Equation 14."""
    total = h_1 + h_2
    far = np.abs(h_1 - h_2) > 180.0
    return np.where(far, np.where(total < 360.0, total + 360.0, total - 360.0), total) / 2.0


def _weighted(l_1: Floats, l_2: Floats, c_1: Floats, c_2: Floats, turn: Floats, hue: Floats) -> Floats:
    """Equations 8 to 22, from the differences to ΔE00."""
    delta_h = 2.0 * np.sqrt(c_1 * c_2) * np.sin(np.radians(turn) / 2.0)
    lightness, chroma = (l_1 + l_2) / 2.0, (c_1 + c_2) / 2.0
    t = (
        1.0
        - 0.17 * np.cos(np.radians(hue - 30.0))
        + 0.24 * np.cos(np.radians(2.0 * hue))
        + 0.32 * np.cos(np.radians(3.0 * hue + 6.0))
        - 0.20 * np.cos(np.radians(4.0 * hue - 63.0))
    )
    s_l = 1.0 + 0.015 * (lightness - 50.0) ** 2 / np.sqrt(20.0 + (lightness - 50.0) ** 2)
    s_c, s_h = 1.0 + 0.045 * chroma, 1.0 + 0.015 * chroma * t
    r_c = 2.0 * np.sqrt(chroma**7 / (chroma**7 + 25.0**7))
    r_t = -r_c * np.sin(np.radians(60.0 * np.exp(-(((hue - 275.0) / 25.0) ** 2))))
    by_l, by_c, by_h = (l_2 - l_1) / s_l, (c_2 - c_1) / s_c, delta_h / s_h
    return np.asarray(np.sqrt(by_l**2 + by_c**2 + by_h**2 + r_t * by_c * by_h))
