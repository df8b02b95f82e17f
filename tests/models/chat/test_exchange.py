from __future__ import annotations

import base64
from typing import Any

import pytest

from harness.errors import Unscored
from harness.models.chat.exchange import Settings, refusal_of_error, request_body, said, tokens, version_of
from harness.signals.media import EncodedFile

PICTURE = EncodedFile(b"\xff\xd8\xffpicture", "image/jpeg")


def answer(text: Any = "anger", finish: str | None = "stop", **message: Any) -> dict[str, Any]:
    return {
        "id": "1",
        "model": "seeing-2026-01-01",
        "system_fingerprint": "fp_1",
        "choices": [{"message": {"role": "assistant", "content": text, **message}, "finish_reason": finish}],
        "usage": {"prompt_tokens": 12, "completion_tokens": 3},
    }


def test_a_picture_goes_as_its_own_bytes() -> None:
    body = request_body(Settings("seeing", 0.0, 50), "Which emotion?", PICTURE)
    text, part = body["messages"][0]["content"]
    assert text == {"type": "text", "text": "Which emotion?"}
    head, _, data = part["image_url"]["url"].partition(",")
    assert (part["type"], head, base64.b64decode(data)) == ("image_url", "data:image/jpeg;base64", PICTURE.data)
    assert (body["model"], body["temperature"], body["max_tokens"]) == ("seeing", 0.0, 50)
    assert "seed" not in body
    assert "response_format" not in body


def test_a_sound_states_its_format() -> None:
    body = request_body(Settings("hearing", None, None), "?", EncodedFile(b"RIFF", "audio/wav"))
    part = body["messages"][0]["content"][1]
    assert part == {
        "type": "input_audio",
        "input_audio": {"data": base64.b64encode(b"RIFF").decode(), "format": "wav"},
    }
    assert "temperature" not in body


def test_a_schema_leaves_the_ways_out() -> None:
    body = request_body(Settings("seeing", 0.0, 50, labels=("anger", "fear")), "?", PICTURE)
    schema = body["response_format"]["json_schema"]["schema"]
    assert schema["properties"]["label"]["enum"] == ["anger", "fear", "cannot tell", "none of these"]


def test_what_no_part_holds_is_not_sent() -> None:
    with pytest.raises(Unscored, match="takes no video/mp4"):
        request_body(Settings("seeing", 0.0, 50), "?", EncodedFile(b"", "video/mp4"))


def test_an_answer_is_its_text_with_version_and_tokens() -> None:
    assert said(answer()) == "anger"
    assert said(answer([{"type": "text", "text": "an"}, {"type": "text", "text": "ger"}])) == "anger"
    assert said(answer(None)) == ""
    assert version_of(answer()) == "seeing-2026-01-01 fp_1"
    assert tokens(answer()) == (12, 3)
    assert tokens({"usage": {"prompt_tokens": -1, "completion_tokens": True}}) == (None, None)


@pytest.mark.parametrize("finish", ["content_filter", "SAFETY", "PROHIBITED_CONTENT", "RECITATION", "SPII"])
def test_finish_reasons_of_vendors_are_refusals_by_name(finish: str) -> None:
    with pytest.raises(Unscored) as found:
        said(answer("", finish))
    assert (found.value.text, found.value.outcome) == (f"refused: {finish.lower()}", "abstained")


@pytest.mark.parametrize(
    ("document", "reason"),
    [
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
    assert refusal_of_error({"error": "x"}) is None
    assert refusal_of_error(None) is None
