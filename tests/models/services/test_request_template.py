from __future__ import annotations

import base64
import json
from email import message_from_bytes
from email.message import Message
from typing import Any
from urllib.parse import parse_qs

import pytest
from pydantic import ValidationError

from harness.models.sent_media import Sent
from harness.models.services.exchange import ServiceRequest
from harness.models.services.request_template import HttpConnection, filled_request
from harness.signals.media import EncodedFile

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256))
FIRST = Sent(EncodedFile(PNG, "image/png"), {"ctx.sentence": 'Dogs "sit" & wait', "ctx.age": 31.0, "ctx.no": None})
SECOND = Sent(EncodedFile(b"RIFF", "audio/wav"), {"ctx.sentence": "two", "ctx.age": None, "ctx.no": None})


def filled(*samples: Sent, **connection: Any) -> ServiceRequest:
    return filled_request(HttpConnection(url="https://acme.test/v1", **connection), samples or (FIRST,))


def parts(request: ServiceRequest) -> list[Message]:
    """The parts of a form, read by the standard library."""
    message = message_from_bytes(
        b"Content-Type: " + request.headers["Content-Type"].encode() + b"\r\n\r\n" + request.body
    )
    assert message.is_multipart()
    return message.get_payload()  # type: ignore[return-value]


def test_a_form_carries_the_bytes_of_the_file_under_no_name_of_the_dataset() -> None:
    text, file = parts(filled(file_field="image", fields={"said": "{ctx.sentence}!"}))
    assert text.get_payload(decode=True) == b'Dogs "sit" & wait!'
    assert text.get_param("name", header="content-disposition") == "said"
    assert file.get_param("name", header="content-disposition") == "image"
    assert file.get_filename() == "sample.png"
    assert file.get_content_type() == "image/png"
    assert file.get_payload(decode=True) == PNG


def test_equal_samples_make_equal_requests() -> None:
    assert filled() == filled()
    assert filled().body != filled(SECOND).body


def test_a_json_template_is_filled_with_values_of_their_type() -> None:
    template = {
        "image": {"bytes": "{data}", "type": "{media_type}"},
        "url": "{data_url}",
        "age": "{ctx.age}",
        "missing": "{ctx.no}",
        "text": "aged {ctx.age}, {ctx.no}",
        "constant": [1, None, True, "{ not a place }"],
    }
    request = filled(send="json", template=template)
    encoded = base64.b64encode(PNG).decode()
    assert request.headers == {"Content-Type": "application/json"}
    assert json.loads(request.body) == {
        "image": {"bytes": encoded, "type": "image/png"},
        "url": f"data:image/png;base64,{encoded}",
        "age": 31.0,
        "missing": None,
        "text": "aged 31.0, ",
        "constant": [1, None, True, "{ not a place }"],
    }


def test_a_recording_is_put_in_as_json() -> None:
    recording = Sent(EncodedFile(b'{"channels": {"eda": [1, null]}}', "application/json"), {})
    request = filled(recording, send="json", template={"window": "{recording}"})
    assert json.loads(request.body) == {"window": {"channels": {"eda": [1, None]}}}


def test_a_list_is_filled_for_every_sample_of_a_request() -> None:
    template = {"model": "m", "instances": {"each": {"data": "{data}", "said": "{ctx.sentence}"}}}
    request = filled(FIRST, SECOND, send="json", template=template, many=2)
    assert json.loads(request.body)["instances"] == [
        {"data": base64.b64encode(PNG).decode(), "said": 'Dogs "sit" & wait'},
        {"data": base64.b64encode(b"RIFF").decode(), "said": "two"},
    ]


def test_bytes_alone_fields_alone_and_a_query_alone() -> None:
    raw = filled(send="raw")
    assert (raw.body, raw.headers) == (PNG, {"Content-Type": "image/png"})
    form = filled(send="form", fields={"b64": "{data}", "said": "{ctx.sentence}"})
    assert parse_qs(form.body.decode()) == {"b64": [base64.b64encode(PNG).decode()], "said": ['Dogs "sit" & wait']}
    none = filled(send="none", method="GET", query={"text": "{ctx.sentence}", "lang": "en"})
    assert (none.body, none.headers) == (b"", {})
    assert none.query == {"text": 'Dogs "sit" & wait', "lang": "en"}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"send": "json"}, "template and send: json come together"),
        ({"template": {"a": "{data}"}}, "template and send: json come together"),
        ({"send": "json", "template": {"a": "{dta}"}}, "no place is called {dta}"),
        ({"fields": {"a": "{label}"}}, "no place is called {label}"),
        ({"send": "raw", "fields": {"a": "b"}}, "fields are for send"),
        ({"many": 4}, "come together"),
        ({"send": "json", "template": {"each": "{data}"}}, "come together"),
        ({"method": "GET"}, "GET needs send: none"),
    ],
)
def test_a_template_that_cannot_be_filled_is_refused(given: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        HttpConnection(url="https://acme.test", **given)
