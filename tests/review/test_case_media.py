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


def test_curves_have_gaps_where_a_value_is_missing_and_names_stay_text() -> None:
    values = np.array([0.0, 1.0, np.nan, 3.0, 4.0])
    recording = Recording(
        5.0, {"<b>": Channel(values, 1.0, unit="µS")}, Beats(np.array([1.0, 2.0]), np.full(2, 800.0))
    )
    drawings = [ElementTree.fromstring(data) for _, data in shown_files(recording)]
    assert len(drawings) == 2
    space = "{http://www.w3.org/2000/svg}"
    assert drawings[0].findtext(f"{space}title") == "<b> (µS), 0 to 4, 5 s"
    path = drawings[0].find(f"{space}path")
    assert path is not None
    assert path.get("d", "").count("M") == 2
