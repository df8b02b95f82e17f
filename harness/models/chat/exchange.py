"""Requests to an OpenAI-compatible chat endpoint, and what comes back."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.errors import Reason, Unscored
from harness.models.chat.reading import WAYS_OUT
from harness.signals.media import EncodedFile

SOUNDS = {"audio/wav": "wav", "audio/mpeg": "mp3", "audio/flac": "flac", "audio/ogg": "ogg"}
"""The formats of the part ``input_audio``, by media type."""

REFUSALS = frozenset(
    {
        "content_filter",
        "safety",
        "prohibited_content",
        "recitation",
        "blocklist",
        "spii",
        "image_safety",
        "refusal",
    }
)
"""Finish reasons, in small letters, with which vendors' models decline."""

COMPLETE = frozenset({"stop", "end_turn", "eos", "stop_sequence"})


@dataclass(frozen=True)
class Settings:
    """What every request states besides its sample; None leaves it to the service.

    Attributes:
        model: the name of the model at the service.
        temperature: of the sampling.
        max_tokens: of the answer.
        seed: of the sampling, where the service knows one.
        labels: of a closed set whose JSON schema is sent along; None where the answer is free text.
    """

    model: str
    temperature: float | None
    max_tokens: int | None
    seed: int | None = None
    labels: Sequence[str] | None = None


def request_body(settings: Settings, text: str, medium: EncodedFile | None) -> dict[str, Any]:
    """The JSON of one request.

    Args:
        settings: of the run.
        text: the prompt.
        medium: a picture or a sound; None where the model is only given text.

    Raises:
        Unscored: the endpoint has no part for such a file (``unreadable``).
    """
    content: list[dict[str, Any]] = [{"type": "text", "text": text}]
    if medium is not None:
        content.append(_part(medium))
    body: dict[str, Any] = {"model": settings.model, "messages": [{"role": "user", "content": content}]}
    stated = {"temperature": settings.temperature, "max_tokens": settings.max_tokens, "seed": settings.seed}
    body |= {name: value for name, value in stated.items() if value is not None}
    if settings.labels is not None:
        body["response_format"] = {
            "type": "json_schema",
            "json_schema": {"name": "answer", "strict": True, "schema": answer_schema(settings.labels)},
        }
    return body


def answer_schema(labels: Sequence[str]) -> dict[str, Any]:
    """The JSON schema of an answer from a closed set: one of the labels or ways out."""
    label = {"type": "string", "enum": [*labels, *WAYS_OUT]}
    return {
        "type": "object",
        "properties": {"label": label},
        "required": ["label"],
        "additionalProperties": False,
    }


def said(document: Any) -> str:
    """The text of an answer.

    Raises:
        Unscored: the model declined (``refused`` with the vendor's word, abstained), the answer was cut off,
            or the JSON is no answer of a chat endpoint (``unreadable_answer``).
    """
    choices = document.get("choices") if isinstance(document, dict) else None
    first = choices[0] if isinstance(choices, list) and choices else None
    message = first.get("message") if isinstance(first, dict) else None
    if not isinstance(first, dict) or not isinstance(message, dict):
        raise Unscored(Reason.UNREADABLE_ANSWER, "no choice in it")
    finish = str(first.get("finish_reason") or "stop").lower()
    if finish in REFUSALS:
        raise Unscored(Reason.REFUSED, finish, abstained=True)
    if message.get("refusal"):
        raise Unscored(Reason.REFUSED, "refusal", abstained=True)
    if finish not in COMPLETE:
        cut_off = finish in ("length", "max_tokens")
        raise Unscored(Reason.UNREADABLE_ANSWER, "cut off" if cut_off else "unfinished")
    return _text(message.get("content"))


def tokens(document: Any) -> tuple[int | None, int | None]:
    """The tokens of request and answer, as the service counted them; None where it does not say."""
    usage = document.get("usage") if isinstance(document, dict) else None
    counted = usage if isinstance(usage, dict) else {}
    return _count(counted.get("prompt_tokens")), _count(counted.get("completion_tokens"))


def version_of(document: Any) -> str | None:
    """What the service says that it is: its model, and the fingerprint of the system that ran it."""
    if not isinstance(document, dict):
        return None
    stated = [str(document[key])[:100] for key in ("model", "system_fingerprint") if document.get(key)]
    return " ".join(stated) or None


def refusal_of_error(document: Any) -> str | None:
    """The vendor's word, if an error says that the model declined; None for any other error."""
    error = document.get("error") if isinstance(document, dict) else None
    codes = [str(error.get(key)).lower() for key in ("code", "type")] if isinstance(error, Mapping) else []
    return next((code for code in codes if code in REFUSALS), None)


def _part(medium: EncodedFile) -> dict[str, Any]:
    data = base64.b64encode(medium.data).decode()
    if medium.media_type.startswith("image/"):
        return {"type": "image_url", "image_url": {"url": f"data:{medium.media_type};base64,{data}"}}
    if (sound := SOUNDS.get(medium.media_type)) is not None:
        return {"type": "input_audio", "input_audio": {"data": data, "format": sound}}
    raise Unscored(Reason.UNREADABLE, f"a chat endpoint takes no {medium.media_type}")


def _text(content: Any) -> str:
    """The text of a message, which is a text or a list of parts."""
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, list) else []
    texts = [part["text"] for part in parts if isinstance(part, dict) and isinstance(part.get("text"), str)]
    return "".join(texts)


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**53 else None
