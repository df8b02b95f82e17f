"""Envelopes are DSSE with in-toto statements, in one form, signed with Ed25519."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from packs_made import opened, public

from harness.packs.attestation import TEST_RESULT, sign, signed_of

SHA256 = "ab" * 32
NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)


@pytest.fixture
def envelope(keys: dict[str, Path]) -> bytes:
    return sign("manifest.json", SHA256, TEST_RESULT, {"result": "PASSED"}, opened(keys["jo"]), NOW)


def test_the_signature_is_that_of_the_pre_authentication_encoding(envelope: bytes, keys: dict[str, Path]) -> None:
    """DSSE v1: Ed25519 over ``DSSEv1 LEN TYPE LEN BODY``, checked without the library that made it."""
    document = json.loads(envelope)
    body, kind = base64.b64decode(document["payload"]), document["payloadType"].encode()
    encoded = b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(body), body)
    key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(public(keys["jo"]).public))
    key.verify(base64.b64decode(document["signatures"][0]["sig"]), encoded)
    with pytest.raises(InvalidSignature):
        key.verify(base64.b64decode(document["signatures"][0]["sig"]), encoded + b" ")


def test_the_statement_is_in_toto_v1(envelope: bytes) -> None:
    statement = json.loads(base64.b64decode(json.loads(envelope)["payload"]))
    assert statement["_type"] == "https://in-toto.io/Statement/v1"
    assert statement["subject"] == [{"name": "manifest.json", "digest": {"sha256": SHA256}}]
    assert statement["predicateType"] == "https://in-toto.io/attestation/test-result/v0.1"
    assert statement["predicate"]["result"] == "PASSED"
    assert statement["predicate"]["signedOn"] == "2026-11-27T12:00:00+00:00"


def test_only_the_key_that_signed_verifies(envelope: bytes, keys: dict[str, Path]) -> None:
    signed = signed_of(envelope)
    assert signed.verified()
    assert signed.verified([public(keys["jo"])])
    assert not signed.verified([public(keys["ann"])])
    renamed = public(keys["jo"]).model_copy(update={"name": "Somebody else"})
    assert not signed.verified([renamed])


def _changed(envelope: bytes, **predicate: Any) -> bytes:
    document = json.loads(envelope)
    statement = json.loads(base64.b64decode(document["payload"]))
    statement["predicate"] |= predicate
    text = json.dumps(statement, sort_keys=True, separators=(",", ":"))
    document["payload"] = base64.b64encode(text.encode()).decode()
    return (json.dumps(document, indent=2) + "\n").encode()


def test_another_statement_has_no_valid_signature(envelope: bytes, keys: dict[str, Path]) -> None:
    assert not signed_of(_changed(envelope, result="FAILED")).verified()
    other = public(keys["ann"]).model_dump(mode="json")
    assert not signed_of(_changed(envelope, signedBy=other)).verified()


@pytest.mark.parametrize(
    "change",
    [
        lambda document: document | {"more": 1},
        lambda document: document | {"signatures": []},
        lambda document: document | {"signatures": document["signatures"] * 2},
        lambda document: document | {"payloadType": "text/plain"},
        lambda document: document | {"payload": "!"},
        lambda document: document | {"payload": ""},
        lambda document: {"payload": document["payload"]},
        lambda document: [document],
    ],
)
def test_a_malformed_envelope_is_refused(change: Any, envelope: bytes) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        signed_of((json.dumps(change(json.loads(envelope)), indent=2) + "\n").encode())


def test_no_byte_can_be_added(envelope: bytes) -> None:
    for data in (envelope + b"\n", envelope.replace(b"  ", b"   ", 1), b" " + envelope):
        with pytest.raises(ValueError, match="not in the form"):
            signed_of(data)


def test_a_date_without_a_time_zone_is_refused(keys: dict[str, Path]) -> None:
    """It would be another time on another machine."""
    data = sign("manifest.json", "a" * 64, TEST_RESULT, {}, opened(keys["jo"]), datetime(2026, 11, 27, 3))
    with pytest.raises(ValueError, match="no time zone: 2026-11-27T03:00:00"):
        signed_of(data)
