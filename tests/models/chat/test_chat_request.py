from __future__ import annotations

import base64

import pytest

from harness.errors import Unscored
from harness.models.chat.chat_request import Settings, answer_schema, request_body
from harness.signals.media import EncodedFile

PICTURE = EncodedFile(b"\xff\xd8\xffpicture", "image/jpeg")


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
    schema = answer_schema(["anger", "fear"], ["valence"], is_closed=True)
    body = request_body(Settings("seeing", 0.0, 50, schema=schema), "?", PICTURE)
    sent = body["response_format"]["json_schema"]["schema"]
    assert sent["properties"]["label"]["enum"] == ["anger", "fear", "cannot tell", "none of these"]
    assert sent["properties"]["valence"] == {"type": ["number", "null"], "minimum": -1, "maximum": 1}
    assert sent["required"] == ["label", "valence"]


def test_a_schema_of_open_words_and_one_of_dimensions_name_no_labels() -> None:
    assert answer_schema(["anger"], [], is_closed=False)["properties"] == {"label": {"type": "string"}}
    assert list(answer_schema([], ["valence", "arousal"], is_closed=True)["properties"]) == ["valence", "arousal"]


def test_further_parameters_are_sent_as_they_are() -> None:
    settings = Settings("seeing", None, None, parameters={"max_completion_tokens": 500, "reasoning_effort": "low"})
    body = request_body(settings, "?", PICTURE)
    assert (body["max_completion_tokens"], body["reasoning_effort"]) == (500, "low")
    assert "max_tokens" not in body


def test_what_no_part_holds_is_not_sent() -> None:
    with pytest.raises(Unscored, match="takes no video/mp4"):
        request_body(Settings("seeing", 0.0, 50), "?", EncodedFile(b"", "video/mp4"))
