from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

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
