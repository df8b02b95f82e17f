from __future__ import annotations

import base64
from typing import Any

import cv2
import numpy as np
import pytest

from harness.signals.media import Audio, Beats, Channel, Image, Recording, Video
from harness.signals.spectrogram import MAX_COLUMNS, NUM_ROWS, spectrogram_png
from harness.viewer.face_boxes import FaceBoxes
from harness.viewer.shown_media import MAX_FRAMES, MAX_SIDE, MAX_SOUND_S, NUM_STEPS, shown_parts

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
    assert len(part["high"]) == NUM_STEPS
    assert np.flatnonzero(part["high"]).tolist() == [NUM_STEPS // 2]
    assert max(part["high"]) == 0.5


def test_gaps_of_a_channel_and_missing_beats_are_told_in_seconds() -> None:
    values = np.sin(np.arange(640) / 10)
    values[64:128] = np.nan
    beats = Beats(np.array([1.0, 2.0, 5.0, 6.0]), np.array([1000.0, 1000.0, 1000.0, 1000.0]))
    channel = Channel(values, rate_hz=64.0, start_s=0.5)
    curve, points = parts_of(Recording(10.0, {"bvp": channel}, beats))
    assert curve["gaps"] == [[1.5, 2.5]]
    assert (curve["start_s"], curve["end_s"]) == (0.5, 10.5)
    assert curve["beats"] == [1.0, 2.0, 5.0, 6.0]
    missing = [value is None for value in curve["lines"][0]["low"]]
    assert missing == [64 <= step < 128 for step in range(640)]
    assert points["gaps"] == [[2.0, 4.0]]


def test_movement_is_shown_beside_the_three_axes() -> None:
    still = np.tile([0.0, 0.0, 1.0], (320, 1))
    still[160] = [0.0, 0.0, 3.0]
    channels = {"acceleration": Channel(still, rate_hz=32.0, unit="g")}
    axes, moved = parts_of(Recording(10.0, channels))
    assert len(axes["lines"]) == 3
    assert moved["name"].startswith("motion")
    assert np.flatnonzero(moved["lines"][0]["high"]).tolist() == [160]
    assert moved["lines"][0]["high"][160] == pytest.approx(2.0)


def test_nothing_but_gaps_is_drawn_as_such() -> None:
    channels = {
        "eda": Channel(np.full(8, np.nan), rate_hz=4.0),
        "acceleration": Channel(np.full((8, 3), np.nan), 4.0),
    }
    parts = parts_of(Recording(2.0, channels))
    assert [part["gaps"] for part in parts] == [[[0.0, 2.0]]] * 3


def test_a_tone_is_a_line_at_its_frequency() -> None:
    rate = 16_000
    tone = np.sin(2 * np.pi * 2000 * np.arange(rate) / rate).astype(np.float32)
    picture = cv2.imdecode(np.frombuffer(spectrogram_png(Audio(tone, rate)), np.uint8), cv2.IMREAD_COLOR)
    assert picture.shape[0] == NUM_ROWS
    assert picture.shape[1] <= MAX_COLUMNS
    brightest = picture.sum(axis=2).mean(axis=1).argmax()
    assert (NUM_ROWS - 1 - brightest) / (NUM_ROWS - 1) * 8000 == pytest.approx(2000, abs=60)


@pytest.mark.parametrize("num_frames", [0, 1, 100, 3_000_000])
def test_sounds_of_every_length_have_a_spectrogram(num_frames: int) -> None:
    data = spectrogram_png(Audio(np.zeros(num_frames, np.float32), 16_000))
    assert cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR).shape[1] <= MAX_COLUMNS


def test_the_box_is_that_of_the_detector_and_the_crop_what_is_cut_out() -> None:
    plan = {"model": {"facts": {"face": {"detector": "haar", "margin": 0.1, "align": False, "min_score": None}}}}
    nothing = FaceBoxes(plan).found(np.zeros((100, 100, 3), np.uint8))
    assert nothing == {"remark": "No face found by haar."}
    whole = FaceBoxes({"model": {"facts": {"face": {"detector": "none"}}}}).found(np.zeros((8, 8, 3), np.uint8))
    assert whole == {"remark": "The system is shown the whole picture."}
    yunet = {"model": {"facts": {"face": {"detector": "yunet"}}}}
    assert "face.weights=PATH" in FaceBoxes(yunet).found(np.zeros((8, 8, 3), np.uint8))["remark"]
    assert NO_BOXES.found(np.zeros((8, 8, 3), np.uint8)) == {}
