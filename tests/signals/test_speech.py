from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from speech_network import write_speech_network

from harness.errors import HarnessError
from harness.signals.media import Audio
from harness.signals.speech import speech_probabilities, speech_s


@pytest.fixture
def file(tmp_path: Path) -> Path:
    write_speech_network(tmp_path / "speech.onnx")
    return tmp_path / "speech.onnx"


def test_a_piece_is_heard_after_the_64_samples_before_it(file: Path) -> None:
    waveform = np.zeros(4 * 512 - 100, np.float32)
    waveform[600] = 0.75  # in the second piece, too early for the context of the third
    waveform[1_535 - 10] = 0.5  # at the end of the third, and so in the context of the fourth
    found = speech_probabilities(Audio(waveform, 16_000), file)
    np.testing.assert_allclose(found, [0.0, 0.75, 0.5, 0.5])


def test_seconds_are_those_of_the_pieces_that_are_speech(file: Path) -> None:
    waveform = np.concatenate([np.full(1_024, 0.6), np.zeros(1_024)]).astype(np.float32)
    assert speech_s(Audio(waveform, 16_000), file, 0.6) == pytest.approx(3 * 512 / 16_000)  # one by its context
    assert speech_s(Audio(waveform, 16_000), file, 0.61) == 0.0


def test_other_rates_are_resampled(file: Path) -> None:
    waveform = np.sin(np.arange(4_000) * 0.3).astype(np.float32)
    assert len(speech_probabilities(Audio(waveform, 8_000), file)) == -(-8_000 // 512)


def test_a_file_that_is_no_network_is_one_message(tmp_path: Path) -> None:
    (tmp_path / "speech.onnx").write_bytes(b"no network")
    with pytest.raises(HarnessError, match="onnxruntime cannot open"):
        speech_probabilities(Audio(np.zeros(512, np.float32), 16_000), tmp_path / "speech.onnx")
