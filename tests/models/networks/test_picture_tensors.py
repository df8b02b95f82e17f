"""Pictures as tensors are the arrays of `picture_preparation.pictures`, to the byte."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest
import torch

from harness.cards.inputs import PictureInput
from harness.models.networks.picture_tensors import PictureTensors
from harness.models.picture_preparation import pictures

RANGES = ((0.0, 1.0), (-1.0, 1.0), (0.0, 255.0), (-1.7, 0.3))
STATISTICS: tuple[dict[str, Any], ...] = ({}, {"mean": (0.485, 0.456, 0.406), "std": (0.229, 0.224, 0.225)})


@pytest.mark.parametrize("layout", ["channels_first", "channels_last"])
@pytest.mark.parametrize(("colour", "channels"), [("grey", None), ("grey", 3), ("rgb", None), ("bgr", 3)])
def test_every_byte_becomes_the_same_number(layout: str, colour: str, channels: int | None) -> None:
    shape = (3, 16, 16) if colour == "grey" else (3, 16, 16, 3)
    batch = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    batch.reshape(-1)[:256] = np.arange(256)
    for span, statistics in product(RANGES, STATISTICS):
        if colour == "grey" and channels is None and statistics:
            statistics = {"mean": (0.5,), "std": (0.3,)}
        given = {"colour": colour, "channels": channels, "layout": layout, "range": span, **statistics}
        expected = PictureInput(width=16, height=16, **given)
        found = PictureTensors(expected, "cpu")(torch.from_numpy(batch))
        as_arrays = pictures(list(batch), expected)
        assert found.numpy().tobytes() == as_arrays.tobytes()
        assert found.shape == as_arrays.shape
        assert found.is_contiguous()
        assert found.stride() == tuple(stride // 4 for stride in as_arrays.strides)
