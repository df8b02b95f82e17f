from __future__ import annotations

import io
import json
from typing import Any

import cv2
import numpy as np
import pytest
import soundfile

from harness.cards.inputs import SentInput
from harness.errors import HarnessError, Reason, Unscored
from harness.models.sent_media import Sent, SentMedia, recording_as_json
from harness.signals.face import FaceCropper
from harness.signals.face_options import FaceOptions
from harness.signals.media import Audio, Beats, Channel, EncodedFile, Given, Image, InContext, Recording, Video

PIXELS = np.random.default_rng(0).integers(0, 256, (20, 30, 3), np.uint8)


def sent(media: Given, **stated: Any) -> Sent:
    return SentMedia(SentInput(**stated), FaceCropper(FaceOptions(detector="none")))(media)


def decoded(file: EncodedFile) -> np.ndarray:
    return cv2.imdecode(np.frombuffer(file.data, np.uint8), cv2.IMREAD_UNCHANGED)


def test_a_file_is_sent_as_it_is_with_what_the_card_asks_for() -> None:
    file = EncodedFile(b"GIF89a", "image/gif")
    assert sent(file) == Sent(file, {})
    assert sent(InContext(file, {"ctx.sentence": "Hello"})).context == {"ctx.sentence": "Hello"}


@pytest.mark.parametrize("media", [Image(PIXELS), Video(PIXELS[None], np.zeros(1))])
def test_a_picture_is_sent_without_loss(media: Given) -> None:
    file = sent(media, encoding="png").file
    assert file.media_type == "image/png"
    np.testing.assert_array_equal(decoded(file)[..., ::-1], PIXELS)


def test_a_picture_is_brought_to_the_size_and_colour_of_the_card() -> None:
    file = sent(Image(PIXELS), encoding="png", width=8, height=6, colour="grey", face="crop").file
    grey = cv2.cvtColor(PIXELS, cv2.COLOR_RGB2GRAY)
    np.testing.assert_array_equal(decoded(file), cv2.resize(grey, (8, 6), interpolation=cv2.INTER_LINEAR))


def test_a_sound_is_sent_at_the_rate_of_the_card() -> None:
    tone = np.sin(2 * np.pi * 440 * np.arange(16_000) / 16_000).astype(np.float32) / 2
    for rate, stated in ((16_000, {}), (8_000, {"sample_rate_hz": 8_000})):
        file = sent(Audio(tone, 16_000), encoding="wav", **stated).file
        waveform, found = soundfile.read(io.BytesIO(file.data))
        assert (file.media_type, found, len(waveform)) == ("audio/wav", rate, rate)
        loudest = np.fft.rfftfreq(len(waveform), 1 / rate)[np.abs(np.fft.rfft(waveform)).argmax()]
        assert loudest == pytest.approx(440.0, abs=1.0)


RECORDING = Recording(
    duration_s=1.0,
    channels={
        "eda": Channel(np.array([0.5, np.nan]), 2.0, unit="µS"),
        "acceleration": Channel(np.array([[0.0, 0.0, 1.0]]), 1.0, start_s=0.5, unit="g"),
    },
    beats=Beats(np.array([0.25, 1.0]), np.array([np.nan, 750.0])),
    refused={"ecg": Unscored(Reason.UNREADABLE, "unit")},
)


def test_a_recording_is_sent_as_json_without_nan() -> None:
    file = sent(RECORDING, encoding="json").file
    assert file.media_type == "application/json"
    assert json.loads(file.data) == {
        "duration_s": 1.0,
        "channels": {
            "eda": {"rate_hz": 2.0, "start_s": 0.0, "unit": "µS", "values": [0.5, None]},
            "acceleration": {"rate_hz": 1.0, "start_s": 0.5, "unit": "g", "values": [[0.0, 0.0, 1.0]]},
        },
        "beats": {"time_s": [0.25, 1.0], "interval_ms": [None, 750.0]},
    }


def test_channels_are_chosen_by_name_and_one_that_cannot_be_used_is_its_reason() -> None:
    assert list(recording_as_json(RECORDING, ("eda", "bvp"))["channels"]) == ["eda"]
    with pytest.raises(Unscored) as caught:
        recording_as_json(RECORDING, ("eda", "ecg"))
    assert caught.value.text == "unreadable: unit"


@pytest.mark.parametrize(
    ("media", "encoding"),
    [(Image(PIXELS), "wav"), (Image(PIXELS), "json"), (RECORDING, "png"), (RECORDING, "file")],
)
def test_an_encoding_that_cannot_hold_the_media_is_told(media: Given, encoding: str) -> None:
    with pytest.raises(HarnessError, match=rf"encoding: {encoding} cannot hold {type(media).__name__}"):
        sent(media, encoding=encoding)


@pytest.mark.parametrize(
    ("stated", "message"),
    [
        ({"encoding": "png", "width": 3}, "width and height come together"),
        ({"encoding": "file", "face": "crop"}, "face needs encoding: png"),
        ({"encoding": "png", "sample_rate_hz": 8000}, "sample_rate_hz needs encoding: wav"),
        ({"encoding": "wav", "channels": ["eda"]}, "channels needs encoding: json"),
        ({"context": ["label"]}, "context is of columns ctx"),
        ({"context": ["attr.sex"]}, "context is of columns ctx"),
    ],
)
def test_what_does_not_fit_together_is_told(stated: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        SentInput(**stated)
