"""Speaks with Piper, in a process of its own: Piper is under GPL-3.0-or-later, and no other module imports it.

Started as ``python -m harness.datasets.simulated.piper_program``. Each line of standard input is a request, a JSON
object; each answer a line of JSON, and behind it, as little-endian 32-bit floats, as many samples as it says
(``num_samples``). It ends when its input does. What libraries print goes to the standard error.

Requests: ``onnx``, ``config`` (paths), ``sha256``, ``config_sha256``, ``text``, ``speaker`` (a number or null),
``slower`` (a factor of durations); instead of one text, ``texts`` asks which phonemes of them the voice lacks
(``missing``). An answer may be an ``error``.

Source: https://github.com/OHF-Voice/piper1-gpl, 1.8.0 (``piper/voice.py``).
"""

from __future__ import annotations

import json
import os
import sys
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from harness.files import read_bytes, sha256_bytes

MAX_VOICE_BYTES = 2**30
MAX_CONFIG_BYTES = 2**22
MAX_S = 60.0
"""No sentence is longer."""


def main() -> None:
    """Answer requests until there are no more."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    for line in sys.stdin.buffer:
        sound = np.empty(0, "<f4")
        try:
            request = json.loads(line)
            voice = _voice(*(request[name] for name in ("onnx", "config", "sha256", "config_sha256")))
            if "texts" in request:
                answer: dict[str, Any] = {"missing": _missing(voice, request["texts"])}
            else:
                sound = _spoken(voice, request["text"], request["speaker"], request["slower"])
                answer = {"rate_hz": voice.config.sample_rate}
        except Exception as error:  # neither Piper's errors nor onnxruntime's have a common class
            sound, answer = np.empty(0, "<f4"), {"error": f"{type(error).__name__}: {error}"}
        answers.write(json.dumps(answer | {"num_samples": len(sound)}).encode() + b"\n" + sound.tobytes())
        answers.flush()


@lru_cache(maxsize=2)
def _voice(onnx: str, config: str, sha256: str, config_sha256: str) -> Any:
    """The voice of two files that are what they were; on one thread, so that sums have one order."""
    import onnxruntime
    from piper import PiperConfig, PiperVoice

    network, stated = read_bytes(Path(onnx), MAX_VOICE_BYTES), read_bytes(Path(config), MAX_CONFIG_BYTES)
    if (sha256_bytes(network), sha256_bytes(stated)) != (sha256, config_sha256):
        raise ValueError("its files are not what they were")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.use_deterministic_compute = True
    options.log_severity_level = 4
    session = onnxruntime.InferenceSession(network, sess_options=options, providers=["CPUExecutionProvider"])
    return PiperVoice(session=session, config=PiperConfig.from_dict(json.loads(stated)))


def _missing(voice: Any, texts: list[str]) -> list[str]:
    """The phonemes of some texts that the voice has no number for; Piper leaves them out."""
    found = {phoneme for text in texts for sentence in voice.phonemize(text) for phoneme in sentence}
    return sorted(found - set(voice.config.phoneme_id_map))


def _spoken(voice: Any, text: str, speaker: int | None, slower: float) -> Any:
    """A waveform without noise: what the network draws at random is multiplied by zero."""
    from piper import SynthesisConfig

    chosen = SynthesisConfig(
        speaker_id=speaker,
        length_scale=voice.config.length_scale * slower,
        noise_scale=0.0,
        noise_w_scale=0.0,
        normalize_audio=False,
    )
    chunks = [np.atleast_1d(chunk.audio_float_array) for chunk in voice.synthesize(text, chosen)]
    sound = np.concatenate(chunks) if chunks else np.empty(0)
    if sound.ndim != 1 or not len(sound) or not np.isfinite(sound).all():
        raise ValueError("it gives no sound")
    if len(sound) > MAX_S * voice.config.sample_rate:
        raise ValueError(f"a sentence of over {MAX_S:g} s")
    return sound.astype("<f4")


if __name__ == "__main__":
    main()
