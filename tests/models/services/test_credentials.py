from __future__ import annotations

import base64
import html
import json
import os
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pytest

from harness.models.services.credentials import Credentials

SECRET = "very-secret-key-123"


@pytest.mark.parametrize("before", ["", "u", "us", "Bearer ", "someone:"])
@pytest.mark.parametrize("after", ["", "&", "&b", "&bc"])
@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
def test_a_key_within_a_longer_text_in_base64_is_taken_out(
    monkeypatch: pytest.MonkeyPatch, before: str, after: str, encode: object
) -> None:
    """Base64 has three forms of a text, by how many bytes stand before it."""
    assert callable(encode)
    for secret in (SECRET, "??>>~~??>>~~"):
        monkeypatch.setitem(os.environ, "KEY", secret)
        credentials = Credentials.of(["Bearer ${env:KEY}"], ["KEY"], "model toy")
        echoed = encode(f"{before}{secret}{after}".encode()).decode()
        scrubbed = credentials.scrubbed(f'{{"you sent": "{echoed}"}}')
        assert "[KEY]" in scrubbed
        # Of the key at most the digits that it shares with its neighbours are left.
        left = scrubbed.removeprefix('{"you sent": "').removesuffix('"}').replace("[KEY]", "")
        assert len(left) <= len(encode(f"{before}{after}".encode())) + 4
        assert credentials.scrubbed_bytes(echoed.encode()) == credentials.scrubbed(echoed).encode()


HARD = "Se/cr-et+K&y <9>'\"="


@pytest.mark.parametrize(
    "write",
    [
        str,
        str.lower,  # as the host of a URL
        quote,
        quote_plus,
        lambda value: quote(value, safe="/+&'="),  # as httpx quotes a path
        lambda value: "".join(f"%{ord(c):02x}" for c in value),
        lambda value: json.dumps(value)[1:-1],
        lambda value: json.dumps(value)[1:-1].replace("/", "\\/"),  # as PHP
        lambda value: "".join(f"\\u{ord(c):04X}" for c in value),
        html.escape,
        lambda value: "".join(f"&#{ord(c)};" for c in value),
        lambda value: "".join(f"&#x{ord(c):X};" for c in value),
        lambda value: value[:5] + "\r\n    " + value[5:],
        lambda value: value[:5] + "\\n" + value[5:],
        lambda value: value.encode().hex(),
        lambda value: quote_plus(base64.b64encode(value.encode()).decode()),
        lambda value: base64.encodebytes(f"{value * 3}:".encode()).decode(),
    ],
)
@pytest.mark.parametrize("value", [HARD, SECRET, "a" * 90 + "b" * 90])
def test_a_key_is_taken_out_however_a_server_writes_it(
    monkeypatch: pytest.MonkeyPatch, write: Callable[[str], str], value: str
) -> None:
    monkeypatch.setitem(os.environ, "KEY", value)
    credentials = Credentials.of(["${env:KEY}"], ["KEY"], "model toy")
    scrubbed = credentials.scrubbed(f"you sent {write(value)}, no")
    assert scrubbed.startswith("you sent [KEY]")
    assert len(scrubbed) <= len("you sent [KEY][KEY][KEY]====\n, no") + 6
    assert credentials.scrubbed_bytes(write(value).encode() + b"\xff") == (
        credentials.scrubbed(write(value)).encode() + b"\xff"
    )


def test_what_only_resembles_a_key_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(os.environ, "KEY", SECRET)
    credentials = Credentials.of(["${env:KEY}"], ["KEY"], "model toy")
    for text in ("very secret key 123", "very-secret-key-12", "very-secret-kez-123", "[KEY]", "\\n%2d&amp;"):
        assert credentials.scrubbed(text) == text
