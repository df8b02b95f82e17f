from __future__ import annotations

import pickle
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from harness.errors import HarnessError, Reason, Unscored
from harness.signals.face import Face, FaceCropper, cut_out, find_faces
from harness.signals.face_options import FaceOptions

Pixels = npt.NDArray[np.uint8]

HAAR = FaceOptions(detector="haar", margin=0.0)


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    before = cv2.getNumThreads()
    cv2.setNumThreads(1)
    yield
    cv2.setNumThreads(before)


@pytest.fixture(scope="module")
def photos(shared_data: Path) -> list[Pixels]:
    """Thirty news photos of 350×350 pixels, spread over the dataset."""
    paths = sorted((shared_data / "facial_expressions" / "images").glob("*_0*.jpg"))
    pictures = [cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB) for path in paths[::8]]
    return [picture for picture in pictures if picture.shape == (350, 350, 3)][:30]


@pytest.fixture
def photo(photos: list[Pixels]) -> Pixels:
    return next(photo for photo in photos if len(find_faces(photo, HAAR)) == 1)


def ramp(height: int, width: int) -> Pixels:
    """Every pixel knows where it came from: red is the row, green the column."""
    y, x = np.mgrid[:height, :width]
    return np.stack([y, x, np.zeros_like(x)], axis=2).astype(np.uint8)


def test_haar_finds_most_faces_in_photos(photos: list[Pixels]) -> None:
    found = [find_faces(photo, HAAR) for photo in photos]
    assert len(photos) == 30
    assert sum(bool(faces) for faces in found) >= 27
    for faces in found:
        for face in faces[:1]:
            centre = (face.x + face.width / 2, face.y + face.height / 2)
            assert all(80 < value < 270 for value in centre), "these photos are centred on the face"


@pytest.mark.parametrize("seed", range(3))
def test_no_face_in_noise(seed: int) -> None:
    noise = np.random.default_rng(seed).integers(0, 256, (300, 300, 3), np.uint8)
    with pytest.raises(Unscored) as unscored:
        FaceCropper(HAAR).crop(noise)
    assert (unscored.value.reason, unscored.value.outcome) == (Reason.NO_FACE, "abstained")


@pytest.mark.parametrize("shape", [(1, 1, 3), (1, 400, 3), (5, 3, 3), (1, 5000, 3), (40_000, 60, 3)])
def test_odd_pictures_have_no_face(shape: tuple[int, int, int]) -> None:
    with pytest.raises(Unscored, match="no_face"):
        FaceCropper(FaceOptions(detector="haar", align=True)).crop(np.zeros(shape, np.uint8))


def test_picture_without_pixels_is_empty() -> None:
    with pytest.raises(Unscored) as unscored:
        FaceCropper(HAAR).crop(np.zeros((0, 10, 3), np.uint8))
    assert (unscored.value.reason, unscored.value.outcome) == (Reason.EMPTY, "failed")


def test_without_a_detector_the_picture_is_the_face() -> None:
    pixels = ramp(20, 30)
    assert (FaceCropper(FaceOptions(detector="none", margin=0.5)).crop(pixels) == pixels).all()


def test_largest_of_two_faces(photo: Pixels) -> None:
    small = cv2.resize(photo, None, fx=0.6, fy=0.6, interpolation=cv2.INTER_AREA)
    both = np.zeros((350, 350 + small.shape[1], 3), np.uint8)
    both[: small.shape[0], : small.shape[1]] = small
    both[:, small.shape[1] :] = photo
    faces = find_faces(both, HAAR)
    assert len(faces) >= 2
    assert faces[0].x > small.shape[1]
    assert faces[0].width > 1.3 * faces[1].width


def test_crops_are_the_same_every_time_and_after_pickling(photo: Pixels) -> None:
    cropper = FaceCropper(FaceOptions(detector="haar", align=True))
    first = cropper.crop(photo)
    assert (pickle.loads(pickle.dumps(cropper)).crop(photo) == first).all()
    assert first.shape[0] == first.shape[1]


def test_large_pictures_are_searched_small(photo: Pixels) -> None:
    large = cv2.resize(photo, None, fx=6, fy=6, interpolation=cv2.INTER_CUBIC)
    here, there = find_faces(photo, HAAR)[0], find_faces(large, HAAR)[0]
    np.testing.assert_allclose(
        [there.x, there.y, there.width], [6 * here.x, 6 * here.y, 6 * here.width], atol=6 * 20
    )


def test_crop_is_an_exact_copy() -> None:
    pixels = ramp(120, 160)
    crop = cut_out(pixels, Face(40, 30, 50, 50), margin=0.0, align=False)
    assert (crop == pixels[30:80, 40:90]).all()
    wider = cut_out(pixels, Face(40, 30, 50, 50), margin=0.2, align=False)
    assert (wider == pixels[20:90, 30:100]).all()


def test_crop_of_a_tall_box_is_a_square_about_its_centre() -> None:
    crop = cut_out(ramp(120, 160), Face(60, 20, 40, 80), margin=0.0, align=False)
    assert (crop == ramp(120, 160)[20:100, 40:120]).all()


def test_crop_repeats_the_edge_beyond_the_picture() -> None:
    pixels = ramp(60, 60)
    crop = cut_out(pixels, Face(-10, 30, 40, 40), margin=0.0, align=False)
    assert crop.shape == (40, 40, 3)
    assert (crop[:30, 10:] == pixels[30:60, :30]).all()
    assert (crop[:, :10] == crop[:, 10:11]).all()
    assert (crop[30:] == crop[29:30]).all()


