from __future__ import annotations

import cv2
import numpy as np

from harness.signals.cropped_face import find_face
from harness.signals.skin import find_skin
from tests.simulated_pictures import face_of_tone, neutral_faces


def test_skin_is_found_on_every_tone_and_leaves_out_eyes_mouth_and_background() -> None:
    """In a simulated picture, the background and the irises have no colour of skin."""
    found = [(tone, find_skin(pixels), pixels) for tone, pixels in neutral_faces()]
    assert {tone for tone, skin, _ in found if skin is not None} == set(range(1, 11))
    for _, skin, pixels in found:
        if skin is None:
            continue
        face = skin.face
        assert 0.15 * face.width * face.height < skin.inside.sum() < 1.3 * face.width * face.height
        whole = np.zeros(pixels.shape[:2])
        whole[skin.rows, skin.columns] = skin.weight
        assert whole[:20, :20].max() == whole[:20, -20:].max() == 0.0
        assert whole[int(face.y + 0.79 * face.height), int(face.x + 0.5 * face.width)] == 0.0
        for x, y in face.eyes or ():
            assert whole[int(y), int(x)] == 0.0


def test_the_colours_that_count_are_those_of_the_skin() -> None:
    skin = find_skin(face_of_tone(7))
    assert skin is not None
    spread = np.std(skin.lab[skin.inside], axis=0)
    assert (spread < (12.0, 5.0, 6.0)).all()
    np.testing.assert_array_equal(skin.middle, np.median(skin.lab[skin.weight >= 0.5], axis=0))


def test_without_a_face_there_is_no_skin() -> None:
    assert find_skin(np.full((200, 200, 3), (160, 126, 86), np.uint8)) is None
    assert find_skin(np.zeros((0, 4, 3), np.uint8)) is None
    assert find_skin(np.zeros((1, 1, 3), np.uint8)) is None


def test_a_face_that_fills_the_picture_is_found_at_the_same_place() -> None:
    pixels = face_of_tone(6)
    whole = find_face(pixels)
    assert whole is not None
    left, top = int(whole.x + 0.04 * whole.width), int(whole.y + 0.04 * whole.height)
    side = int(0.92 * whole.width)
    close = np.ascontiguousarray(pixels[top : top + side, left : left + side])
    cropped = find_face(cv2.resize(close, (2 * side, 2 * side)))
    assert cropped is not None
    assert abs(cropped.x / 2 + left - whole.x) < 0.15 * whole.width
    assert abs(cropped.width / 2 - whole.width) < 0.2 * whole.width
    assert find_face(np.zeros((0, 0, 3), np.uint8)) is None
