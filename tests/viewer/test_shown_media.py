from __future__ import annotations

import base64
from typing import Any

import cv2
import numpy as np
import pytest

from harness.errors import Reason, Unscored
from harness.signals.media import Audio, Beats, Channel, Image, Recording, Video
from harness.viewer.face_boxes import FaceBoxes
from harness.viewer.shown_media import MAX_FRAMES, MAX_SIDE, MAX_SOUND_S, shown_parts

NO_BOXES = FaceBoxes({"model": {}})


def parts_of(media: Any) -> list[dict[str, Any]]:
    return list(shown_parts(media, NO_BOXES))


def test_a_large_picture_is_shrunk_but_keeps_its_size_in_words() -> None:
    (part,) = parts_of(Image(np.zeros((40, 3200, 3), np.uint8)))
    assert (part["width"], part["height"]) == (3200, 40)
    data = base64.b64decode(part["data"].partition(",")[2])
    assert cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR).shape == (20, MAX_SIDE, 3)


def test_a_film_has_even_frames_the_middle_one_and_its_sound() -> None:
    film = Video(
        np.zeros((100, 4, 4, 3), np.uint8), np.arange(100) / 25, Audio(np.zeros(1600, np.float32), 16_000)
    )
    *frames, sound = parts_of(film)
    assert len(frames) == MAX_FRAMES + 1
    assert [frames[0]["name"], frames[-1]["name"]] == ["frame 1 of 100, 0.00 s", "frame 100 of 100, 3.96 s"]
    assert "frame 51 of 100, 2.00 s" in {frame["name"] for frame in frames}
    assert sound["kind"] == "sound"


def test_a_long_sound_is_cut_and_its_envelope_holds_the_peaks() -> None:
    rate = 1000
    waveform = np.zeros(rate * 130, np.float32)
    waveform[rate * 60] = 0.5
    (part,) = parts_of(Audio(waveform, rate))
    assert (part["duration_s"], part["left_out_s"]) == (MAX_SOUND_S, 10.0)
    assert np.flatnonzero(part["high"]).tolist() == [len(part["high"]) // 2]
    assert max(part["high"]) == 0.5
    assert part["max_hz"] == 500


def test_gaps_of_a_channel_and_missing_beats_are_told_in_seconds() -> None:
    values = np.sin(np.arange(320) / 10)
    values[64:128] = np.nan
    beats = Beats(np.array([1.0, 2.0, 5.0, 6.0]), np.array([1000.0, 1000.0, 1000.0, 1000.0]))
    intervals, curve = parts_of(Recording(10.0, {"bvp": Channel(values, rate_hz=32.0)}, beats))
    assert curve["gaps"] == [[2.0, 4.0]]
    assert [value is None for value in curve["low"]] == [64 <= step < 128 for step in range(320)]
    assert curve["beats"] == intervals["beats"] == [1.0, 2.0, 5.0, 6.0]
    assert intervals["gaps"] == [[2.0, 4.0]]


def test_movement_is_the_length_of_the_acceleration() -> None:
    still = np.tile([0.0, 0.6, 0.8], (320, 1))
    still[160] = [0.0, 0.0, 3.0]
    (part,) = parts_of(Recording(10.0, {"acceleration": Channel(still, rate_hz=32.0, unit="g")}))
    assert (part["name"], part["unit"], part["beats"]) == ("acceleration (length of the vector)", "g", [])
    assert part["high"][159:162] == pytest.approx([1.0, 3.0, 1.0])


def test_nothing_but_gaps_is_drawn_as_such_and_what_was_refused_is_said() -> None:
    channels = {"eda": Channel(np.full(8, np.nan), 4.0), "acceleration": Channel(np.full((8, 3), np.nan), 4.0)}
    refused = {"ecg": Unscored(Reason.NON_FINITE, "volts")}
    *curves, remark = parts_of(Recording(2.0, channels, refused=refused))
    assert [part["gaps"] for part in curves] == [[[0.0, 2.0]]] * 2
    assert remark == {"kind": "remark", "text": "ecg cannot be used: non_finite: volts"}


@pytest.mark.parametrize("num_frames", [0, 1, 100, 300_000])
def test_sounds_of_every_length_are_drawn(num_frames: int) -> None:
    (part,) = parts_of(Audio(np.zeros(num_frames, np.float32), 16_000))
    assert part["duration_s"] == pytest.approx(num_frames / 16_000, abs=1e-3)
    assert part["spectrogram"].startswith("data:image/png;base64,")


def test_the_box_is_that_of_the_detector_and_the_crop_what_is_cut_out() -> None:
    plan = {"model": {"facts": {"face": {"detector": "haar", "margin": 0.1, "align": False, "min_score": None}}}}
    nothing = FaceBoxes(plan).found(np.zeros((100, 100, 3), np.uint8))
    assert nothing == {"remark": "No face found by haar."}
    whole = FaceBoxes({"model": {"facts": {"face": {"detector": "none"}}}}).found(np.zeros((8, 8, 3), np.uint8))
    assert whole == {"remark": "The system is shown the whole picture."}
    yunet = {"model": {"facts": {"face": {"detector": "yunet"}}}}
    assert "face.weights=PATH" in FaceBoxes(yunet).found(np.zeros((8, 8, 3), np.uint8))["remark"]
    assert NO_BOXES.found(np.zeros((8, 8, 3), np.uint8)) == {}
