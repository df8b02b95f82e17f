"""Masks, scarves, glasses and backgrounds on simulated people."""

from __future__ import annotations

import numpy as np
import pytest

from harness.conditions.face_frame import FaceFrame, painted
from harness.errors import Reason, Unscored
from harness.signals.face import Face
from harness.study.assembly import open_condition
from tests.changed_pictures import changed, flat
from tests.simulated_pictures import face_of_tone

FACE = face_of_tone(6)
FRAME = FaceFrame.of(FACE)


def at(pixels: np.ndarray, right: float, down: float) -> np.ndarray:
    """The pixel at a place of the face."""
    x, y = np.floor(FRAME.points([(right, down)])[0]).astype(int)
    return np.asarray(pixels[y, x])


def test_places_turn_with_the_face() -> None:
    face = Face(0.0, 0.0, 100.0, 100.0)
    level = FaceFrame(face, (50.0, 40.0), 40.0, 0.0)
    np.testing.assert_allclose(level.points([(0.5, 0.0), (0.0, 1.0)]), [[70.0, 40.0], [50.0, 80.0]])
    tilted = FaceFrame(face, (50.0, 40.0), 40.0, 30.0)
    right, down = tilted.points([(0.5, 0.0), (0.0, 1.0)])
    np.testing.assert_allclose(right, [50 + 20 * np.cos(np.pi / 6), 40 + 20 * 0.5])
    np.testing.assert_allclose(down, [50 - 40 * 0.5, 40 + 40 * np.cos(np.pi / 6)])


def test_a_shape_covers_its_area() -> None:
    frame = FaceFrame(Face(0.0, 0.0, 100.0, 100.0), (100.0, 100.0), 50.0, 20.0)
    square = frame.polygon((200, 200), [(-1, -1), (1, -1), (1, 1), (-1, 1)])
    assert square.sum() == pytest.approx(100.0**2, rel=0.03)
    ellipse = frame.ellipse((200, 200, 3), (0.0, 0.0), (1.0, 0.5))
    assert ellipse.sum() == pytest.approx(np.pi * 50 * 25, rel=0.04)


def test_half_a_cover_is_half_a_colour() -> None:
    half = painted(flat(100, 2, 2), np.full((2, 2), 0.5, np.float32), (200, 0, 100))
    assert half[0, 0].tolist() == [150, 50, 100]


@pytest.mark.parametrize("name", ["face/mask", "face/scarf"])
def test_mask_and_scarf_cover_the_mouth_and_leave_eyes_and_forehead(name: str) -> None:
    covered = changed(name, FACE)
    assert np.abs(at(covered, 0.0, 1.2).astype(int) - at(FACE, 0.0, 1.2)).max() > 30
    for place in ((-0.5, 0.0), (0.5, 0.0), (0.0, -0.6)):
        np.testing.assert_array_equal(at(covered, *place), at(FACE, *place))
    assert 0.1 < np.mean((covered != FACE).any(axis=2)) < 0.5


@pytest.mark.parametrize(("severity", "share"), [(1, 1.0), (2, 0.5), (3, 0.05)])
def test_lenses_let_through_what_they_say(severity: int, share: float) -> None:
    worn = changed(f"face/glasses@{severity}", FACE)
    expected = at(FACE, 0.52, 0.03) * share + np.array([12, 12, 14]) * (1 - share)
    np.testing.assert_allclose(at(worn, 0.52, 0.03), expected, atol=0.51)
    np.testing.assert_allclose(at(worn, 0.0, -0.02), [28, 26, 30], atol=1)
    np.testing.assert_array_equal(at(worn, 0.0, 1.2), at(FACE, 0.0, 1.2))


@pytest.mark.parametrize("severity", [1, 2, 3])
def test_a_background_is_replaced_and_the_face_is_not(severity: int) -> None:
    first, again, other = (changed(f"face/background@{severity}", FACE, seed) for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    for place in ((-0.5, 0.0), (0.5, 0.0), (0.0, 0.7), (0.0, 1.2), (0.0, -0.4)):
        np.testing.assert_array_equal(at(first, *place), at(FACE, *place))
    assert np.mean((first[:, :6] != other[:, :6]).any(axis=2)) > 0.5
    assert np.mean((first[:, :6] != FACE[:, :6]).any(axis=2)) > 0.95
    spread = first[:, :6].reshape(-1, 3).std(axis=0).max()
    assert spread < 0.6 if severity == 1 else spread > 5.0


@pytest.mark.parametrize("name", ["face/mask", "face/scarf", "face/glasses@3", "face/background@1"])
def test_without_a_face_nothing_can_be_covered(name: str) -> None:
    with pytest.raises(Unscored, match="no face is found") as refused:
        changed(name, flat(90))
    assert refused.value.reason == Reason.NOT_APPLICABLE


def test_people_read_masked_faces_less_well_so_the_label_is_not_said_to_hold() -> None:
    plain = open_condition("face/mask").plain()
    assert plain["label_preserving"] == "unknown"
    assert "10.3389/fpsyg.2020.566886" in plain["source"]
