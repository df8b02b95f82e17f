"""Requests to an OpenAI-compatible chat endpoint."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from harness.errors import Reason, Unscored
from harness.models.chat.label_words import WAYS_OUT
from harness.signals.media import EncodedFile

SOUNDS = {"audio/wav": "wav", "audio/mpeg": "mp3", "audio/flac": "flac", "audio/ogg": "ogg"}
"""The formats of the part ``input_audio``, by media type."""

TAKEN = frozenset({"model", "messages", "temperature", "max_tokens", "seed", "response_format", "n", "stream"})
"""Keys of a request that are stated otherwise, or that change what comes back."""


@dataclass(frozen=True)
class Settings:
    """What every request states besides its sample; None leaves it to the service.

    Attributes:
        model: the name of the model at the service.
        temperature: of the sampling.
        max_tokens: of the answer.
        seed: of the sampling, where the service knows one.
        schema: of the answer, see `answer_schema`; None where it is free text.
        parameters: further keys, none of which is in `TAKEN`.
    """

    model: str
    temperature: float | None
    max_tokens: int | None
    seed: int | None = None
    schema: Mapping[str, Any] | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)


def request_body(settings: Settings, text: str, medium: EncodedFile) -> dict[str, Any]:
    """The JSON of one request.

    Args:
        settings: of the run.
        text: the prompt.
        medium: a picture or a sound.

    Raises:
        Unscored: the endpoint has no part for such a file (``unreadable``).
    """
    content = [{"type": "text", "text": text}, _part(medium)]
    body: dict[str, Any] = {"model": settings.model, "messages": [{"role": "user", "content": content}]}
    stated = {"temperature": settings.temperature, "max_tokens": settings.max_tokens, "seed": settings.seed}
    body |= {name: value for name, value in stated.items() if value is not None}
    if settings.schema is not None:
        body["response_format"] = {
            "type": "json_schema",
            "json_schema": {"name": "answer", "strict": True, "schema": settings.schema},
        }
    return {**body, **settings.parameters}


def answer_schema(labels: Sequence[str], dimensions: Sequence[str], *, is_closed: bool) -> dict[str, Any]:
    """The JSON schema of an answer: a label, one of the list or a way out where it is closed; and the dimensions.

    A model that cannot tell has a way out there, too: null for a dimension.
    """
    label = {"type": "string", **({"enum": [*labels, *WAYS_OUT]} if is_closed else {})}
    properties = {
        **({"label": label} if labels else {}),
        **{name: {"type": ["number", "null"], "minimum": -1, "maximum": 1} for name in dimensions},
    }
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _part(medium: EncodedFile) -> dict[str, Any]:
    data = base64.b64encode(medium.data).decode()
    if medium.media_type.startswith("image/"):
        return {"type": "image_url", "image_url": {"url": f"data:{medium.media_type};base64,{data}"}}
    if (sound := SOUNDS.get(medium.media_type)) is not None:
        return {"type": "input_audio", "input_audio": {"data": data, "format": sound}}
    raise Unscored(Reason.UNREADABLE, f"a chat endpoint takes no {medium.media_type}")
