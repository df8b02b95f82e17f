"""Samples before and after a condition, as a page shows them."""

from __future__ import annotations

import io

import numpy as np
import pytest
import soundfile

from harness.errors import HarnessError
from harness.report.condition_page import ShownMedium
from harness.signals.media import Audio, Beats, Channel, Image, Recording, Video
from harness.study.assembly import open_condition, open_reader
from harness.study.condition_examples import MAX_SOUND_S, described, examples, opened_conditions, shown


def test_of_a_family_all_severities_are_shown_rising() -> None:
    assert [one.name for one in opened_conditions("voice/gain")] == [f"voice/gain@{n}" for n in range(1, 6)]
    for name in ("voice/gain@2", "face/grey", "face/grey+face/mirror"):
        assert [one.name for one in opened_conditions(name)] == [name]
    assert described(opened_conditions("voice/gain@2"))[0].meaning == "-12 dB"


@pytest.mark.parametrize(
    ("name", "message"), [("clean", "there is nothing to show"), ("face/none", "no condition 'face/none'")]
)
def test_what_cannot_be_shown_is_named(name: str, message: str) -> None:
    with pytest.raises(HarnessError, match=message):
        opened_conditions(name)


def sound_of(medium: ShownMedium | None) -> np.ndarray:
    assert medium is not None
    assert medium.sound is not None
    return soundfile.read(io.BytesIO(medium.sound))[0]


def test_a_sample_is_shown_as_it_is_and_under_every_condition() -> None:
    reader = open_reader("simulated_voices", None, {"subjects": 4})
    two = examples(reader, opened_conditions("voice/gain@2"), num=2, seed=0)
    assert len({one.sample for one in two}) == 2
    for one in two:
        clean, quiet = one.versions
        assert (clean.condition, quiet.condition) == ("clean", "voice/gain@2")
        before, after = sound_of(clean.medium), sound_of(quiet.medium)
        level_db = 20 * np.log10(np.sqrt(np.mean(after**2)) / np.sqrt(np.mean(before**2)))
        assert level_db == pytest.approx(-12, abs=0.05)


def test_a_condition_of_other_samples_is_refused() -> None:
    reader = open_reader("simulated_voices", None, {"subjects": 4})
    with pytest.raises(HarnessError, match="face/grey is for audiovisual, body, face, video samples"):
        examples(reader, [open_condition("face/grey")], num=1, seed=0)


def test_a_long_sound_is_cut_and_a_film_shows_its_middle_and_is_heard() -> None:
    sound = Audio(np.linspace(-1, 1, 8 * 8000, dtype=np.float32), 8000)
    film = Video(np.zeros((3, 4, 5, 3), np.uint8), np.arange(3.0), sound)
    medium = shown(film)
    assert medium.picture is not None
    assert len(sound_of(medium)) == MAX_SOUND_S * 8000
    assert medium.spectrogram is not None
    assert medium.curves[0].duration_s == MAX_SOUND_S
    assert shown(Image(np.zeros((4, 5, 3), np.uint8))).curves == ()


def test_of_a_recording_every_channel_is_shown() -> None:
    channels = {"eda": Channel(np.zeros(40), 4.0, unit="µS"), "temperature": Channel(np.zeros(40), 4.0, unit="°C")}
    medium = shown(Recording(10.0, channels, Beats(np.array([1.0]), np.array([800.0]))))
    assert [curve.unit for curve in medium.curves] == ["ms", "µS", "°C"]
    assert medium.picture is medium.sound is medium.spectrogram is None
