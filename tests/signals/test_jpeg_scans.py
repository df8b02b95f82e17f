from __future__ import annotations

import cv2
import numpy as np
import pytest

from harness.signals import jpeg_scans


def encoded(pixels: np.ndarray, *flags: int) -> bytes:
    return bytes(cv2.imencode(".jpg", pixels, list(flags))[1])


def test_the_size_in_the_start_of_frame() -> None:
    pixels = np.zeros((33, 57, 3), np.uint8)
    assert jpeg_scans.size(encoded(pixels)) == (57, 33)
    assert jpeg_scans.size(encoded(pixels, cv2.IMWRITE_JPEG_PROGRESSIVE, 1)) == (57, 33)
    assert jpeg_scans.size(b"\xff\xd8\xff\xd9") is None
    assert jpeg_scans.size(b"\xff\xd8\xff\xc0\x00") is None


def test_segments_end_with_the_picture_and_pass_over_restarts() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    data = encoded(pixels, cv2.IMWRITE_JPEG_RST_INTERVAL, 2)
    assert b"\xff\xd1" in data
    found = list(jpeg_scans.segments(data + b"\xff\xd8\xff\xd9"))
    assert [segment.marker for segment in found].count(0xDA) == 1
    assert data[found[-1].end :] == b"\xff\xd9"


@pytest.mark.parametrize(
    ("messages", "is_damaged"),
    [
        ([], False),
        (["Corrupt JPEG data: 2 extraneous bytes before marker 0xd9"], False),
        (["Corrupt JPEG data: 161 extraneous bytes before marker 0xd9"], True),
        (["Corrupt JPEG data: 2 extraneous bytes before marker 0xc4"], True),
        (["Corrupt JPEG data: premature end of data segment"], True),
        (["Corrupt JPEG data: bad Huffman code"], True),
    ],
)
def test_what_the_decoder_says(messages: list[str], is_damaged: bool) -> None:
    assert jpeg_scans.is_damaged(encoded(np.zeros((16, 16, 3), np.uint8)), messages) is is_damaged


@pytest.mark.parametrize(
    "flags",
    [
        (),
        (cv2.IMWRITE_JPEG_OPTIMIZE, 1),
        (cv2.IMWRITE_JPEG_PROGRESSIVE, 1),
        (cv2.IMWRITE_JPEG_QUALITY, 5, cv2.IMWRITE_JPEG_OPTIMIZE, 1),
        (cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444),
    ],
)
@pytest.mark.parametrize("colour", [0, 128, 255])
def test_plain_areas_are_not_damage(flags: tuple[int, ...], colour: int) -> None:
    pixels = np.full((1200, 1200, 3), colour, np.uint8)
    assert not jpeg_scans.is_damaged(encoded(pixels, *flags), [])
    assert not jpeg_scans.is_damaged(encoded(pixels[:, :, 0], *flags), [])
