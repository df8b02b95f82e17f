from __future__ import annotations

import struct
from pathlib import Path

import cv2
import numpy as np
import pytest
from films_made import damaged_copies, levels, tone, write_film

from harness.errors import Reason, Unscored
from harness.signals import video


def write(path: Path, num_frames: int, codec: str = "MJPG") -> None:
    """Frame number i has the red level 8 * i."""
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*codec), 30, (64, 48))
    assert writer.isOpened()
    for index in range(num_frames):
        writer.write(np.full((48, 64, 3), (0, 0, 8 * index), np.uint8))
    writer.release()


@pytest.mark.parametrize(("suffix", "codec"), [(".avi", "MJPG"), (".mp4", "mp4v"), (".flv", "FLV1")])
def test_the_middle_frame_is_rgb(tmp_path: Path, suffix: str, codec: str) -> None:
    write(tmp_path / f"a{suffix}", 31, codec)
    pixels = video.middle_frame(tmp_path / f"a{suffix}").pixels
    assert pixels.shape == (48, 64, 3)
    np.testing.assert_allclose(pixels.mean(axis=(0, 1)), (8 * 15, 0, 0), atol=4)


def test_a_frame_is_read_by_its_number(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "a.avi", 10)
    for number in (0, 7, 9):
        pixels = video.frame_at(tmp_path / "a.avi", number).pixels
        np.testing.assert_allclose(pixels.mean(axis=(0, 1)), (8 * number, 0, 0), atol=4)
    with pytest.raises(Unscored, match="the film has no frame 10"):
        video.frame_at(tmp_path / "a.avi", 10)
    monkeypatch.setattr(video, "MAX_VIDEO_FRAMES", 5)
    with pytest.raises(Unscored, match="too_long"):
        video.frame_at(tmp_path / "a.avi", 7)


def test_what_is_not_a_video(tmp_path: Path) -> None:
    write(tmp_path / "whole.avi", 10)
    (tmp_path / "none.flv").write_bytes(b"")
    (tmp_path / "playlist.flv").write_text("#EXTM3U\n#EXTINF:1,\nfile:///etc/hostname\n")
    (tmp_path / "start.avi").write_bytes((tmp_path / "whole.avi").read_bytes()[:200])
    (tmp_path / "pointer.flv").write_text("version https://git-lfs.github.com/spec/v1\n")
    expected = {
        "none.flv": Reason.EMPTY,
        "playlist.flv": Reason.UNREADABLE,
        "start.avi": Reason.UNREADABLE,
        "pointer.flv": Reason.UNREADABLE,
        "absent.flv": Reason.MISSING_FILE,
    }
    for name, reason in expected.items():
        with pytest.raises(Unscored) as caught:
            video.middle_frame(tmp_path / name)
        assert caught.value.reason is reason, name


def test_a_video_without_end_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "a.avi", 20)
    monkeypatch.setattr(video, "MAX_VIDEO_FRAMES", 10)
    with pytest.raises(Unscored, match="too_long"):
        video.middle_frame(tmp_path / "a.avi")


def test_frames_are_the_middles_of_equal_parts_with_their_times(tmp_path: Path) -> None:
    write(tmp_path / "a.avi", 30)
    film = video.decode(tmp_path / "a.avi", num_frames=3)
    np.testing.assert_allclose(film.frames[..., 0].mean(axis=(1, 2)), [8 * 5, 8 * 15, 8 * 25], atol=4)
    np.testing.assert_allclose(film.time_s, np.array([5, 15, 25]) / 30, atol=1e-6)
    assert film.audio is None


def test_a_film_with_fewer_frames_gives_all(tmp_path: Path) -> None:
    write(tmp_path / "a.avi", 5)
    film = video.decode(tmp_path / "a.avi", num_frames=16)
    np.testing.assert_allclose(film.frames[..., 0].mean(axis=(1, 2)), 8 * np.arange(5), atol=4)


def test_many_large_frames_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "a.avi", 10)
    monkeypatch.setattr(video, "MAX_PIXELS", 5 * 64 * 48)
    assert len(video.decode(tmp_path / "a.avi", num_frames=5).frames) == 5
    with pytest.raises(Unscored, match="6 times 64x48"):
        video.decode(tmp_path / "a.avi", num_frames=6)


