from __future__ import annotations

import numpy as np
import pytest

from harness.conditions import hidden_face
from harness.conditions.hidden_face import FaceHidden
from harness.errors import Reason, Unscored
from harness.signals.face import Face
from harness.signals.media import Image

PERSON = Image(np.random.default_rng(0).integers(0, 100, (120, 60, 3), np.uint8))


def hidden(monkeypatch: pytest.MonkeyPatch, faces: list[Face]) -> np.ndarray:
    monkeypatch.setattr(hidden_face, "find_faces", lambda pixels, options: faces)
    changed = FaceHidden("body/face_hidden").apply(PERSON, np.random.default_rng(0))
    assert isinstance(changed, Image)
    return changed.pixels


def test_faces_are_covered_and_the_body_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    pixels = hidden(monkeypatch, [Face(20.0, 8.0, 20.0, 20.0)])
    covered = (pixels == 128).all(axis=2)
    rows, columns = np.nonzero(covered)
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (
        3,
        32,
        15,
        44,
    )  # a quarter more on every side
    np.testing.assert_array_equal(pixels[~covered], PERSON.pixels[~covered])


def test_without_a_face_there_is_nothing_to_hide(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Unscored) as caught:
        hidden(monkeypatch, [])
    assert caught.value.reason is Reason.NOT_APPLICABLE
