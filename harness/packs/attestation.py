"""Signed statements on packs: in-toto Statements v1 in DSSE envelopes, signed with Ed25519.

A statement is about one file, by its SHA-256: the manifest of a pack, or a plan that is registered before a run.
It carries who signs and when by their own clock. Every signer has an envelope of their own, as each signs on
another day.

Sources: in-toto Attestation Framework, Statement v1; predicate test-result v0.1; DSSE v1.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from securesystemslib.dsse import Envelope
from securesystemslib.exceptions import FormatError, VerificationError

from harness.cards.facts import Sha256, validation_problems
from harness.files import canonical_bytes, json_value
from harness.packs.signing_keys import PublicKey, SigningKey

PAYLOAD_TYPE = "application/vnd.in-toto+json"
STATEMENT = "https://in-toto.io/Statement/v1"
TEST_RESULT = "https://in-toto.io/attestation/test-result/v0.1"
MAX_ENVELOPE_BYTES = 4 * 2**20

_Name = Annotated[str, Field(max_length=500)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Digest(_Part):
    """The hash of a file."""

    sha256: Sha256


class Named(_Part):
    """A file by its name and hash."""

    name: _Name
    digest: Digest


class Statement(_Part):
    """What is signed."""

    type_: Literal["https://in-toto.io/Statement/v1"] = Field(alias="_type")
    subject: list[Named] = Field(min_length=1, max_length=1)
    predicateType: _Name  # noqa: N815 (a name of the standard)
    predicate: dict[str, Any]


@dataclass(frozen=True)
class Signed:
    """An envelope that was read: what it states, and which keys are said to have signed it."""

    envelope: Envelope
    statement: Statement
    public: PublicKey
    signed: str

    @property
    def key_id(self) -> str:
        """Of the public key that the envelope brings with it."""
        return str(self.public.key.keyid)

    def verified(self, trusted: Sequence[PublicKey] = ()) -> bool:
        """Whether the signature is that of the key that it names and, if keys are given, it is one of these."""
        if trusted and self.public not in trusted:
            return False
        try:
            return self.key_id in self.envelope.verify([self.public.key], 1)
        except (VerificationError, ValueError):
            return False


def sign(
    name: str, sha256: str, predicate_type: str, predicate: Mapping[str, Any], key: SigningKey, now: datetime
) -> bytes:
    """The envelope of a statement about one file, as the bytes of its file.

    Args:
        name: of the file.
        sha256: of its bytes.
        predicate_type: the URI that says what the predicate means.
        predicate: what is said of the file; signer, public key and date are added.
        key: with which it is signed.
        now: the date, with a time zone.
    """
    public = key.public.model_dump(mode="json")
    predicate = {**predicate, "signedBy": public, "signedOn": now.isoformat(timespec="seconds")}
    statement = Statement(
        subject=[Named(name=name, digest=Digest(sha256=sha256))],
        predicateType=predicate_type,
        predicate=predicate,
        _type=STATEMENT,
    )
    payload = canonical_bytes(statement.model_dump(mode="json", by_alias=True))
    envelope = Envelope(payload, PAYLOAD_TYPE, {})
    envelope.sign(key.signer)
    return _written(envelope)


def signed_of(data: bytes) -> Signed:
    """The envelope that a file's bytes hold; its signature is not verified by this.

    Raises:
        ValueError: they hold no envelope of a statement as `sign` makes it.
    """
    try:
        document = json_value(data.decode())
        envelope = Envelope.from_dict(document)
        if envelope.payload_type != PAYLOAD_TYPE:
            raise ValueError(f"its payload is of the type {envelope.payload_type!r:.100}")
        statement = Statement.model_validate(json_value(envelope.payload.decode()))
        public = PublicKey.model_validate(statement.predicate["signedBy"])
        signed = datetime.fromisoformat(statement.predicate["signedOn"])
    except ValidationError as error:
        raise ValueError(validation_problems(error)) from None
    except (KeyError, TypeError, AttributeError, FormatError) as error:
        raise ValueError(f"a part is missing or malformed ({error!r:.100})") from None
    if signed.tzinfo is None:
        raise ValueError(f"its date has no time zone: {signed.isoformat()}")
    if len(envelope.signatures) != 1 or _written(envelope) != data:
        raise ValueError("not in the form in which it was written, or with another number of signatures than one")
    return Signed(envelope, statement, public, signed.isoformat(timespec="seconds"))


def _written(envelope: Envelope) -> bytes:
    """The one form of an envelope's file, so that no byte of it can be changed unnoticed."""
    return (json.dumps(envelope.to_dict(), indent=2) + "\n").encode()
