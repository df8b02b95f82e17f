"""What an OpenAI-compatible chat endpoint answers: its text, or why there is none; version and tokens.

Endpoints that only pass on another vendor's answer keep that vendor's words for why it ended: see `REFUSALS`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from harness.errors import Reason, Unscored
from harness.tables.answers_table import FINGERPRINT
from harness.wording import printable

REFUSALS = (
    *(
        "content_filter",
        "safety",
        "prohibited_content",
        "recitation",
        "blocklist",
        "spii",
        "language",
        "model_armor",
    ),
    *("image_safety", "image_prohibited_content", "image_recitation", "refusal", "sensitive", "error_toxic"),
    *("guardrail_intervened", "content_filtered", "content_policy_violation", "moderation_blocked"),
    *("responsible_ai_policy_violation", "data_inspection_failed", "invalid_prompt", "content_exists_risk"),
)
"""Words with which vendors say that a model declines: why an answer ended, or the code of an error."""

COMPLETE = frozenset({"stop", "endturn", "eos", "eostoken", "stopsequence", "complete"})
CUT_OFF = frozenset({"length", "maxtokens", "modellength", "modelcontextwindowexceeded"})
"""Why an answer ended, as `_squeezed`."""

_SQUEEZED_REFUSALS = {name.replace("_", ""): name for name in REFUSALS}


def said(document: Any) -> str:
    """The text of an answer, without what stands in fields for the model's reasoning.

    Raises:
        Unscored: the model declined (``refused`` with the vendor's word, abstained); the answer was cut off, or
            the JSON is no answer of a chat endpoint (``unreadable_answer``); it is an error (``no_answer``).
    """
    found = _alone(document)
    choices = found.get("choices")
    choice = choices[0] if isinstance(choices, list) and choices else None
    message = choice.get("message") if isinstance(choice, dict) else None
    if not isinstance(choice, dict) or not isinstance(message, dict):
        raise _without_choice(found)
    finish = choice.get("finish_reason") or "stop"
    refusal = _refusal_among([choice.get("native_finish_reason"), finish])
    if refusal is None and (message.get("refusal") or _parts(message, "refusal", "refusal")):
        refusal = "refusal"
    if refusal is not None:
        raise Unscored(Reason.REFUSED, refusal, abstained=True)
    if (ended := _squeezed(finish)) not in COMPLETE:
        raise Unscored(Reason.UNREADABLE_ANSWER, "cut off" if ended in CUT_OFF else "unfinished")
    content = message.get("content")
    return content if isinstance(content, str) else "".join(_parts(message, "text", "text"))


def tokens(document: Any) -> tuple[int | None, int | None]:
    """The tokens of request and answer, as the service counted them; None where it does not say.

    Some services count the model's reasoning, which they charge as part of the answer, in the total alone.
    """
    usage = _alone(document).get("usage")
    counted = usage if isinstance(usage, dict) else {}
    of_request = _first_count(counted, "prompt_tokens", "input_tokens")
    of_answer = _first_count(counted, "completion_tokens", "output_tokens")
    total = _first_count(counted, "total_tokens")
    if of_request is not None and of_answer is not None and total is not None:
        of_answer = max(of_answer, total - of_request)
    return of_request, of_answer


def version_of(document: Any) -> str | None:
    """What the service says that it is: its model, and the fingerprint of the system that ran it."""
    found = _alone(document)
    model, servers = (_shown(found.get(key)) for key in ("model", "system_fingerprint"))
    return (f"{model}{FINGERPRINT}{servers}" if servers else model) or None


def _shown(text: object) -> str:
    return printable(" ".join(text.split()))[:100] if isinstance(text, str) else ""


def refusal_of_error(document: Any) -> str | None:
    """The vendor's word, if an error says that the model declined; None for any other error and for none.

    It is the code or the type of the error, or of one within it; where there is none, the whole message.
    """
    error = _alone(document).get("error")
    if not isinstance(error, Mapping):
        return _refusal_among([error])
    inner = error.get("innererror")
    codes = [inner.get("code")] if isinstance(inner, Mapping) else []
    return _refusal_among(
        [error.get("code"), error.get("type"), error.get("status"), *codes, error.get("message")]
    )


def _without_choice(document: Mapping[str, Any]) -> Unscored:
    """Why an answer holds no choice: the prompt was declined, or an error came with the status of success."""
    feedback = document.get("promptFeedback") or document.get("prompt_feedback")
    blocked = feedback if isinstance(feedback, dict) else {}
    refusal = refusal_of_error(document) or _refusal_among(
        [blocked.get("blockReason"), blocked.get("block_reason")]
    )
    if refusal is not None:
        return Unscored(Reason.REFUSED, refusal, abstained=True)
    if document.get("error"):
        return Unscored(Reason.NO_ANSWER, "an error in the place of an answer")
    return Unscored(Reason.UNREADABLE_ANSWER, "no choice in it")


def _alone(document: Any) -> Mapping[str, Any]:
    """An object, also the only one of a list, as some services send errors; empty for anything else."""
    found = document[0] if isinstance(document, list) and len(document) == 1 else document
    return found if isinstance(found, dict) else {}


def _parts(message: Mapping[str, Any], kind: str, key: str) -> list[str]:
    """The texts of one kind in a message that is a list of parts."""
    content = message.get("content")
    parts = [part for part in content if isinstance(part, dict)] if isinstance(content, list) else []
    texts = [part.get(key) for part in parts if part.get("type", kind) in (kind, f"output_{kind}")]
    return [text for text in texts if isinstance(text, str)]


def _refusal_among(words: Iterable[Any]) -> str | None:
    return next((name for word in words if (name := _SQUEEZED_REFUSALS.get(_squeezed(word))) is not None), None)


def _squeezed(word: Any) -> str:
    """A vendor's word in small letters alone: ``MAX_TOKENS``, ``maxTokens`` and ``max tokens`` are one."""
    return re.sub(r"[^a-z]", "", str(word)[:100].lower())


def _first_count(usage: Mapping[str, Any], *names: str) -> int | None:
    counts = [usage.get(name) for name in names]
    return next(
        (
            value
            for value in counts
            if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**53
        ),
        None,
    )
