from __future__ import annotations

import struct
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest

from harness.errors import Reason, Unscored
from harness.signals import image

RED, BLUE = (0, 0, 255), (255, 0, 0)  # as OpenCV writes: blue, green, red


def picture(height: int = 40, width: int = 60) -> np.ndarray:
    pixels = np.zeros((height, width, 3), np.uint8)
    pixels[:, : width // 2] = RED
    pixels[:, width // 2 :] = BLUE
    return pixels


def encoded(suffix: str, pixels: np.ndarray | None = None, *flags: int) -> bytes:
    done, data = cv2.imencode(suffix, picture() if pixels is None else pixels, list(flags))
    assert done
    return bytes(data)


def png_header(width: int, height: int) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = zlib.compress(bytes(1000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def reason(path: Path) -> Reason:
    with pytest.raises(Unscored) as caught:
        image.decode(path)
    assert str(path) not in caught.value.text
    return caught.value.reason


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp", ".bmp"])
def test_pixels_are_rgb(tmp_path: Path, suffix: str) -> None:
    (tmp_path / "a").write_bytes(encoded(suffix))
    pixels = image.decode(tmp_path / "a").pixels
    assert pixels.shape == (40, 60, 3)
    assert pixels.dtype == np.uint8
    np.testing.assert_allclose(pixels[20, 10], (255, 0, 0), atol=8)
    np.testing.assert_allclose(pixels[20, 50], (0, 0, 255), atol=8)


@pytest.mark.parametrize(
    ("suffix", "flags"),
    [
        (".jpg", ()),
        (".jpg", (cv2.IMWRITE_JPEG_PROGRESSIVE, 1)),
        (".png", ()),
        (".bmp", ()),
        (".webp", (cv2.IMWRITE_WEBP_QUALITY, 50)),
        (".webp", (cv2.IMWRITE_WEBP_QUALITY, 101)),
    ],
)
def test_the_size_in_the_header_is_the_size_of_the_picture(suffix: str, flags: tuple[int, ...]) -> None:
    assert image._size(encoded(suffix, picture(33, 57), *flags)) == (57, 33)


def test_grey_sixteen_bit_and_transparent_pictures_become_rgb(tmp_path: Path) -> None:
    grey = np.arange(0, 200, dtype=np.uint8).reshape(10, 20)
    (tmp_path / "grey.png").write_bytes(encoded(".png", grey))
    np.testing.assert_array_equal(image.decode(tmp_path / "grey.png").pixels, np.stack([grey] * 3, axis=2))
    (tmp_path / "deep.png").write_bytes(encoded(".png", grey.astype(np.uint16) * 257))
    np.testing.assert_array_equal(image.decode(tmp_path / "deep.png").pixels[:, :, 0], grey)
    transparent = np.dstack([picture(), np.zeros((40, 60), np.uint8)])
    (tmp_path / "clear.png").write_bytes(encoded(".png", transparent))
    assert image.decode(tmp_path / "clear.png").pixels[20, 10].tolist() == [255, 0, 0]


def test_the_orientation_of_the_camera_is_honoured(tmp_path: Path) -> None:
    body = b"II*\x00\x08\x00\x00\x00\x01\x00" + struct.pack("<HHIHH", 0x0112, 3, 1, 6, 0) + b"\x00\x00\x00\x00"
    exif = b"Exif\x00\x00" + body
    plain = encoded(".jpg")
    (tmp_path / "a.jpg").write_bytes(plain[:2] + b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif + plain[2:])
    pixels = image.decode(tmp_path / "a.jpg").pixels
    assert pixels.shape == (60, 40, 3), "orientation 6: turned by 90 degrees"
    np.testing.assert_allclose(pixels[10, 20], (255, 0, 0), atol=8)


@pytest.mark.parametrize("size", [(40_000, 40_000), (20_000, 20_000), (2**31 - 1, 2**31 - 1)])
def test_a_bomb_is_refused_by_its_header(tmp_path: Path, size: tuple[int, int]) -> None:
    (tmp_path / "bomb.png").write_bytes(png_header(*size))
    assert reason(tmp_path / "bomb.png") is Reason.TOO_LARGE


def test_files_that_are_not_pictures(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "none.jpg").write_bytes(b"")
    (tmp_path / "text.jpg").write_text("this is text")
    (tmp_path / "start.jpg").write_bytes(b"\xff\xd8")
    (tmp_path / "gif.jpg").write_bytes(b"GIF89a" + bytes(50))
    (tmp_path / "folder.jpg").mkdir()
    assert reason(tmp_path / "none.jpg") is Reason.EMPTY
    for name in ("text.jpg", "start.jpg", "gif.jpg", "folder.jpg"):
        assert reason(tmp_path / name) is Reason.UNREADABLE
    assert reason(tmp_path / "absent.jpg") is Reason.MISSING_FILE
    assert capfd.readouterr().err == ""


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "a.jpg").open("wb") as file:
        file.truncate(image.MAX_IMAGE_BYTES + 1)
    assert reason(tmp_path / "a.jpg") is Reason.TOO_LARGE


@pytest.mark.parametrize("suffix", [".jpg", ".webp", ".png"])
def test_half_a_picture_is_not_a_picture(tmp_path: Path, suffix: str) -> None:
    rng = np.random.default_rng(0)
    whole = encoded(suffix, rng.integers(0, 256, (80, 80, 3), dtype=np.uint8))
    (tmp_path / "half").write_bytes(whole[: len(whole) // 2])
    assert reason(tmp_path / "half") is Reason.UNREADABLE


def test_random_bytes_never_crash(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for suffix in (".jpg", ".png", ".webp", ".bmp"):
        whole = np.frombuffer(encoded(suffix), np.uint8)
        for trial in range(100):
            broken = whole.copy()
            at = rng.integers(0, min(len(whole), 200), size=4)
            broken[at] = rng.integers(0, 256, size=4)
            path = tmp_path / f"{trial}{suffix}"
            path.write_bytes(broken.tobytes())
            try:
                pixels = image.decode(path).pixels
            except Unscored:
                continue
            assert pixels.ndim == 3


def test_a_real_photo_in_the_wrong_suffix(shared_data: Path) -> None:
    """This one is a WebP file that is called .jpg."""
    path = shared_data / "facial_expressions" / "images" / "facial-expressions_2868588k.jpg"
    assert image.decode(path).pixels.shape == (536, 347, 3)


def photo() -> np.ndarray:
    noise = np.random.default_rng(0).integers(0, 256, (300, 300, 3), dtype=np.uint8)
    return cv2.normalize(cv2.GaussianBlur(noise, (0, 0), 3), None, 0, 255, cv2.NORM_MINMAX)


@pytest.mark.parametrize(
    ("suffix", "flags"),
    [
        (".jpg", ()),
        (".jpg", (cv2.IMWRITE_JPEG_PROGRESSIVE, 1)),
        (".jpg", (cv2.IMWRITE_JPEG_OPTIMIZE, 1)),
        (".jpg", (cv2.IMWRITE_JPEG_RST_INTERVAL, 20)),
        (".png", ()),
        (".webp", (cv2.IMWRITE_WEBP_QUALITY, 80)),
        (".webp", (cv2.IMWRITE_WEBP_QUALITY, 101)),
    ],
)
def test_damage_that_decoders_fill_in_is_found(
    tmp_path: Path, suffix: str, flags: tuple[int, ...], capfd: pytest.CaptureFixture[str]
) -> None:
    whole = encoded(suffix, photo(), *flags)
    half = len(whole) // 2
    damaged = {
        "zeros inside": whole[:half] + bytes(500) + whole[half + 500 :],
        "a tail of zeros": whole[:half] + bytes(len(whole) - half),
        "a tail of zeros before the end": whole[:half] + bytes(len(whole) - half - 2) + whole[-2:],
        "cut": whole[:half],
        "cut, with an end": whole[:half] + b"\xff\xd9",
        "100 bytes lost": whole[:half] + whole[half + 100 :],
    }
    (tmp_path / "whole").write_bytes(whole)
    assert image.decode(tmp_path / "whole").pixels.shape == (300, 300, 3)
    for name, data in damaged.items():
        (tmp_path / name).write_bytes(data)
        assert reason(tmp_path / name) is Reason.UNREADABLE, name
    assert capfd.readouterr().err == ""


def test_a_wrong_check_sum_is_damage(tmp_path: Path) -> None:
    whole = bytearray(encoded(".png", photo()))
    whole[-16] ^= 0xFF  # the last byte of IDAT's check sum stands before the 12 bytes of IEND
    (tmp_path / "a.png").write_bytes(whole)
    assert reason(tmp_path / "a.png") is Reason.UNREADABLE


@pytest.mark.parametrize("colour", [0, 128, 255])
@pytest.mark.parametrize("quality", [5, 80, 101])
def test_a_plain_webp_is_whole(tmp_path: Path, colour: int, quality: int) -> None:
    pixels = np.full((1500, 2000, 3), colour, np.uint8)
    (tmp_path / "a.webp").write_bytes(encoded(".webp", pixels, cv2.IMWRITE_WEBP_QUALITY, quality))
    assert int(image.decode(tmp_path / "a.webp").pixels[0, 0, 0]) == pytest.approx(colour, abs=2)


@pytest.mark.parametrize("largest", [255, 1023, 4095])
def test_sixteen_bits_that_hold_fewer_say_so(tmp_path: Path, largest: int) -> None:
    grey = np.linspace(0, largest, 10_000).astype(np.uint16).reshape(100, 100)
    (tmp_path / "a.png").write_bytes(encoded(".png", grey))
    with pytest.raises(Unscored, match=rf"16-bit picture whose values end at {largest:,} of 65,535"):
        image.decode(tmp_path / "a.png")
    opaque = np.dstack([grey, grey, grey, np.full_like(grey, 65_535)])
    (tmp_path / "opaque.png").write_bytes(encoded(".png", opaque))
    assert reason(tmp_path / "opaque.png") is Reason.UNREADABLE
    (tmp_path / "black.png").write_bytes(encoded(".png", np.zeros((10, 10), np.uint16)))
    assert image.decode(tmp_path / "black.png").pixels.max() == 0


def test_the_pictures_that_libjpeg_papers_over(shared_data: Path, capfd: pytest.CaptureFixture[str]) -> None:
    for name in ("eoi.jpg", "mid.jpg", "zerotail.jpg"):
        with pytest.raises(Unscored, match="damaged"):
            image.decode(shared_data / "cases" / "B10" / name)
    assert capfd.readouterr().err == ""


def test_no_real_picture_counts_as_damaged(shared_data: Path) -> None:
    pictures = sorted((shared_data / "facial_expressions" / "images").glob("*.jp*g"))[:200]
    assert len(pictures) == 200
    for path in pictures:
        image.decode(path)
