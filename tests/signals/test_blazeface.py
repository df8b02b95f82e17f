from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from harness.errors import HarnessError
from harness.models.face_cropping import BLAZEFACE, face_cropper
from harness.signals.blazeface import NUM_ANCHORS, anchors, blazeface, decoded, overlap, suppressed
from harness.signals.face import Face, find_faces
from harness.signals.face_options import FaceOptions

Pixels = npt.NDArray[np.uint8]


@pytest.fixture(scope="module")
def options(tmp_path_factory: pytest.TempPathFactory) -> FaceOptions:
    """With the real file, kept over sessions in a cache of the tests' own, or a skip."""
    from platformdirs import user_cache_dir

    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setenv("HARNESS_HOME", user_cache_dir("emotion-harness-tests", appauthor=False))
        try:
            return face_cropper(FaceOptions(detector="blazeface", margin=0.0)).options
        except HarnessError as error:
            pytest.skip(f"its file cannot be fetched: {error}")


@pytest.fixture(scope="module")
def photos(shared_data: Path) -> list[Pixels]:
    """160 photos of one face each, spread over the dataset."""
    paths = sorted((shared_data / "facial_expressions" / "images").glob("*.jpg"))
    return [cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB) for path in paths[::5][:160]]


def test_anchors_are_those_of_mediapipe() -> None:
    """Worked by hand from ssd_anchors_calculator.cc: 16×16 cells with two anchors, 8×8 cells with six."""
    centres = anchors()
    assert centres.shape == (NUM_ANCHORS, 2) == (896, 2)
    expected = {0: (1, 1), 1: (1, 1), 2: (3, 1), 31: (31, 1), 32: (1, 3), 511: (31, 31)}
    for index, (x, y) in expected.items():
        assert centres[index].tolist() == [x / 32, y / 32]
    for index, (x, y) in {512: (1, 1), 517: (1, 1), 518: (3, 1), 560: (1, 3), 895: (15, 15)}.items():
        assert centres[index].tolist() == [x / 16, y / 16]


def test_boxes_and_points_are_offsets_from_their_anchor_in_pixels() -> None:
    raw = np.zeros((896, 16))
    raw[511] = [4, -4, 32, 64, *([8, 0] * 6)]
    box = decoded(raw)[511] * 128
    centre_x, centre_y = 124 + 4, 124 - 4
    assert box[:4].tolist() == [centre_x - 16, centre_y - 32, centre_x + 16, centre_y + 32]
    assert box[4:].tolist() == [132, 124] * 6


def test_boxes_that_overlap_are_averaged_by_their_scores() -> None:
    boxes = np.zeros((3, 16))
    boxes[:, :4] = [[0, 0, 10, 10], [2, 0, 12, 10], [20, 0, 30, 10]]
    assert overlap(boxes[0], boxes).tolist() == pytest.approx([1.0, 80 / 120, 0.0])
    first, second = suppressed(boxes, np.array([0.6, 0.9, 0.8]))
    assert first[:4].tolist() == pytest.approx([1.2, 0, 11.2, 10])
    assert second[:4].tolist() == [20, 0, 30, 10]
    assert suppressed(boxes[:0], np.empty(0)) == []


def iou(one: Face, other: Face) -> float:
    boxes = np.array([[of.x, of.y, of.x + of.width, of.y + of.height] for of in (one, other)])
    return float(overlap(boxes[0], boxes[1:])[0])


@pytest.mark.slow
def test_it_finds_faces_where_haar_finds_them(photos: list[Pixels], options: FaceOptions) -> None:
    haar = FaceOptions(detector="haar", margin=0.0)
    found = [find_faces(photo, options) for photo in photos]
    assert len(photos) == 160
    assert sum(bool(faces) for faces in found) >= 155
    pairs = [
        (ours[0], theirs[0])
        for ours, photo in zip(found, photos, strict=True)
        if ours
        for theirs in [find_faces(photo, haar)]
        if theirs
    ]
    assert len(pairs) > 90
    overlaps = [iou(ours, theirs) for ours, theirs in pairs]
    assert np.median(overlaps) > 0.65
    assert np.quantile(overlaps, 0.05) > 0.5


def test_it_finds_a_face_where_it_was_put(photos: list[Pixels], options: FaceOptions) -> None:
    """Shrunk, moved into the corners of a larger picture: the box moves and shrinks with it."""
    compared = 0
    for photo in photos[:40]:
        here = find_faces(photo, options)
        height, width = photo.shape[:2]
        if not here or (height, width) != (350, 350):
            continue
        for left, top, share in ((0, 0, 1.0), (150, 60, 1.0), (220, 300, 0.6)):
            small = cv2.resize(photo, None, fx=share, fy=share, interpolation=cv2.INTER_AREA)
            canvas = np.full((520, 640, 3), 128, np.uint8)
            part = canvas[top : top + small.shape[0], left : left + small.shape[1]]
            part[:] = small[: part.shape[0], : part.shape[1]]
            there = find_faces(canvas, options)
            if there:
                moved = Face(*(np.array([here[0].x, here[0].y, here[0].width, here[0].height]) * share))
                expected = Face(moved.x + left, moved.y + top, moved.width, moved.height)
                assert iou(there[0], expected) > 0.6
                compared += 1
    assert compared > 40


def test_the_eyes_follow_a_turned_photo(photos: list[Pixels], options: FaceOptions) -> None:
    turn = cv2.getRotationMatrix2D((175, 175), -12.0, 1.0)  # OpenCV counts against the clock
    changes = []
    for photo in photos[:30]:
        turned = cv2.warpAffine(photo, turn, (350, 350), borderMode=cv2.BORDER_REPLICATE)
        pair = [faces[0] for faces in (find_faces(photo, options), find_faces(turned, options)) if faces]
        if len(pair) == 2 and photo.shape[:2] == (350, 350):
            changes.append(pair[1].tilt_deg - pair[0].tilt_deg)
    assert len(changes) >= 20
    assert np.median(changes) == pytest.approx(12.0, abs=3.0)


def test_no_face_in_noise_and_in_odd_pictures(options: FaceOptions) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (300, 300, 3), np.uint8)
    for pixels in (noise, np.zeros((1, 1, 3), np.uint8), np.zeros((1, 5_000, 3), np.uint8)):
        assert find_faces(pixels, options) == []


def test_min_score_is_mediapipes_unless_it_is_chosen(options: FaceOptions) -> None:
    assert options.least_score == 0.5
    assert options.model_copy(update={"min_score": 0.9}).least_score == 0.9
    assert FaceOptions(detector="yunet").least_score == 0.7


def test_facts_hold_the_hash_of_its_file(options: FaceOptions) -> None:
    facts = face_cropper(options).facts()
    assert facts["files_sha256"] == {"blazeface": BLAZEFACE.sha256}
    assert facts["min_score"] == 0.5
    assert str(options.weights) not in str(facts)


def test_other_files_are_refused(tmp_path: Path, options: FaceOptions) -> None:
    other = tmp_path / "face.tflite"
    with pytest.raises(HarnessError, match="this is not the BlazeFace file of mediapipe"):
        face_cropper(options.model_copy(update={"weights": other}))
    other.write_bytes(b"\x1c\x00\x00\x00TFL3" + bytes(64))
    with pytest.raises(HarnessError, match="this is not the BlazeFace file of mediapipe"):
        face_cropper(options.model_copy(update={"weights": other}))
    with pytest.raises(HarnessError, match="LiteRT cannot open its file"):
        blazeface(other)
