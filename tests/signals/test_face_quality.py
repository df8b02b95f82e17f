"""Simulated faces that are blurred, darkened, shrunk: each changes the one measure that is about it."""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np
import pytest

from harness.cards.facts import dataset_card
from harness.datasets.simulated.faces import SimulatedFacesOptions, SimulatedFacesReader
from harness.signals.face_quality import face_quality


@cache
def picture() -> np.ndarray:
    options = SimulatedFacesOptions(subjects=10, glasses=0.0)
    reader = SimulatedFacesReader(dataset_card("simulated_faces"), None, options)
    pictures = (reader.load(row).pixels for row in reader.samples().to_pylist())
    large = (cv2.resize(each, (256, 256), interpolation=cv2.INTER_CUBIC) for each in pictures)
    return next(each for each in large if face_quality(each) is not None)


def test_blur_lowers_sharpness_alone() -> None:
    sharp, blurred = face_quality(picture()), face_quality(cv2.GaussianBlur(picture(), (0, 0), 3.0))
    assert sharp is not None
    assert blurred is not None
    assert blurred.face_sharpness < 0.3 * sharp.face_sharpness
    assert blurred.face_brightness == pytest.approx(sharp.face_brightness, abs=0.05)
    assert blurred.face_px == pytest.approx(sharp.face_px, rel=0.2)


def test_darkness_lowers_brightness_and_contrast() -> None:
    light, dark = face_quality(picture()), face_quality((picture() * 0.5).astype(np.uint8))
    assert light is not None
    assert dark is not None
    assert dark.face_brightness == pytest.approx(0.5 * light.face_brightness, rel=0.1)
    assert dark.face_contrast == pytest.approx(0.5 * light.face_contrast, rel=0.1)


def test_size_is_in_pixels() -> None:
    twice = cv2.resize(picture(), None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
    small, large = face_quality(picture()), face_quality(twice)
    assert small is not None
    assert large is not None
    assert large.face_px == pytest.approx(2 * small.face_px, rel=0.15)


def test_without_a_face_there_is_no_quality() -> None:
    assert face_quality(np.zeros((200, 200, 3), np.uint8)) is None
