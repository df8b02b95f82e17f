"""The files of a Piper voice: a network, and beside it what it was made for, in JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from harness.datasets.simulated.piper_program import MAX_CONFIG_BYTES, MAX_VOICE_BYTES
from harness.errors import HarnessError
from harness.files import read_bytes, sha256_bytes
from harness.wording import printable


class _Section(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class _Audio(_Section):
    sample_rate: int = Field(ge=8_000, le=96_000)


class _Espeak(_Section):
    voice: str = Field(min_length=1, max_length=60)


class PiperConfig(_Section):
    """What the harness reads of it. The fields are Piper's own (``piper/config.py``, 1.8.0).

    Attributes:
        audio: the rate in Hz.
        espeak: the language, as eSpeak NG names it.
        phoneme_type: ``espeak``; the other kinds are for other languages than English.
        num_speakers: 1 for a voice of one speaker.
        num_symbols: how many phonemes.
        phoneme_id_map: phoneme → its numbers.
    """

    audio: _Audio
    espeak: _Espeak
    phoneme_type: Literal["espeak"] = "espeak"
    num_speakers: int = Field(ge=1, le=100_000)
    num_symbols: int = Field(ge=1)
    phoneme_id_map: Mapping[str, tuple[int, ...]]


@dataclass(frozen=True)
class PiperVoice:
    """A voice whose files were read once.

    Attributes:
        onnx: the path of the network.
        config_path: of the JSON beside it.
        sha256: of the network.
        config_sha256: of the JSON.
        num_speakers: at least 1.
        accent: the English that it speaks, such as ``en-us``.
    """

    onnx: Path
    config_path: Path
    sha256: str
    config_sha256: str
    num_speakers: int
    accent: str

    @property
    def name(self) -> str:
        """That of its file, such as ``en_US-lessac-medium``."""
        return self.onnx.stem

    def facts(self) -> dict[str, Any]:
        """For the plan."""
        return {"name": self.name, "sha256": self.sha256, "config_sha256": self.config_sha256}

    def request(self) -> dict[str, Any]:
        """What `harness.datasets.simulated.piper_program` needs to open it."""
        return {
            "onnx": str(self.onnx),
            "config": str(self.config_path),
            "sha256": self.sha256,
            "config_sha256": self.config_sha256,
        }


def read_voice(path: Path) -> PiperVoice:
    """The voice of a file, and of the JSON beside it.

    Raises:
        HarnessError: one of them is absent, is too large, is not what Piper reads, or the voice is not English.
    """
    path = path.absolute()
    config_path = path.with_name(f"{path.name}.json")
    network = _read(path, MAX_VOICE_BYTES, "A voice of Piper is a file NAME.onnx with NAME.onnx.json beside it.")
    stated = _read(config_path, MAX_CONFIG_BYTES, f"Copy it from where {path.name} came from.")
    try:
        config = PiperConfig.model_validate_json(stated)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(map(str, first["loc"])) or "the file"
        raise HarnessError(
            f"{config_path} is not the config of a Piper voice: {printable(where)}: {printable(first['msg'])}. "
            f"Copy it from where {path.name} came from."
        ) from None
    language = config.espeak.voice
    if language.replace("_", "-").partition("-")[0] != "en":
        raise HarnessError(
            f"{path} speaks {printable(language)}, and the sentences are English. Give a voice whose config says "
            "espeak.voice: en-us or en-gb-x-rp."
        )
    return PiperVoice(
        path, config_path, sha256_bytes(network), sha256_bytes(stated), config.num_speakers, printable(language)
    )


def _read(path: Path, most: int, what_to_do: str) -> bytes:
    try:
        return read_bytes(path, most)
    except OSError as error:
        raise HarnessError(f"{path} cannot be read ({error.strerror}). {what_to_do}") from None
    except ValueError as error:
        raise HarnessError(f"{path} cannot be read: {error}. {what_to_do}") from None
