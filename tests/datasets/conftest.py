"""Media files that are real to their decoders, for layouts made in a temporary folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
import soundfile as sf

RATE = 16_000

Writer = Callable[[Path], None]


@pytest.fixture
def write_sound() -> Writer:
    """One second of a tone."""

    def write(path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        sf.write(path, 0.1 * np.sin(np.arange(RATE) / 20), RATE)

    return write


@pytest.fixture
def write_film() -> Writer:
    """Nine red frames of 64 × 48, in the codec that belongs to the suffix."""

    def write(path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        codec = {".mp4": "mp4v", ".flv": "FLV1"}[path.suffix]
        writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*codec), 30, (64, 48))
        for _ in range(9):
            writer.write(np.full((48, 64, 3), (0, 0, 200), np.uint8))
        writer.release()

    return write


@pytest.fixture
def write_picture() -> Writer:
    """A picture of 64 × 48, red."""

    def write(path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(path), np.full((48, 64, 3), (0, 0, 200), np.uint8))

    return write