def test_crop_of_a_very_long_picture() -> None:
    pixels = np.zeros((40_000, 60, 3), np.uint8)
    pixels[39_950:, 10:50] = 255
    crop = cut_out(pixels, Face(10, 39_950, 40, 40), margin=0.0, align=True)
    assert crop.shape == (40, 40, 3)
    assert (crop == 255).all()


@pytest.mark.parametrize("tilt", [-25.0, 10.0, 30.0])
def test_alignment_levels_the_eyes(tilt: float) -> None:
    pixels = np.zeros((200, 200, 3), np.uint8)
    offset = 30 * np.array([np.cos(np.deg2rad(tilt)), np.sin(np.deg2rad(tilt))])
    eyes = [tuple(np.array([100.0, 90.0]) + sign * offset) for sign in (-1, 1)]
    for eye in eyes:
        cv2.circle(pixels, (round(eye[0]), round(eye[1])), 5, (255, 255, 255), -1, cv2.LINE_AA)
    face = Face(50, 50, 100, 100, eyes=(eyes[0], eyes[1]))
    assert face.tilt_deg == pytest.approx(tilt)
    crop = cut_out(pixels, face, margin=0.0, align=True)[:, :, 0].astype(float)
    rows = [(half.sum(axis=1) @ np.arange(100)) / half.sum() for half in (crop[:, :50], crop[:, 50:])]
    assert abs(rows[0] - rows[1]) < 1.0


def test_eyes_that_are_too_steep_are_a_false_find() -> None:
    assert Face(0, 0, 100, 100, eyes=((40.0, 20.0), (55.0, 60.0))).tilt_deg == 0.0
    assert Face(0, 0, 100, 100).tilt_deg == 0.0


def test_haar_eyes_follow_a_turned_photo(photos: list[Pixels]) -> None:
    options = FaceOptions(detector="haar", align=True)
    turn = cv2.getRotationMatrix2D((175, 175), -12.0, 1.0)  # OpenCV counts against the clock
    changes = []
    for photo in photos[:14]:
        turned = cv2.warpAffine(photo, turn, (350, 350), borderMode=cv2.BORDER_REPLICATE)
        pair = [faces[0] for faces in (find_faces(photo, options), find_faces(turned, options)) if faces]
        if len(pair) == 2 and pair[0].eyes and pair[1].eyes:
            changes.append(pair[1].tilt_deg - pair[0].tilt_deg)
    assert len(changes) >= 5
    assert np.median(changes) == pytest.approx(12.0, abs=4.0)


def test_facts_hold_hashes_and_no_paths(tmp_path: Path) -> None:
    facts = FaceCropper(FaceOptions(detector="haar", align=True, weights=str(tmp_path))).facts()
    assert str(tmp_path) not in str(facts)
    assert sorted(facts["files_sha256"]) == ["haarcascade_eye.xml", "haarcascade_frontalface_default.xml"]
    assert FaceCropper(FaceOptions(detector="none")).facts()["files_sha256"] == {}


def test_options_that_cannot_be_met(tmp_path: Path) -> None:
    with pytest.raises(HarnessError, match=r"face\.align=true needs a detector"):
        FaceCropper(FaceOptions(detector="none", align=True))
    with pytest.raises(HarnessError, match=r"face\.weights=None.*face_detection_yunet_2023mar\.onnx"):
        FaceCropper(FaceOptions(detector="yunet"))
    broken = tmp_path / "broken.onnx"
    broken.write_bytes(b"no model")
    with pytest.raises(HarnessError, match="not a YuNet model"):
        FaceCropper(FaceOptions(detector="yunet", weights=str(broken)))


def test_yunet_rows_become_faces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stand-in for the detector, whose file is not shipped, answers in OpenCV's documented row format."""
    weights = tmp_path / "yunet.onnx"
    weights.write_bytes(b"stands in")
    asked: dict[str, object] = {}

    class Detector:
        def setInputSize(self, size: tuple[int, int]) -> None:  # noqa: N802 (OpenCV's name)
            asked["size"] = size

        def detect(self, bgr: Pixels) -> tuple[int, npt.NDArray[np.float32] | None]:
            asked["first pixel"] = bgr[0, 0].tolist()
            small = [10, 10, 20, 30, 14, 20, 26, 20, 20, 27, 15, 33, 25, 33, 0.95]
            large = [60, 20, 40, 60, 70, 45, 90, 50, 80, 60, 72, 70, 88, 72, 0.80]
            return 1, np.array([small, large], np.float32)

    def create(*args: object) -> Detector:
        asked["min_score"] = args[3]
        return Detector()

    monkeypatch.setattr(cv2.FaceDetectorYN, "create", create)
    options = FaceOptions(detector="yunet", weights=str(weights), min_score=0.6, margin=0.0)
    cropper = FaceCropper(options)
    pixels = ramp(100, 150)
    pixels[0, 0] = (1, 2, 3)
    first, second = find_faces(pixels, options)
    assert asked == {"min_score": 0.6, "size": (150, 100), "first pixel": [3, 2, 1]}
    assert (first.x, first.y, first.width, first.height) == (60, 20, 40, 60)
    assert first.eyes == ((70, 45), (90, 50))
    assert second.width == 20
    assert (cropper.crop(pixels) == pixels[20:80, 50:110]).all()
    assert list(cropper.facts()["files_sha256"]) == ["yunet"], "not the name that the user gave the file"
