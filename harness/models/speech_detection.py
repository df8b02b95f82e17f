"""The search for speech of a run, with the detector's file, which is fetched."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.cards.facts import Licence, Weights
from harness.errors import HarnessError, Reason, Unscored
from harness.files import sha256_file
from harness.signals.media import Audio, Media, Video
from harness.signals.speech import speech_s
from harness.signals.speech_options import SpeechOptions

SILERO = Weights(
    source="wheel",
    package="silero-vad",
    version="6.2.3",
    member="silero_vad/data/silero_vad_16k_op15.onnx",
    sha256="7ed98ddbad84ccac4cd0aeb3099049280713df825c610a8ed34543318f1b2c49",
    licence=Licence(name="MIT", url="https://github.com/snakers4/silero-vad/blob/master/LICENSE"),
)


@dataclass(frozen=True)
class SpeechGate:
    """Keeps clips without speech from a system. Picklable, for workers."""

    file: Path
    min_score: float
    min_speech_s: float

    def require(self, media: Media) -> None:
        """Check that there is speech in the sound of a sample; what has no sound passes.

        Raises:
            Unscored: there is too little (``no_speech``: the system abstains).
        """
        audio = media.audio if isinstance(media, Video) else media
        if not isinstance(audio, Audio):
            return
        found_s = speech_s(audio, self.file, self.min_score)
        if found_s < self.min_speech_s:
            detail = f"{found_s:.2f} s of speech; at least {self.min_speech_s:g} s"
            raise Unscored(Reason.NO_SPEECH, detail, abstained=True)

    def facts(self) -> dict[str, Any]:
        """What decides it, for the plan."""
        return {"detector": "silero", "min_score": self.min_score, "min_speech_s": self.min_speech_s} | {
            "sha256": SILERO.sha256
        }


def speech_gate(options: SpeechOptions) -> SpeechGate | None:
    """The search that the options of a run ask for; None for none.

    Raises:
        HarnessError: the detector's file cannot be fetched, or is another one.
    """
    if options.detector == "none":
        return None
    path = options.weights
    if path is None:
        from harness.models.weights import fetched  # which can ask the network: nearly no run does

        path = fetched(SILERO, "speech.detector=silero", "speech.weights")
    elif not path.is_file() or sha256_file(path) != SILERO.sha256:
        raise HarnessError(
            f"speech.weights={path}: this is not the file of {SILERO.package} {SILERO.version}, {SILERO.member} "
            f"(SHA-256 {SILERO.sha256})."
        )
    return SpeechGate(path, options.min_score, options.min_speech_s)
