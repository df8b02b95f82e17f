from __future__ import annotations

import base64
import os

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
