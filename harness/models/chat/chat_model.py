"""Kind ``chat``: a multimodal language model behind an OpenAI-compatible endpoint.

What it is asked is a file with a version. What it may answer is a closed list of labels with two ways out, or
words that a table maps to labels. Requests are made in the workers; `ServiceClient` asks, and counts attempts,
tokens and cost. The whole exchange stays on this machine, in ``answers.parquet``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
import numpy.typing as npt
from pydantic import Field, field_validator

from harness.cards.facts import Facts, ModelCard, card_path
from harness.cards.inputs import SentInput
from harness.errors import HarnessError, Reason, Unscored
from harness.files import UserPath, is_inside
from harness.models.answer import Answer
from harness.models.chat.chat_answer import refusal_of_error, said, tokens, version_of
from harness.models.chat.chat_request import TAKEN, Settings, answer_schema, request_body
from harness.models.chat.label_words import Vocabulary
from harness.models.chat.prompt import Prompt, read_prompt
from harness.models.chat.reading import read_answer
from harness.models.face_cropping import face_cropper
from harness.models.granted import Granted
from harness.models.model import ModelOptions, RunSettings
from harness.models.own_words import OwnWords, require_known
from harness.models.sent_media import SentMedia
from harness.models.services.answer_cache import names_version
from harness.models.services.exchange import Exchange, ServiceRequest, Usage
from harness.models.services.service_connection import ServiceConnection, ServiceOptions, sent_to
from harness.models.services.service_model import ServiceModel
from harness.signals.media import Given

_DATED = re.compile(r"\d{4}-?\d{2}-?\d{2}|[-_]\d{3,4}$|@")
"""What the name of a model has where it means one version for good, as vendors write it."""

PROMPT_FILE = "prompt.md"
FIRST_PROMPT = """\
---
version: 1
---
Which emotion does this person express? Think about it, and end with a line of this form:
Answer: one of {labels}
"""


class ChatOptions(ServiceOptions):
    """The options of `ChatModel`, besides those of every service.

    Attributes:
        prompt: a prompt file in place of the card's.
        temperature: of the sampling, stated with every request; None leaves it to the service.
        max_tokens: of an answer; one that is cut off cannot be read.
        sampling_seed: where the service knows one; every repeat has the next.
    """

    prompt: Annotated[UserPath | None, Granted("which file of yours is sent to it as the prompt")] = None
    temperature: float | None = Field(default=0.0, ge=0.0, le=2.0)
    max_tokens: int | None = Field(default=1_000, ge=1)
    sampling_seed: int | None = None


class ChatConnection(ServiceConnection):
    """The endpoint (its URL ends with ``/chat/completions``), which of its models is asked, and how."""

    model: str = Field(
        description="its name at the service, with its version: an alias changes its answers unseen"
    )
    parameters: dict[str, Any] = Field(
        default={},
        description="further keys of every request: {reasoning_effort: low, max_completion_tokens: 2000}",
    )

    @field_validator("parameters")
    @classmethod
    def _states_nothing_twice(cls, parameters: dict[str, Any]) -> dict[str, Any]:
        if taken := sorted(TAKEN & set(parameters)):
            raise ValueError(
                f"{taken[0]} is not stated here: it is an option (model.{taken[0]}) or belongs to the harness"
            )
        return parameters


class ChatInput(SentInput):
    """A prompt, with a picture or a sound."""

    encoding: Literal["file", "png", "wav"] = Field(
        default="file",
        description="file: the dataset's own bytes; png, wav: decoded and encoded again without loss, as "
        "conditions and parts of files need it",
    )
    prompt: str = Field(default=PROMPT_FILE, description="the prompt file, beside the card")


class ChatOutput(Facts):
    """How answers are read."""

    format: Literal["text", "json_schema"] = Field(
        default="text", description="json_schema: the service is told to answer with {label: one of the list}"
    )
    closed: bool = Field(default=True, description="false: any words, of which output.labels says what they mean")
    labels: OwnWords = Field(default={})
    refused_status: tuple[int, ...] = Field(
        default=(415,), description="statuses that mean that the service declines this file"
    )


@dataclass(frozen=True)
class ChatPreparer:
    """A sample → the JSON of the request about it, as uint8. Picklable."""

    sent: SentMedia
    prompt: Prompt
    labels: Sequence[str]
    settings: Settings

    def __call__(self, media: Given) -> npt.NDArray[np.uint8]:
        """Fill the prompt and encode the medium."""
        sent = self.sent(media)
        text = self.prompt.filled(self.labels, sent.context)
        return np.frombuffer(json.dumps(request_body(self.settings, text, sent.file)).encode(), np.uint8)


class ChatModel(ServiceModel[ChatOptions]):
    """A language model that is shown a sample and asked for the emotion in it."""

    Options: ClassVar[type[ModelOptions]] = ChatOptions
    Input = ChatInput
    Output = ChatOutput
    Connection = ChatConnection
    starter_files: ClassVar[Mapping[str, str]] = {PROMPT_FILE: FIRST_PROMPT}
    input: ChatInput
    output: ChatOutput
    connection: ChatConnection

    def __init__(self, card: ModelCard, options: ChatOptions, settings: RunSettings) -> None:
        super().__init__(card, options, settings)
        self._vocabulary = _vocabulary(card, self.output)
        self._prompt = read_prompt(_prompt_path(card, self.input, options), card.name)
        if card.labels and self.output.closed and not self._prompt.names_labels:
            raise HarnessError(
                f"model {card.name}: its prompt has no place {{labels}}, so the model is not told what it may "
                "answer. Add the place, or state output.closed: false and what words mean in output.labels."
            )
        self._cropper = face_cropper(settings.face)
        self.reads_files = self.input.encoding == "file"
        self.context = tuple(dict.fromkeys([*self._prompt.context, *self.input.context]))

    def facts(self) -> dict[str, Any]:
        """The prompt with its version and hash, and how faces are cut out."""
        faces = {"face": self._cropper.facts()} if self.input.face == "crop" else {}
        prompt = {"version": self._prompt.version, "sha256": self._prompt.sha256, "text": self._prompt.text}
        return {**super().facts(), "prompt": prompt, **faces}

    def notes(self) -> list[str]:
        """What can change unseen, and what varies."""
        name = self.connection.model
        alias = f"{name!r} names no version: the service may put another model behind it at any time."
        heat = self.options.temperature
        at = "a temperature that the service chooses" if heat is None else f"temperature {heat:g}"
        return [
            sent_to(self.connection, self.options),
            *([] if _is_dated(name) else [alias]),
            *([] if heat == 0.0 else [f"Its answers are drawn at {at}: another run gives others."]),
        ]

    def preparer(self) -> ChatPreparer:
        """The worker's part: the whole request."""
        card, options = self.card, self.options
        schema = answer_schema(card.labels, card.dimensions, is_closed=self.output.closed)
        settings = Settings(
            self.connection.model,
            options.temperature,
            options.max_tokens,
            None if options.sampling_seed is None else options.sampling_seed + self.repeat - 1,
            schema if self.output.format == "json_schema" else None,
            self.connection.parameters,
        )
        return ChatPreparer(SentMedia(self.input, self._cropper), self._prompt, self.card.labels, settings)

    def usage(self, exchange: Exchange) -> Usage:
        """As the endpoint states it."""
        try:
            tokens_in, tokens_out = tokens(exchange.json())
        except Unscored:
            return Usage()
        return Usage(tokens_in=tokens_in, tokens_out=tokens_out)

    def request(self, samples: Sequence[npt.NDArray[Any]]) -> ServiceRequest:
        """As the worker has made it."""
        (body,) = samples
        return ServiceRequest(body=body.tobytes(), headers={"Content-Type": "application/json"})

    def answers(self, exchange: Exchange, num: int) -> Sequence[Answer]:  # noqa: ARG002 (it is always one)
        """What the model said, read strictly."""
        return [exchange.answer(self._read)]

    def is_version(self, stated: str) -> bool:
        """A server may do nothing but repeat the name that it was asked for."""
        name = self.connection.model
        return names_version(stated) and (stated != name or _is_dated(name))

    def _read(self, exchange: Exchange) -> Answer:
        if not exchange.is_success:
            raise _declined(exchange, self.output.refused_status)
        document = exchange.json()
        version = version_of(document)
        try:
            found = read_answer(said(document), self._vocabulary, only_json=self.output.format == "json_schema")
        except Unscored as unscored:
            return Answer(unscored=unscored, version=version)
        dimensions: dict[str, float] = {
            name: value for name, value in found.dimensions.items() if name in self.card.dimensions
        }
        if found.label is None and not dimensions:
            return Answer(unscored=Unscored(Reason.UNREADABLE_ANSWER, "no label"), version=version)
        return Answer(vector=self.stated(found.label, found.scores, dimensions), version=version)


