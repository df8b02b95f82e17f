"""Pictures to try conditions on, and what becomes of them."""

from __future__ import annotations

import numpy as np

from harness.signals.media import Image
from harness.study.assembly import open_condition


def flat(value: int | tuple[int, int, int], height: int = 224, width: int = 224) -> np.ndarray:
    return np.full((height, width, 3), value, np.uint8)


def changed(name: str, pixels: np.ndarray, seed: int = 0) -> np.ndarray:
    image = open_condition(name).apply(Image(pixels), np.random.default_rng(seed))
    assert isinstance(image, Image)
    return image.pixels
