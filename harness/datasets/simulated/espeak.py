"""eSpeak NG, a program that speaks text: found on PATH, never part of the harness.

It is asked once for each utterance. The same version speaks the same text in the same way to the bit, so that its
version is a fact of the plan.
Source: https://github.com/espeak-ng/espeak-ng.
"""

from __future__ import annotations

import io
import re
import shutil
import subprocess
from dataclasses import dataclass
from xml.sax.saxutils import escape

import numpy as np

from harness.errors import HarnessError, Reason, Unscored
from harness.signals.media import Audio

PROGRAM = "espeak-ng"
TIMEOUT_S = 30.0

INSTALL = (
    f"the program {PROGRAM} is not on PATH. Install eSpeak NG (Debian and Ubuntu: apt install espeak-ng; macOS: "
    "brew install espeak-ng; Windows: its installer)"
)

_VERSION = re.compile(r"(\d+(?:\.\d+)+[\w.+-]*)")


@dataclass(frozen=True)
class Delivery:
    """How a sentence is spoken, in the program's own units.

    Attributes:
        pitch: of the voice, 0 to 99; 50 is its own.
        pitch_range: of its intonation, in per cent of the usual one.
        words_per_minute: 80 to 450; 175 is usual.
    """

    pitch: int
    pitch_range: int
    words_per_minute: int


@dataclass(frozen=True)
class Espeak:
    """The program, where it was found.

    Attributes:
        path: of the program.
        version: as it states it, such as ``1.51``.
    """

    path: str
    version: str

    def speak(self, text: str, voice: str, delivery: Delivery) -> Audio:
        """One utterance.

        Args:
            text: plain words.
            voice: a language and a variant, such as ``en-us+f2``.
            delivery: how it is spoken.

        Raises:
            Unscored: the program failed or took over 30 s (``crashed``, ``timeout``).
        """
        range_of_pitch = f'<prosody range="{delivery.pitch_range}%">{escape(text)}</prosody>'
        command = [self.path, "-m", "--stdout", "-v", voice]
        command += ["-p", str(delivery.pitch), "-s", str(delivery.words_per_minute)]
        try:
            said = subprocess.run(  # noqa: S603 (a fixed command; the text is escaped, and no shell reads it)
                [*command, f"<speak>{range_of_pitch}</speak>"], capture_output=True, timeout=TIMEOUT_S, check=True
            )
        except subprocess.TimeoutExpired:
            raise Unscored(Reason.TIMEOUT, f"{PROGRAM} took over {TIMEOUT_S:g} s") from None
        except (OSError, subprocess.CalledProcessError):
            raise Unscored(Reason.CRASHED, f"{PROGRAM} failed") from None
        return _audio(said.stdout)


def found_espeak() -> Espeak:
    """The program on PATH.

    Raises:
        HarnessError: there is none, or it does not say its version.
    """
    path = shutil.which(PROGRAM)
    if path is None:
        raise HarnessError(f"{INSTALL}.")
    try:
        said = subprocess.run([path, "--version"], capture_output=True, timeout=TIMEOUT_S, check=True)  # noqa: S603
    except (OSError, subprocess.SubprocessError):
        raise HarnessError(f"{path} --version failed. Install eSpeak NG again.") from None
    version = _VERSION.search(said.stdout.decode("utf-8", "replace"))
    if version is None:
        raise HarnessError(f"{path} --version states no version. Install eSpeak NG again.")
    return Espeak(path, version[1])


def _audio(wav: bytes) -> Audio:
    import soundfile

    try:
        waveform, rate = soundfile.read(io.BytesIO(wav), dtype="float32")
    except (soundfile.SoundFileError, ValueError):
        raise Unscored(Reason.CRASHED, f"{PROGRAM} gave no sound") from None
    return Audio(np.ascontiguousarray(waveform), int(rate))