def test_at_a_rate_the_times_of_the_frames_count_and_not_their_number(tmp_path: Path) -> None:
    """Four frames within the first tenth of a second, then one every half second."""
    shown_ms = [0, 33, 66, 100, 500, 1000, 1500, 2000]
    write_film(tmp_path / "a.mp4", levels(8), shown_ms=shown_ms)
    film = video.decode(tmp_path / "a.mp4", frames_per_s=1)
    np.testing.assert_allclose(film.time_s, [0.5, 1.5], atol=1e-3)
    np.testing.assert_allclose(film.frames[..., 0].mean(axis=(1, 2)), [8 * 4, 8 * 6], atol=4)
    every = video.decode(tmp_path / "a.mp4", frames_per_s=1000)
    np.testing.assert_allclose(every.time_s, np.array(shown_ms) / 1000, atol=1e-3)
    counted = video.decode(tmp_path / "a.mp4", num_frames=2)
    np.testing.assert_allclose(counted.time_s, [0.066, 1.5], atol=1e-3)


@pytest.mark.parametrize("options", [{"num_frames": 1}, {"num_frames": 16}, {"frames_per_s": 0.1}])
def test_a_film_of_one_frame(tmp_path: Path, options: dict[str, float]) -> None:
    write_film(tmp_path / "a.mp4", [np.full((48, 64, 3), (160, 0, 0), np.uint8)])
    film = video.decode(tmp_path / "a.mp4", **options)
    np.testing.assert_allclose(film.frames.mean(axis=(1, 2)), [(160, 0, 0)], atol=4)


def test_a_film_on_its_side_is_turned_upright(tmp_path: Path) -> None:
    """The left half of the stored frames is bright; a quarter of a turn makes it the upper one."""
    stored = np.zeros((48, 64, 3), np.uint8)
    stored[:, :32] = 200
    write_film(tmp_path / "a.mp4", [stored] * 3)
    data = bytearray((tmp_path / "a.mp4").read_bytes())
    matrix = data.index(b"tkhd") + 44  # ISO/IEC 14496-12: after version, times, track, layer and volume
    data[matrix : matrix + 36] = struct.pack(">9i", 0, 1 << 16, 0, -(1 << 16), 0, 0, 0, 0, 1 << 30)
    (tmp_path / "a.mp4").write_bytes(bytes(data))
    pixels = video.middle_frame(tmp_path / "a.mp4").pixels
    assert pixels.shape == (64, 48, 3)
    np.testing.assert_allclose((pixels[:32].mean(), pixels[32:].mean()), (200, 0), atol=4)


def test_a_film_without_pictures_is_empty_or_unreadable(tmp_path: Path) -> None:
    write_film(tmp_path / "a.mp4", [], tone(1.0))
    with pytest.raises(Unscored) as caught:
        video.decode(tmp_path / "a.mp4")
    assert caught.value.reason in (Reason.EMPTY, Reason.UNREADABLE)


def test_a_header_that_claims_huge_pictures_reserves_nothing(tmp_path: Path) -> None:
    write(tmp_path / "a.avi", 3)
    data = (tmp_path / "a.avi").read_bytes()
    size, huge = struct.pack("<II", 64, 48), struct.pack("<II", 60_000, 60_000)
    assert data.count(size) == 2
    (tmp_path / "a.avi").write_bytes(data.replace(size, huge))
    assert video.decode(tmp_path / "a.avi").frames.shape == (1, 48, 64, 3)  # the pictures say what they are


def test_damaged_copies_of_a_film_end_with_a_reason(tmp_path: Path) -> None:
    write_film(tmp_path / "a.mp4", levels(10), tone(0.5))
    for copy in damaged_copies(tmp_path / "a.mp4", seed=4):
        try:
            film = video.decode(copy, num_frames=4)
        except Unscored:
            continue
        assert film.frames.ndim == 4


@pytest.mark.parametrize("seed", range(5))
def test_frames_at_a_rate_are_those_shown_in_every_middle(seed: int) -> None:
    rng = np.random.default_rng(seed)
    time_s = np.round(rng.uniform(0, 2) + np.cumsum(rng.choice([0.02, 0.04, 0.5, 3.0], 200)), 3)
    for rate_hz in (0.3, 2.0, 25.0, 60.0):
        length_s = time_s[-1] - time_s[0] + float(np.median(np.diff(time_s)))
        middles_s = time_s[0] + (np.arange(round(length_s * rate_hz)) + 0.5) / rate_hz
        shown = sorted({int((time_s <= middle_s).sum()) - 1 for middle_s in middles_s})
        assert video._at_rate(time_s, rate_hz) == shown


def test_a_film_that_says_that_it_lasts_for_years_takes_no_memory() -> None:
    assert video._at_rate(np.array([0.0, 0.04, 1e15]), 25.0) == [0, 1, 2]
