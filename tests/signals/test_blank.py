from __future__ import annotations

import numpy as np
import pytest

from harness.datasets.simulated.faces import SimulatedFacesReader
from harness.signals.blank import GREY, blank, blank_picture, blank_sound, without_face
from harness.signals.media import Audio, Beats, Channel, Image, Recording, Video
from harness.signals.plausible_units import with_plausible_units
from harness.study.assembly import open_reader

RNG = np.random.default_rng(0)


def picture(height: int = 40, width: int = 50) -> Image:
    return Image(RNG.integers(0, 255, (height, width, 3)).astype(np.uint8))


def film() -> Video:
    sound = Audio(np.ones(80, np.float32), 8000)
    return Video(np.stack([picture().pixels, picture().pixels]), np.array([0.0, 0.5]), sound)


def test_a_picture_is_uniform_and_a_sound_silent() -> None:
    empty = blank(picture())
    assert isinstance(empty, Image)
    assert (empty.pixels.shape, np.unique(empty.pixels).tolist()) == ((40, 50, 3), [GREY])
    silent = blank(Audio(np.ones(80, np.float32), 8000))
    assert isinstance(silent, Audio)
    assert (silent.waveform.shape, silent.sample_rate, float(np.abs(silent.waveform).max())) == ((80,), 8000, 0.0)


def test_a_film_loses_both_or_one_half() -> None:
    both, given = blank(film()), film()
    assert isinstance(both, Video)
    assert both.audio is not None
    assert (np.unique(both.frames).tolist(), float(np.abs(both.audio.waveform).max())) == ([GREY], 0.0)
    assert blank_picture(given).audio is given.audio
    assert np.unique(blank_picture(given).frames).tolist() == [GREY]
    deaf = blank_sound(given)
    assert deaf.frames is given.frames
    assert deaf.audio is not None
    assert not deaf.audio.waveform.any()


def test_recordings_of_two_people_become_the_same_and_stay_plausible() -> None:
    def recording(seed: int) -> Recording:
        rng = np.random.default_rng(seed)
        channels = {
            "eda": Channel(rng.uniform(0.5, 9.0, 40), 4.0, unit="µS"),
            "temperature": Channel(rng.uniform(30.0, 36.0, 40), 4.0, unit="°C"),
            "acceleration": Channel(rng.normal(0, 1, (320, 3)), 32.0, unit="g"),
            "bvp": Channel(rng.normal(0, 1, 640), 64.0),
        }
        return Recording(10.0, channels, Beats(np.array([1.0, 2.0]), rng.uniform(800, 900, 2)))

    one, other = blank(recording(1)), blank(recording(2))
    assert isinstance(one, Recording)
    assert isinstance(other, Recording)
    for name, channel in one.channels.items():
        assert channel.values.shape == recording(1).channels[name].values.shape
        assert np.ptp(channel.values, axis=0).max() == 0.0
        assert (channel.values == other.channels[name].values).all()
    assert one.beats is not None
    assert set(one.beats.interval_ms.tolist()) == {800.0}
    assert np.diff(one.beats.time_s) == pytest.approx(0.8)
    assert with_plausible_units(one).refused == {}  # type: ignore[union-attr]


def test_where_no_face_is_found_the_middle_is_covered() -> None:
    given = picture(100, 200)
    left = without_face(given)
    assert isinstance(left, Image)
    assert np.unique(left.pixels[20:80, 40:160]).tolist() == [GREY]
    outside = np.ones((100, 200), bool)
    outside[20:80, 40:160] = False
    assert (left.pixels[outside] == given.pixels[outside]).all()


def test_a_found_face_is_covered_wherever_it_is() -> None:
    reader = open_reader("simulated_faces", None, {"subjects": 8})
    assert isinstance(reader, SimulatedFacesReader)
    face = reader.load(reader.samples().to_pylist()[0])
    assert isinstance(face, Image)
    height, width = face.pixels.shape[:2]
    aside = np.full((height, 4 * width, 3), 255, np.uint8)
    aside[:, 3 * width :] = face.pixels
    left = without_face(Image(aside))
    assert isinstance(left, Image)
    changed = (left.pixels != aside).any(axis=2)
    assert changed[:, 3 * width :].mean() > 0.2
    assert not changed[:, : 2 * width].any()
