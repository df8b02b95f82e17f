"""A program that answers lines of JSON with lines of JSON, in any language: docs/connect/command.md.

It runs with the rights of the user: what is limited is memory, time, the size of files and what it sees of the
environment, not what it may read.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, ClassVar

import numpy as np
import numpy.typing as npt
from pydantic import Field

from harness.arrays import Floats
from harness.cards.facts import Facts, ModelCard, card_path
from harness.cards.inputs import SentInput
from harness.errors import HarnessError
from harness.files import UserPath
from harness.models.answer import Answers
from harness.models.face_cropping import face_cropper
from harness.models.granted import Granted, Needed, Trust, require_trust
from harness.models.model import ModelOptions, RunSettings
from harness.models.own_words import OwnWords, require_known
from harness.models.programs.asked_program import AskedProgram, Manner
from harness.models.programs.commanded import (
    files_of_command,
    found_command,
    paths_of_command,
    seen_environment,
    words_without_paths,
)
from harness.models.programs.kept_program import Command
from harness.models.programs.program_answers import read_answer
from harness.models.sent_media import JSON_TYPE, SentMedia
from harness.models.stating_model import StatingModel
from harness.signals.face import FaceCropper
from harness.signals.media import Given

PROTOCOL = 1

STARTER = """\
import base64
import json
import sys

labels = json.loads(sys.stdin.readline())["labels"]
print(json.dumps({"ready": True, "version": "1.0"}), flush=True)

for line in sys.stdin:
    request = json.loads(line)
    data = base64.b64decode(request["data"])  # bytes of a file: request["media_type"]
    answer = {"error": "serve.py is still to be written"}  # or: {"label": labels[0], "scores": {...}}
    print(json.dumps({"id": request["id"], **answer}), flush=True)
