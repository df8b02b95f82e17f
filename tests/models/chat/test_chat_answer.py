from __future__ import annotations

from typing import Any

import pytest

from harness.errors import Unscored
from harness.models.chat.chat_answer import refusal_of_error, said, tokens, version_of


def answer(text: Any = "anger", finish: str | None = "stop", **message: Any) -> dict[str, Any]:
    return {
        "id": "1",
        "model": "seeing-2026-01-01",
        "system_fingerprint": "fp_1",
        "choices": [{"message": {"role": "assistant", "content": text, **message}, "finish_reason": finish}],
        "usage": {"prompt_tokens": 12, "completion_tokens": 3},
    }


def test_an_answer_is_its_text_with_version_and_tokens() -> None:
    assert said(answer()) == "anger"
    assert said(answer([{"type": "text", "text": "an"}, {"type": "text", "text": "ger"}])) == "anger"
    assert said(answer(None)) == ""
    assert version_of(answer()) == "seeing-2026-01-01 system_fingerprint=fp_1"
    assert version_of({"model": "a\x1b[31m\ud800\n b", "system_fingerprint": 7}) == "a\ufffd[31m\ufffd b"
    assert tokens(answer()) == (12, 3)
    assert tokens({"usage": {"prompt_tokens": -1, "completion_tokens": True}}) == (None, None)
    assert tokens({"usage": {"input_tokens": 7, "output_tokens": 2}}) == (7, 2)


def test_tokens_of_reasoning_that_only_the_total_counts_are_of_the_answer() -> None:
    assert tokens({"usage": {"prompt_tokens": 12, "completion_tokens": 3, "total_tokens": 115}}) == (12, 103)
    assert tokens({"usage": {"prompt_tokens": 12, "completion_tokens": 103, "total_tokens": 115}}) == (12, 103)


def test_what_the_model_thinks_is_not_its_answer() -> None:
    parts = [
        {"type": "thinking", "thinking": [{"type": "text", "text": "fear? "}]},
        {"type": "reasoning", "text": "fear! "},
        {"type": "output_text", "text": "anger"},
    ]
    assert said(answer(parts)) == "anger"
    assert said(answer("anger", reasoning_content="It is fear.", reasoning="fear")) == "anger"
    assert said(answer(None, reasoning_content="It is fear. Answer: fear")) == ""


@pytest.mark.parametrize("finish", ["content_filter", "SAFETY", "PROHIBITED_CONTENT", "RECITATION", "SPII"])
def test_finish_reasons_of_vendors_are_refusals_by_name(finish: str) -> None:
    with pytest.raises(Unscored) as found:
        said(answer("", finish))
    assert (found.value.text, found.value.outcome) == (f"refused: {finish.lower()}", "abstained")


@pytest.mark.parametrize(
    ("finish", "name"),
    [
        ("contentFilter", "content_filter"),
        ("IMAGE_SAFETY", "image_safety"),
        ("ERROR_TOXIC", "error_toxic"),
        ("guardrail_intervened", "guardrail_intervened"),
    ],
)
def test_the_name_of_a_refusal_does_not_depend_on_how_it_is_written(finish: str, name: str) -> None:
    with pytest.raises(Unscored, match=name):
        said(answer("", finish))


def test_the_word_of_the_vendor_behind_a_gateway_counts() -> None:
    document = answer("anger", "stop")
    document["choices"][0]["native_finish_reason"] = "PROHIBITED_CONTENT"
    with pytest.raises(Unscored, match="prohibited_content"):
        said(document)


@pytest.mark.parametrize("finish", ["STOP", "end_turn", "eos_token", "COMPLETE", None])
def test_an_answer_that_is_complete_is_one(finish: str | None) -> None:
    assert said(answer("anger", finish)) == "anger"


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        (answer("an", "MAX_TOKENS"), "unreadable_answer: cut off"),
        (answer("an", "model_length"), "unreadable_answer: cut off"),
        (answer("an", "error"), "unreadable_answer: unfinished"),
        (answer([{"type": "refusal", "refusal": "No."}]), "refused: refusal"),
        ({"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}}, "refused: prohibited_content"),
        ({"choices": [], "error": {"code": "content_filter"}}, "refused: content_filter"),
        ({"error": {"message": "Provider returned error"}}, "no_answer: an error in the place of an answer"),
        (answer("an", "length"), "unreadable_answer: cut off"),
        (answer("", "tool_calls"), "unreadable_answer: unfinished"),
        (answer(None, "stop", refusal="I will not."), "refused: refusal"),
        ({}, "unreadable_answer: no choice in it"),
        ({"choices": []}, "unreadable_answer: no choice in it"),
        ({"choices": [7]}, "unreadable_answer: no choice in it"),
        ({"choices": [{"message": None}]}, "unreadable_answer: no choice in it"),
        ([], "unreadable_answer: no choice in it"),
        (None, "unreadable_answer: no choice in it"),
    ],
)
def test_what_is_no_answer_has_its_reason(document: Any, reason: str) -> None:
    with pytest.raises(Unscored) as found:
        said(document)
    assert found.value.text == reason


def test_an_error_may_be_a_refusal() -> None:
    assert refusal_of_error({"error": {"code": "content_filter", "message": "…"}}) == "content_filter"
    assert refusal_of_error({"error": {"code": "invalid_image"}}) is None
    inner = {"code": "ResponsibleAIPolicyViolation"}
    assert refusal_of_error({"error": {"code": 400, "innererror": inner}}) == "responsible_ai_policy_violation"
    assert refusal_of_error({"error": {"message": "Content Exists Risk"}}) == "content_exists_risk"
    assert refusal_of_error([{"error": {"code": 400, "status": "SAFETY"}}]) == "safety"
    assert refusal_of_error({"error": {"code": "DataInspectionFailed"}}) == "data_inspection_failed"
    assert refusal_of_error({"error": "x"}) is None
    assert refusal_of_error(None) is None
