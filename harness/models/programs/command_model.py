"""A program that answers lines of JSON with lines of JSON, in any language: docs/connect/command.md.

It is started once, told the labels, and asked one sample after another. When it ends it is started again; a
sample at which it ends twice is ``crashed``, one that it does not answer in time ``timeout``. Nothing that it
writes stops the run. It runs with the rights of the user: what is limited is memory, time, the size of files and
what it sees of the environment, not what it may read.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, ClassVar

import numpy as np
import numpy.typing as npt
from pydantic import Field

from harness.cards.facts import Facts, ModelCard, card_path
from harness.cards.inputs import SentInput
from harness.errors import HarnessError, Reason, Unscored
from harness.files import UserPath
from harness.models.answer import Answer, Answers
from harness.models.face_cropping import face_cropper
from harness.models.granted import Granted, Trust, require_trust
from harness.models.model import ModelOptions, RunSettings
from harness.models.own_words import OwnWords, require_known
from harness.models.programs.commanded import (
    files_of_command,
    found_command,
    seen_environment,
    words_without_paths,
)
from harness.models.programs.kept_program import (
    MAX_LINE_BYTES,
    Command,
    KeptProgram,
    LineTooLong,
    ProgramEnded,
    ProgramHangs,
)
from harness.models.programs.program_answers import WrongId, read_answer, unreadable
from harness.models.sent_media import JSON_TYPE, SentMedia
from harness.models.stating_model import StatingModel
from harness.signals.face import FaceCropper
from harness.signals.media import Given
from harness.wording import printable

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

ATTEMPTS = 2
"""How often a program may end at a sample."""

logger = logging.getLogger(__name__)


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
        self._program: KeptProgram | None = None
        self._version: str | None = None
        self._last_id = ""
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
        environment = seen_environment(self.card.name, self.options.environment)
        gib = 2**30
        memory, file = int(self.options.max_memory_gib * gib), int(self.options.max_file_gib * gib)
        self._program = KeptProgram(Command(self._words, self._folder, environment, memory, file))
        self._version = self._greeted(self._program)

    def close(self) -> None:
        """End the program."""
        if self._program is not None:
            self._program.end()
            self._program = None

    def forward(self, batch: Sequence[npt.NDArray[Any]]) -> Answers:
        """One request after another."""
        for index, request in enumerate(batch):
            yield index, self._answer(request.astype(np.uint8).tobytes())

    def _answer(self, request: bytes) -> Answer:
        """The answer to one sample; the program is started again where it ended."""
        request_id = hashlib.sha256(request).hexdigest()[:16]
        line = f'{{"id": "{request_id}", '.encode() + request + b"}\n"
        ended = ""
        for attempt in range(1, ATTEMPTS + 1):
            if self._program is None:
                self.open()
            try:
                return self._exchanged(line, request_id, attempt)
            except ProgramEnded as error:
                ended = str(error)
                self._stop(f"ended ({ended})")
        return Answer(unscored=Unscored(Reason.CRASHED, ended), attempts=ATTEMPTS, version=self._version)

    def _exchanged(self, line: bytes, request_id: str, attempts: int) -> Answer:
        """What the program says to one request.

        Raises:
            ProgramEnded: it ended.
        """
        assert self._program is not None
        raw, previous_id, self._last_id = b"", self._last_id, request_id
        try:
            raw = self._program.exchange(line, self.options.timeout_s)
            while previous_id and _is_late(raw, previous_id, request_id):
                raw = self._program.next_line(self.options.timeout_s)
            vector = read_answer(raw, request_id, self, self.output.labels)
        except Unscored as unscored:
            return Answer(unscored=unscored, attempts=attempts, raw=raw, version=self._version)
        except ProgramHangs:
            reason = Unscored(Reason.TIMEOUT, f"over {self.options.timeout_s:g} s")
        except LineTooLong:
            reason = unreadable(f"a line over {MAX_LINE_BYTES // 2**20} MiB")
        except WrongId:
            reason = unreadable("it answers another request")
        else:
            return Answer(vector=vector, attempts=attempts, raw=raw, version=self._version)
        self._stop(f"is started again: {reason.text}")
        return Answer(unscored=reason, attempts=attempts, raw=raw or None, version=self._version)

    def _stop(self, why: str) -> None:
        """End a program that cannot be asked any more."""
        assert self._program is not None
        logger.warning("model %s: its program %s.%s", self.card.name, why, self._program.last_errors())
        self._program.kill()
        self._program, self._last_id = None, ""

    def _greeted(self, program: KeptProgram) -> str | None:
        """Tell the program what it is asked for, and read its version.

        Raises:
            HarnessError: it does not say that it is ready.
        """
        greeting = {
            "protocol": PROTOCOL,
            "labels": self.card.labels,
            "dimensions": self.card.dimensions,
            "device": self.settings.device,
            "input": self.input.model_dump(mode="json"),
        }
        try:
            line = program.exchange(json.dumps(greeting).encode() + b"\n", self.options.start_timeout_s)
            said = _plain(line)
            if said.get("ready") is True:
                version = said.get("version")
                return None if version is None else printable(str(version))[:200]
            problem = f"it answered {printable(line.decode(errors='replace'))[:200]!r}"
        except ProgramEnded as ended:
            problem = str(ended)
        except ProgramHangs:
            problem = f"no line within {self.options.start_timeout_s:g} s"
        except LineTooLong:
            problem = f"a line over {MAX_LINE_BYTES // 2**20} MiB"
        errors = program.last_errors()
        self.close()
        raise HarnessError(
            f"model {self.card.name}: its program did not get ready ({problem}). It must answer the first line of "
            f'its input with {{"ready": true}}, flush it, and write nothing else to its standard output.{errors}'
        )


def _folder(card: ModelCard, options: CommandOptions) -> Path:
    if options.folder is not None:
        return options.folder.absolute()
    return Path.cwd() if options.command else card_path("models", card.name).parent.absolute()


def _is_late(line: bytes, previous_id: str, request_id: str) -> bool:
    """Whether a line answers what was asked before, once more or too late; the first answer has counted."""
    return _plain(line).get("id") == previous_id != request_id


def _plain(line: bytes) -> dict[str, Any]:
    """The JSON object of a line; an empty one where it holds none."""
    try:
        said = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}
