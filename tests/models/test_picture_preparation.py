from __future__ import annotations

import pickle
from typing import Any

import cv2
import numpy as np
import pytest

from harness.cards.inputs import PictureInput
from harness.models.picture_preparation import PicturePreparer, pictures
from harness.signals.face import FaceCropper
from harness.signals.face_options import FaceOptions
from harness.signals.media import Image

WHOLE = FaceCropper(FaceOptions(detector="none"))


def card(**facts: Any) -> PictureInput:
    return PictureInput.model_validate({"width": 3, "height": 2, "colour": "rgb", "range": [0, 1], **facts})


def one_colour(red: int, green: int, blue: int) -> Image:
    return Image(np.full((10, 12, 3), (red, green, blue), np.uint8))


@pytest.mark.parametrize(
    ("facts", "shape", "values"),
    [
        ({}, (1, 3, 2, 3), [1.0, 0.2, 0.0]),
        ({"layout": "channels_last"}, (1, 2, 3, 3), [1.0, 0.2, 0.0]),
        ({"colour": "bgr"}, (1, 3, 2, 3), [0.0, 0.2, 1.0]),
        ({"range": [-1, 1]}, (1, 3, 2, 3), [1.0, -0.6, -1.0]),
        ({"range": [0, 255]}, (1, 3, 2, 3), [255.0, 51.0, 0.0]),
        (  # ImageNet's, as torchvision writes them
            {"mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]},
            (1, 3, 2, 3),
            [(1.0 - 0.485) / 0.229, (0.2 - 0.456) / 0.224, (0.0 - 0.406) / 0.225],
        ),
        # BT.601: 0.299 * 255 + 0.587 * 51 = 106.2, rounded.
        ({"colour": "grey"}, (1, 1, 2, 3), [106 / 255]),
        ({"colour": "grey", "channels": 3}, (1, 3, 2, 3), [106 / 255] * 3),
        ({"colour": "grey", "channels": 3, "layout": "channels_last"}, (1, 2, 3, 3), [106 / 255] * 3),
        (
            {"colour": "grey", "channels": 3, "mean": [0.0, 0.1, 0.2], "std": [1.0, 1.0, 0.5]},
            (1, 3, 2, 3),
            [106 / 255, 106 / 255 - 0.1, (106 / 255 - 0.2) * 2],
        ),
    ],
)
def test_numbers_are_those_of_the_card(facts: dict[str, Any], shape: tuple[int, ...], values: list[float]) -> None:
    expected = card(**facts)
    prepared = pickle.loads(pickle.dumps(PicturePreparer(WHOLE, expected)))(one_colour(255, 51, 0))
    assert prepared.dtype == np.uint8
    batch = pictures([prepared], expected)
    assert (batch.shape, batch.dtype) == (shape, np.float32)
    channels = batch[0, 0, 0] if expected.layout == "channels_last" else batch[0, :, 0, 0]
    np.testing.assert_allclose(channels, values, atol=1e-5)


def test_strides_are_those_of_the_shape() -> None:
    """Of one channel, other strides look like channels last to torch, which then sums in another order."""
    batch = pictures([np.zeros((4, 5), np.uint8)] * 2, card(colour="grey"))
    assert batch.strides == (80, 80, 20, 4)


def test_a_picture_is_brought_to_size_as_the_card_says() -> None:
    fine = np.zeros((8, 12, 3), np.uint8)
    fine[:, ::4] = 255  # each third output pixel averages four columns: 255 / 4
    area = PicturePreparer(WHOLE, card(resampling="area"))(Image(fine))
    assert np.unique(area).tolist() == [64]
    bilinear = PicturePreparer(WHOLE, card())(Image(fine))
    expected = cv2.resize(fine, (3, 2), interpolation=cv2.INTER_LINEAR)
    assert (bilinear == expected).all()
    assert (bilinear != area).any()
