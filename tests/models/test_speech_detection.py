from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from speech_network import write_speech_network

from harness.errors import HarnessError, Unscored
from harness.models.speech_detection import SpeechGate, speech_gate
from harness.signals.media import Audio, Image, Video
from harness.signals.speech_options import SpeechOptions

LOUD = Audio(np.full(16_000, 0.9, np.float32), 16_000)
QUIET = Audio(np.full(16_000, 0.1, np.float32), 16_000)
FRAMES = np.zeros((1, 4, 4, 3), np.uint8)


@pytest.fixture
def gate(tmp_path: Path) -> SpeechGate:
    write_speech_network(tmp_path / "speech.onnx")
    return SpeechGate(tmp_path / "speech.onnx", min_score=0.5, min_speech_s=0.25)


def test_a_clip_without_speech_is_declined(gate: SpeechGate) -> None:
    gate.require(LOUD)
    with pytest.raises(Unscored) as found:
        gate.require(QUIET)
    assert (found.value.text, found.value.outcome) == ("no_speech: 0.00 s of speech; at least 0.25 s", "abstained")


def test_the_sound_of_a_film_counts_and_a_picture_passes(gate: SpeechGate) -> None:
    gate.require(Video(FRAMES, np.zeros(1), LOUD))
    with pytest.raises(Unscored):
        gate.require(Video(FRAMES, np.zeros(1), QUIET))
    gate.require(Video(FRAMES, np.zeros(1)))
    gate.require(Image(FRAMES[0]))


def test_nothing_is_searched_for_unasked() -> None:
    assert speech_gate(SpeechOptions()) is None


def test_another_file_is_refused(gate: SpeechGate) -> None:
    with pytest.raises(HarnessError, match=r"not the file of silero-vad 6\.2\.3"):
        speech_gate(SpeechOptions(detector="silero", weights=gate.file))