"""
"""A program that answers nothing yet."""


class CommandOptions(ModelOptions):
    """The options of `CommandModel`.

    Attributes:
        trust: run the program, with the rights of whoever runs the harness.
        command: the program and its arguments, such as [node, serve.js]; null uses the card's.
        folder: where the program runs; null is the card's folder, or the current one for a command of the config.
        environment: names of further environment variables that the program sees, such as a key of a licence.
        timeout_s: seconds that one sample may take.
        start_timeout_s: seconds that the program may take until it is ready.
        max_memory_gib: memory of the program and all that it starts.
        max_file_gib: the largest file that it may write.
    """

    trust: Trust = False
    command: tuple[str, ...] | None = Field(default=None, min_length=1, exclude=True)
    folder: UserPath | None = None
    environment: Annotated[tuple[str, ...], Granted("which variables of the environment the program sees")] = ()
    timeout_s: float = Field(default=60.0, gt=0)
    start_timeout_s: float = Field(default=120.0, gt=0)
    max_memory_gib: float = Field(default=8.0, gt=0)
    max_file_gib: float = Field(default=4.0, gt=0)


class ProgramOutput(Facts):
    """What a program answers."""

    labels: OwnWords = Field(default={})


class ProgramConnection(Facts):
    """How a program is reached."""

    command: tuple[str, ...] | None = Field(
        default=None,
        min_length=1,
        description="program and arguments, run in the card's folder: [python, serve.py]",
        json_schema_extra={"template": ["python", "serve.py"]},
    )


@dataclass(frozen=True)
class RequestPreparer:
    """A sample → the request about it, less its id, as uint8. Encoded in the workers."""

    sent: SentMedia

    def __call__(self, media: Given) -> npt.NDArray[np.uint8]:
        """The JSON of ``media_type``, ``data`` (base64) or ``recording``, and ``context``."""
        import base64

        sent = self.sent(media)
        parts = [b'"media_type": ' + json.dumps(sent.file.media_type).encode()]
        if sent.file.media_type == JSON_TYPE:
            parts.append(b'"recording": ' + sent.file.data)
        else:
            parts.append(b'"data": "' + base64.b64encode(sent.file.data) + b'"')
        if sent.context:
            parts.append(b'"context": ' + json.dumps(dict(sent.context)).encode())
        return np.frombuffer(b", ".join(parts), np.uint8)


class CommandModel(StatingModel[CommandOptions]):
    """Kind ``command``: a program in any language that reads and writes lines of JSON."""

    Options: ClassVar[type[ModelOptions]] = CommandOptions
    Input = SentInput
    Output = ProgramOutput
    Connection = ProgramConnection
    needs_trust: ClassVar[bool] = True
    starter_files: ClassVar[Mapping[str, str]] = {"serve.py": STARTER}
    input: SentInput
    output: ProgramOutput
    connection: ProgramConnection

    @classmethod
    def needed_grants(cls, card: ModelCard, options: CommandOptions) -> list[Needed]:  # noqa: ARG003 (any card)
        """That its program runs."""
        return [] if options.trust else [Needed("trust", True, "its program runs with your rights")]

    def __init__(self, card: ModelCard, options: CommandOptions, settings: RunSettings) -> None:
        super().__init__(card, options, settings)
        words = options.command or self.connection.command
        if words is None:
            raise HarnessError(
                f"model {card.name}: neither its card nor its config says which program answers: "
                "model.command=[python, serve.py]"
            )
        runs = f"a program runs with your rights: {' '.join(words)}"
        require_trust(options.trust, f"model {card.name}", runs)
        require_known(card.name, self.output.labels, card.labels)
        self._folder = _folder(card, options)
        self._words = found_command(card.name, words, self._folder)
        whole = settings.face.model_copy(update={"detector": "none", "align": False})
        self._cropper = face_cropper(settings.face) if self.input.face == "crop" else FaceCropper(whole)
        self._program: AskedProgram | None = None
        self.reads_files = self.input.encoding == "file"
        self.context = self.input.context

    def facts(self) -> dict[str, Any]:
        """The command, the SHA-256 of the files that it names, and how faces are cut out."""
        faces = {"face": self._cropper.facts()} if self.input.face == "crop" else {}
        return {
            **super().facts(),
            "command": words_without_paths(self._words, self._folder),
            "command_files": files_of_command(self._words, self._folder),
            "protocol": PROTOCOL,
            **faces,
        }

    def files(self) -> dict[str, Path]:
        """Those that its command names."""
        return paths_of_command(self._words, self._folder)

    def notes(self) -> list[str]:
        """That somebody else's program ran."""
        return [
            f"The program {words_without_paths(self._words, self._folder)[0]} was trusted and ran with the rights "
            "of the user (model.trust=true)."
        ]

    def preparer(self) -> RequestPreparer:
        """The worker's part."""
        return RequestPreparer(SentMedia(self.input, self._cropper))

    def open(self) -> None:
        """Start the program and await its first line.

        Raises:
            HarnessError: it cannot be started or does not say that it is ready.
        """
        self.close()
        options, gib = self.options, 2**30
        environment = seen_environment(self.card.name, options.environment)
        memory, file = int(options.max_memory_gib * gib), int(options.max_file_gib * gib)
        command = Command(self._words, self._folder, environment, memory, file)
        manner = Manner(f"model {self.card.name}", self._greeting(), options.timeout_s, options.start_timeout_s)
        self._program = AskedProgram(command, manner, self._read)

    def close(self) -> None:
        """End the program."""
        if self._program is not None:
            self._program.end()
            self._program = None

    def forward(self, batch: Sequence[npt.NDArray[Any]]) -> Answers:
        """One request after another."""
        assert self._program is not None, "open() comes first"
        for index, request in enumerate(batch):
            yield index, self._program.answer(request.astype(np.uint8).tobytes())

    def _greeting(self) -> dict[str, Any]:
        """What the program is told before it is asked."""
        return {
            "protocol": PROTOCOL,
            "labels": self.card.labels,
            "dimensions": self.card.dimensions,
            "device": self.settings.device,
            "input": self.input.model_dump(mode="json"),
        }

    def _read(self, line: bytes, request_id: str) -> Floats:
        return read_answer(line, request_id, self, self.output.labels)


def _folder(card: ModelCard, options: CommandOptions) -> Path:
    if options.folder is not None:
        return options.folder.absolute()
    return Path.cwd() if options.command else card_path("models", card.name).parent.absolute()
