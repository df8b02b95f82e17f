"""Bytes survive the way through numbers."""

from __future__ import annotations

import numpy as np
import pytest

from harness.probing.packing import packed, packed_width, unpacked


@pytest.mark.parametrize("num_bytes", [1, 6, 7, 256])
def test_what_is_packed_is_unpacked(num_bytes: int) -> None:
    rows = np.random.default_rng(0).integers(0, 256, (50, num_bytes)).astype(np.uint8)
    rows[0] = 255
    values = np.stack([packed(row) for row in rows])
    assert values.shape == (50, packed_width(num_bytes))
    assert (unpacked(values, num_bytes) == rows).all()


def test_no_rows_are_unpacked_to_no_rows() -> None:
    assert unpacked(np.empty((0, packed_width(256))), 256).shape == (0, 256)


def test_the_numbers_are_whole_and_no_more_than_48_bits() -> None:
    assert packed(np.full(6, 255, np.uint8)).tolist() == [2.0**48 - 1]
    assert packed(np.array([1, 2], np.uint8)).tolist() == [1.0 + 2 * 256]
