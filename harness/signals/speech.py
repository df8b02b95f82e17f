"""How much of a sound is speech, by Silero VAD (github.com/snakers4/silero-vad, MIT).

The network hears 512 samples at 16 kHz after the 64 before them, and carries a state from piece to piece.
"""

from __future__ import annotations

from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from harness.arrays import Floats
from harness.errors import HarnessError
from harness.first_use import first_use
from harness.signals.media import Audio
from harness.signals.resampling import resampled

RATE_HZ = 16_000
PIECE = 512
CONTEXT = 64
_STATE_SHAPE = (2, 1, 128)


def speech_probabilities(audio: Audio, file: Path) -> Floats:
    """The probability of speech in each piece of 32 ms, shape (num_pieces,); the last one is padded with silence.

    Args:
        audio: at any rate.
        file: of the network, whose hash was checked.

    Raises:
        HarnessError: onnxruntime is not installed, or cannot open the file.
    """
    waveform = resampled(audio.waveform, audio.sample_rate, RATE_HZ)
    num_pieces = -(-len(waveform) // PIECE)
    padded = np.zeros(CONTEXT + num_pieces * PIECE, np.float32)
    padded[CONTEXT : CONTEXT + len(waveform)] = waveform
    network, state = _network(file), np.zeros(_STATE_SHAPE, np.float32)
    found = np.empty(num_pieces)
    for piece in range(num_pieces):
        heard = padded[piece * PIECE : (piece + 1) * PIECE + CONTEXT][None]
        score, state = network.run(None, {"input": heard, "state": state, "sr": np.array(RATE_HZ, np.int64)})
        found[piece] = score[0, 0]
    return found


def speech_s(audio: Audio, file: Path, min_score: float) -> float:
    """Seconds of speech: of the pieces whose probability is at least `min_score`."""
    return float((speech_probabilities(audio, file) >= min_score).sum() * PIECE / RATE_HZ)


@lru_cache(maxsize=1)
@first_use()
def _network(file: Path) -> Any:
    """One per process."""
    if find_spec("onnxruntime") is None:
        raise HarnessError(
            "speech.detector=silero needs onnxruntime, which is not installed: pip install "
            "'emotion-harness[onnx]'."
        )
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    try:
        return onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's errors have no common class
        raise HarnessError(
            f"speech.detector=silero: onnxruntime cannot open {file} ({type(error).__name__})."
        ) from None
