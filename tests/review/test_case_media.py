from __future__ import annotations

import io
from xml.etree import ElementTree

import cv2
import numpy as np
import soundfile

from harness.review.case_media import shown_files
from harness.signals.media import Audio, Beats, Channel, Image, Recording, Video

PIXELS = np.random.default_rng(0).integers(0, 256, (4, 3, 3)).astype(np.uint8)
SOUND = Audio(np.linspace(-0.5, 0.5, 9, dtype=np.float32), 8000)


def test_a_picture_is_shown_as_it_is() -> None:
    ((ending, data),) = shown_files(Image(PIXELS))
    assert ending == "png"
    shown = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    np.testing.assert_array_equal(shown[:, :, ::-1], PIXELS)


def test_of_a_film_frames_and_sound_are_shown() -> None:
    film = Video(np.stack([PIXELS] * 20), np.arange(20.0), SOUND)
    found = list(shown_files(film))
    assert [ending for ending, _ in found] == ["png"] * 8 + ["wav"]
    waveform, rate = soundfile.read(io.BytesIO(found[-1][1]), dtype="float32")
    assert rate == 8000
    np.testing.assert_allclose(waveform, SOUND.waveform, atol=2**-15)


def test_of_a_recording_every_channel_and_the_beats_are_drawn() -> None:
    recording = Recording(
        5.0, {"eda": Channel(np.arange(5.0), 1.0, unit="µS")}, Beats(np.array([1.0, 2.0]), np.full(2, 800.0))
    )
    found = list(shown_files(recording))
    assert [ending for ending, _ in found] == ["svg", "svg"]
    titles = [ElementTree.fromstring(data).findtext("{http://www.w3.org/2000/svg}title") for _, data in found]
    assert titles == ["interval between heartbeats (ms), 800 to 800, 5 s", "eda (µS), 0 to 4, 5 s"]
