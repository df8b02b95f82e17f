"""Speakers of Piper's voices. It knows no pitch: rate is its own, the rest of a manner is laid on what it says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from itertools import zip_longest
from pathlib import Path
from typing import Any

import numpy as np

from harness.datasets.simulated.laid_manner import relative_rate, with_manner
from harness.datasets.simulated.piper_process import piper_process
from harness.datasets.simulated.piper_voice import PiperVoice, read_voice
from harness.datasets.simulated.population import generator
from harness.datasets.simulated.speech_engine import Manner, Speaker, SpeechEngine
from harness.errors import HarnessError, Reason, Unscored
from harness.first_use import first_use
from harness.signals.media import Audio
from harness.wording import listed, printable

PACKAGE = "piper-tts"
FEW_SPEAKERS = 6
"""Flipping the signs of five speakers gives no two-sided p-value under 0.06."""


class PiperEngine(SpeechEngine):
    """Voices from files, tried once: each is opened, reads every sentence, and says one of them twice.

    Args:
        paths: of the voices.
        texts: all sentences that will be said.

    Raises:
        HarnessError: Piper is not installed, or a voice cannot speak the sentences.
    """

    def __init__(self, paths: Sequence[Path], texts: Sequence[str]) -> None:
        if not paths:
            raise HarnessError("engine=piper needs a voice: give dataset.voices=[PATH/NAME.onnx].")
        try:
            self._version = version(PACKAGE)
        except PackageNotFoundError:
            raise HarnessError(
                f"engine=piper needs {PACKAGE}, which is not installed: pip install 'emotion-harness[piper]'. Or "
                "leave engine out: eSpeak NG speaks then."
            ) from None
        voices = [read_voice(path) for path in paths]
        if again := [name for name, times in Counter(voice.name for voice in voices).items() if times > 1]:
            raise HarnessError(f"Two voices are called {listed(again)}. Give each once, or rename one.")
        self._voices = {voice.name: voice for voice in voices}
        for voice in voices:
            _try_out(voice, texts)
        found = sum(voice.num_speakers for voice in voices)
        if found < FEW_SPEAKERS:
            self.remarks = (
                f"The voices have {found} {'speaker' if found == 1 else 'speakers'}, and intervals are over "
                "speakers. Give more voices, or one of many speakers.",
            )

    def facts(self) -> dict[str, Any]:
        """The versions, and the hash of every file of the voices."""
        return {
            "synthesiser": "Piper",
            "version": self._version,
            "onnxruntime": version("onnxruntime"),
            "voices": [voice.facts() for voice in self._voices.values()],
        }

    def speakers(self, seed: int, most: int) -> Sequence[Speaker]:
        """One of each voice in turn, drawn from its speakers."""
        of_voice = [
            [
                Speaker(f"{voice.name}#{number}" if voice.num_speakers > 1 else voice.name, voice.accent)
                for number in generator(seed, "piper", voice.name).permutation(voice.num_speakers)[:most]
            ]
            for voice in self._voices.values()
        ]
        in_turn = [speaker for turn in zip_longest(*of_voice) for speaker in turn if speaker is not None]
        return in_turn[:most]

    def speak(self, text: str, speaker: Speaker, manner: Manner) -> Audio:
        """One utterance at the manner's rate, with its pitch, range and level laid on."""
        name, _, number = (
            speaker.voice.rpartition("#") if speaker.voice not in self._voices else (speaker.voice, "", "")
        )
        voice = self._voices[name]
        said = _said(voice, text, int(number) if number else None, 1 / relative_rate(manner))
        return with_manner(said, manner)


def _said(voice: PiperVoice, text: str, speaker: int | None, slower: float) -> Audio:
    process = piper_process()
    if voice.sha256 not in process.opened:
        with first_use():  # imports onnxruntime, opens the voice
            process.asked(voice.request() | {"texts": []})
        process.opened.add(voice.sha256)
    answer, waveform = process.asked(voice.request() | {"text": text, "speaker": speaker, "slower": slower})
    if "error" in answer:
        raise Unscored(Reason.CRASHED, "Piper failed")
    return Audio(waveform, int(answer["rate_hz"]))


def _try_out(voice: PiperVoice, texts: Sequence[str]) -> None:
    """Refuse a voice that cannot speak before anything is measured.

    Raises:
        HarnessError: it cannot be opened, lacks a phoneme, does not speak, or speaks otherwise the second time.
    """
    process = piper_process()
    try:
        answer, _ = process.asked(voice.request() | {"texts": list(texts)})
        if "error" not in answer and not answer["missing"]:
            once = voice.request() | {"text": texts[0], "speaker": 0, "slower": 1.0}
            (answer, first), (_, second) = process.asked(once), process.asked(once)
            if "error" not in answer and not np.array_equal(first, second):
                raise HarnessError(
                    f"{voice.onnx} does not say a sentence twice in the same way. Give another voice."
                )
    except Unscored as unscored:
        raise HarnessError(f"{voice.onnx} cannot be tried out: {unscored.text}. Give another voice.") from None
    if missing := answer.get("missing"):
        raise HarnessError(
            f"{voice.onnx} lacks phonemes that the English sentences need: "
            f"{listed([printable(one) for one in missing])}. Give another voice of English, or copy "
            f"{voice.config_path.name} again from where the voice came from."
        )
    if "error" in answer:
        raise HarnessError(
            f"Piper cannot speak with {voice.onnx}: {printable(str(answer['error']))[:300]}. Copy the voice again "
            "from where it came from."
        )
