"""What a service is sent: the template of a card, filled for one sample or for several.

Places in the texts of a template are ``{data}`` (the bytes in base64), ``{data_url}`` (the same as a ``data:``
URL, RFC 2397), ``{media_type}``, ``{recording}`` (the JSON of a recording) and ``{ctx.NAME}`` (a column of the
samples). A text that is one place and nothing else becomes its value, with its type; any other place is put in as
text.
"""

from __future__ import annotations

import base64
import hashlib
import json
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Literal, Self, TypeAlias
from urllib.parse import urlencode

from pydantic import Field, model_validator

from harness.models.sent_media import Sent
from harness.models.services.exchange import ServiceRequest
from harness.models.services.service_connection import ServiceConnection
from harness.signals.media_types import UNKNOWN_TYPE

EACH = "each"
"""The key of a template that stands for a list: its value is filled once for every sample of the request."""

Value: TypeAlias = Callable[[str], Any]
"""The name of a place → its value for a sample."""

_PLACE = re.compile(r"\{([A-Za-z_][\w.]*)\}")
_OF_MEDIA = ("data", "data_url", "media_type", "recording")


class HttpConnection(ServiceConnection):
    """How the service is asked.

    `template` is for json, `fields` for multipart and form, `file_field` for multipart; `query` for any.
    """

    send: Literal["multipart", "json", "raw", "form", "none"] = Field(
        default="multipart",
        description="multipart: as a form with a file; json: by the template; raw: the bytes alone; form: fields "
        "alone, URL-encoded; none: no body, all is in the query",
    )
    file_field: str = Field(default="file", description="of the form: the field of the bytes")
    fields: dict[str, str] = Field(
        default={}, description="further fields of the form, with places such as {ctx.sentence}"
    )
    query: dict[str, str] = Field(default={}, description="added to the URL, with places")
    template: Any = Field(
        default=None,
        description="of the JSON, with the places {data}, {data_url}, {media_type}, {recording}, {ctx.NAME}",
    )
    many: int = Field(default=1, ge=1, le=1_024, description="samples of one request")

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if (self.send == "json") != (self.template is not None):
            raise ValueError("template and send: json come together")
        if self.fields and self.send not in ("multipart", "form"):
            raise ValueError("fields are for send: multipart or form")
        if (self.many > 1) != any(node == EACH for node in _keys(self.template)):
            raise ValueError(f"many and a list {{{EACH}: …}} in the template come together")
        if self.method == "GET" and self.send != "none":
            raise ValueError("method: GET needs send: none")
        unknown = [name for name in self.places if name not in _OF_MEDIA and not name.startswith("ctx.")]
        if unknown:
            raise ValueError(f"no place is called {{{unknown[0]}}}; there are {', '.join(_OF_MEDIA)} and ctx.NAME")
        return self

    def num_requests(self, num_samples: int, batch_size: int) -> int:
        """Requests about so many samples, each about some of one batch."""
        whole, rest = divmod(num_samples, batch_size)
        return whole * math.ceil(batch_size / self.many) + math.ceil(rest / self.many)

    @property
    def places(self) -> list[str]:
        """The names of all places."""
        texts = [*self.fields.values(), *self.query.values(), *_texts(self.template)]
        return list(dict.fromkeys(name for text in texts for name in _PLACE.findall(text)))


def filled_request(connection: HttpConnection, samples: Sequence[Sent]) -> ServiceRequest:
    """The request about some samples: one, or for a JSON template up to `HttpConnection.many`."""
    one = _value_of(samples[0])
    query = {name: _as_text(text, one) for name, text in connection.query.items()}
    fields = {name: _as_text(text, one) for name, text in connection.fields.items()}
    body, content_type = _body(connection, samples, fields)
    return ServiceRequest(body=body, headers={"Content-Type": content_type} if content_type else {}, query=query)


def _body(connection: HttpConnection, samples: Sequence[Sent], fields: Mapping[str, str]) -> tuple[bytes, str]:
    file = samples[0].file
    match connection.send:
        case "multipart":
            return _multipart(fields, connection.file_field, file.data, file.media_type)
        case "json":
            return json.dumps(_filled(connection.template, samples)).encode(), "application/json"
        case "raw":
            return file.data, file.media_type
        case "form":
            return urlencode(fields).encode(), "application/x-www-form-urlencoded"
        case _:
            return b"", ""


def _filled(node: Any, samples: Sequence[Sent]) -> Any:
    if isinstance(node, Mapping):
        if set(node) == {EACH}:
            return [_filled(node[EACH], [sample]) for sample in samples]
        return {key: _filled(of, samples) for key, of in node.items()}
    if isinstance(node, list):
        return [_filled(of, samples) for of in node]
    if not isinstance(node, str):
        return node
    value = _value_of(samples[0])
    whole = _PLACE.fullmatch(node)
    return value(whole[1]) if whole else _as_text(node, value)


def _value_of(sample: Sent) -> Value:
    def value(name: str) -> Any:
        data, media_type = sample.file.data, sample.file.media_type
        match name:
            case "data":
                return base64.b64encode(data).decode()
            case "data_url":
                return f"data:{media_type};base64,{base64.b64encode(data).decode()}"
            case "media_type":
                return media_type
            case "recording":
                return json.loads(data)
            case _:
                found = sample.context.get(name)
                return None if isinstance(found, float) and not math.isfinite(found) else found

    return value


def _as_text(template: str, value: Value) -> str:
    """A text with its places filled; what is not known is empty."""

    def text(place: re.Match[str]) -> str:
        found = value(place[1])
        if found is None:
            return ""
        return json.dumps(found) if isinstance(found, dict | list) else str(found)

    return _PLACE.sub(text, template)


def _multipart(fields: Mapping[str, str], file_field: str, data: bytes, media_type: str) -> tuple[bytes, str]:
    """A form with a file (RFC 7578), equal to the byte whenever the sample is equal.

    The file is named after its type alone: in many datasets a file's name tells the label.
    """
    boundary = hashlib.sha256(data + repr(sorted(fields.items())).encode()).hexdigest()[:40]
    kind = "" if media_type == UNKNOWN_TYPE else f".{media_type.rpartition('/')[2].removeprefix('x-')}"
    parts = [
        (f'name="{_quoted(name)}"', "text/plain; charset=utf-8", text.encode()) for name, text in fields.items()
    ]
    parts.append((f'name="{_quoted(file_field)}"; filename="sample{kind}"', media_type, data))
    body = b"".join(
        f"--{boundary}\r\nContent-Disposition: form-data; {named}\r\nContent-Type: {kind}\r\n\r\n".encode()
        + content
        + b"\r\n"
        for named, kind, content in parts
    )
    return body + f"--{boundary}--\r\n".encode(), f"multipart/form-data; boundary={boundary}"


def _quoted(name: str) -> str:
    return name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")


def _texts(node: Any) -> Iterator[str]:
    if isinstance(node, str):
        yield node
    for child in node.values() if isinstance(node, Mapping) else node if isinstance(node, list) else ():
        yield from _texts(child)


def _keys(node: Any) -> Iterator[Any]:
    if isinstance(node, Mapping):
        yield from node
    for child in node.values() if isinstance(node, Mapping) else node if isinstance(node, list) else ():
        yield from _keys(child)