def _is_dated(name: str) -> bool:
    return _DATED.search(name) is not None and names_version(name)


def _vocabulary(card: ModelCard, output: ChatOutput) -> Vocabulary:
    """The words of a card, checked."""
    require_known(card.name, output.labels, card.labels)
    if not output.closed and not output.labels:
        raise HarnessError(f"model {card.name}: with output.closed: false, output.labels states what words mean.")
    try:
        return Vocabulary(card.labels, output.labels, output.closed)
    except ValueError as error:
        raise HarnessError(f"model {card.name}: labels and output.labels: {error}.") from None


def _declined(exchange: Exchange, refused_status: Sequence[int]) -> Unscored:
    """What an error of the service says about the sample."""
    try:
        word = refusal_of_error(exchange.json())
    except Unscored:
        word = None
    if word is None and exchange.status in refused_status:
        word = f"status {exchange.status}"
    if word is not None:
        return Unscored(Reason.REFUSED, word, abstained=True)
    return Unscored(Reason.NO_ANSWER, f"status {exchange.status}")


def _prompt_path(card: ModelCard, given: ChatInput, options: ChatOptions) -> Path:
    if options.prompt is not None:
        return options.prompt
    folder = card_path("models", card.name).parent
    path = folder / given.prompt
    if not is_inside(path, folder):
        raise HarnessError(f"model {card.name}: the prompt {given.prompt} is outside the folder of the card.")
    return path
