"""Faces are looked for once in equal pictures while they are known, and may be sought in another picture."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from harness.inference.preparation import prepare_samples
from harness.probing.opened_once import OpenedOnce, Recipe
from harness.probing.variants import OTHER_ORDER, InOtherOrder, swapped
from harness.signals import face
from harness.signals.blank import without_face
from harness.signals.face import Face, FaceCropper, find_faces
from harness.signals.face_options import FaceOptions
from harness.signals.known_faces import faces_sought_in, known_faces
from harness.signals.media import Image

Pixels = npt.NDArray[np.uint8]
HAAR = FaceOptions(detector="haar", margin=0.0)
RED = np.zeros((60, 80, 3), np.uint8)
RED[10:40, 20:50] = (200, 10, 30)


class RedFaces:
    """Finds a face where the picture is red, and takes down the pictures in which it looked."""

    def __init__(self) -> None:
        self.looked_in: list[Pixels] = []

    def __call__(self, pixels: Pixels, _: FaceOptions) -> list[Face]:
        self.looked_in.append(pixels.copy())
        rows, columns = np.nonzero(pixels[..., 0] > 150)
        if not len(rows):
            return []
        width, height = np.ptp(columns) + 1.0, np.ptp(rows) + 1.0
        return [Face(float(columns.min()), float(rows.min()), width, height)]


@pytest.fixture
def detector(monkeypatch: pytest.MonkeyPatch) -> RedFaces:
    found = RedFaces()
    monkeypatch.setattr(face, "_FIND", {"haar": found})
    return found


def reversed_channels(pixels: Pixels) -> Pixels:
    return np.ascontiguousarray(pixels[..., ::-1])


def test_equal_pictures_are_looked_through_once(detector: RedFaces) -> None:
    with known_faces(wanted=True) as faces:
        assert find_faces(RED, HAAR) == find_faces(RED.copy(), HAAR) == [Face(20.0, 10.0, 30.0, 30.0)]
        assert len(detector.looked_in) == 1
        with known_faces(wanted=False):
            find_faces(RED, HAAR.model_copy(update={"margin": 0.5}))  # decides nothing about what is found
        assert len(detector.looked_in) == 1
        faces.clear()
        find_faces(RED, HAAR)
        assert len(detector.looked_in) == 2


@pytest.mark.parametrize("change", [{"align": True}, {"min_score": 0.3}])
def test_other_options_and_other_pictures_are_looked_through(detector: RedFaces, change: dict[str, Any]) -> None:
    with known_faces(wanted=True):
        find_faces(RED, HAAR)
        find_faces(RED, HAAR.model_copy(update=change))
        assert find_faces(np.zeros_like(RED), HAAR) == []
        find_faces(RED.reshape(80, 60, 3), HAAR)
    assert len(detector.looked_in) == 4


def test_nothing_is_known_outside(detector: RedFaces) -> None:
    find_faces(RED, HAAR)
    find_faces(RED, HAAR)
    assert len(detector.looked_in) == 2


def test_the_face_is_sought_in_one_picture_and_cut_out_of_another(detector: RedFaces) -> None:
    blue = reversed_channels(RED)
    assert find_faces(blue, HAAR) == []
    with faces_sought_in(reversed_channels):
        cut = FaceCropper(HAAR).crop(blue)
    np.testing.assert_array_equal(cut, blue[10:40, 20:50])


class Cut:
    """The mean colour of the face. The harness prepares a picture of it twice, and covers it for the control."""

    def __call__(self, media: Image) -> npt.NDArray[np.float64]:
        return FaceCropper(HAAR).crop(media.pixels).reshape(-1, 3).mean(axis=0)


def test_what_is_made_of_one_sample_rests_on_one_detection(detector: RedFaces) -> None:
    recipes = {
        OTHER_ORDER: Recipe(InOtherOrder(Cut()), swapped),
        "background": Recipe(Cut(), without_face),
    }
    load = OpenedOnce(lambda _: Image(RED.copy()), recipes, frozenset(), 60.0)
    rows = [{"sample_id": name, "modality": "face"} for name in ("a", "b")]
    first, second = prepare_samples(load, Cut(), rows, with_beside=True)
    for sample in (first, second):
        assert sample.array is not None
        assert sample.array.tolist() == [200.0, 10.0, 30.0]
        other = sample.beside[OTHER_ORDER].array
        assert other is not None
        assert other[1].tolist() == [30.0, 10.0, 200.0]
        assert sample.beside["background"].reason == "no_face"
    assert len(detector.looked_in) == 2 * 2  # the picture, and the one in which the face is covered
