"""Keys of the people who sign packs: Ed25519, in files of their own.

The private key is a PEM file (PKCS #8) that nobody else may read, under a passphrase if one is wanted. The public
key is a JSON file beside it, ``NAME.pub``, with the name, the role and the organisation of its holder: this is
what others are given, and what ``harness verify --key`` takes.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from securesystemslib.signer import CryptoSigner, SSlibKey  # type: ignore[attr-defined]

from harness.cards.facts import validation_problems
from harness.conformity.dossier import Line
from harness.conformity.measured_run import Signer
from harness.errors import HarnessError
from harness.files import json_value, read_bytes, write_json

MAX_KEY_BYTES = 16 * 2**10


class PublicKey(BaseModel):
    """The contents of a file ``NAME.pub``: the key, and what its holder says of themselves."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    keytype: Literal["ed25519"]
    public: str = Field(pattern=r"^[0-9a-f]{64}$", description="the point, as RFC 8032 encodes it")
    name: Line
    role: Line
    organisation: Line

    @property
    def key(self) -> SSlibKey:
        """As an envelope takes it; its ``keyid`` is the SHA-256 of type, scheme and public part."""
        return SSlibKey.from_crypto(Ed25519PublicKey.from_public_bytes(bytes.fromhex(self.public)))

    @property
    def signer(self) -> Signer:
        """Whose key it is."""
        return Signer(self.name, self.role, self.organisation)


def new_key(path: Path, signer: Signer, passphrase: str | None) -> Path:
    """Make a key and write both files.

    Args:
        path: of the private key; the public one is ``path`` with ``.pub`` at its end.
        signer: whose key it is.
        passphrase: under which the private key is stored; None: under none.

    Returns:
        The path of the public key.

    Raises:
        HarnessError: one of the files exists; the passphrase is empty; or name, role or organisation is empty, too
            long, or holds characters that cannot be shown.
    """
    if passphrase == "":
        raise HarnessError("The passphrase is empty. Give one, or leave out --passphrase.")
    public = path.with_name(f"{path.name}.pub")
    for each in (path, public):
        if os.path.lexists(each):
            raise HarnessError(f"{each} exists. Keys are not overwritten: give another name.")
    private = Ed25519PrivateKey.generate()
    pem = private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(passphrase.encode()) if passphrase else serialization.NoEncryption(),
    )
    point = private.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    try:
        told = PublicKey(keytype="ed25519", public=point.hex(), **asdict(signer))
    except ValidationError as error:
        raise HarnessError(f"Whose key it is: {validation_problems(error)}") from None
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(pem)
            file.flush()
            os.fsync(file.fileno())
        write_json(told.model_dump(), public)
    except OSError:
        path.unlink()  # half a pair is of no use, and would take the name
        raise
    return public


def read_public_key(path: Path) -> PublicKey:
    """The public key of a file.

    Raises:
        HarnessError: it is absent, or not such a key.
    """
    try:
        return public_key_of(read_bytes(path, MAX_KEY_BYTES))
    except FileNotFoundError:
        raise HarnessError(f"{path}: there is no such public key. `harness keys new NAME` makes one.") from None
    except OSError as error:
        raise HarnessError(f"{path}: the public key cannot be read ({error.strerror}).") from None
    except ValueError as error:
        raise HarnessError(
            f"{path}: not a public key as `harness keys new` writes it (NAME.pub; {error})."
        ) from None


def public_key_of(data: bytes) -> PublicKey:
    """The public key that a file's bytes state.

    Raises:
        ValueError: they state none.
    """
    try:
        return PublicKey.model_validate(json_value(data.decode()))
    except ValidationError as error:
        raise ValueError(validation_problems(error)) from None


@dataclass(frozen=True)
class SigningKey:
    """A private key, opened, and whose it is."""

    signer: CryptoSigner
    public: PublicKey


def open_key(path: Path, passphrase: Callable[[], str]) -> SigningKey:
    """Open a private key, with the public one beside it.

    Args:
        path: of the private key.
        passphrase: asked only if the key is stored under one.

    Raises:
        HarnessError: a file is absent or malformed, others may read the private key, the passphrase is wrong, or
            the two files do not belong together.
    """
    public = read_public_key(path.with_name(f"{path.name}.pub"))
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        pem = read_bytes(path, MAX_KEY_BYTES)
    except OSError as error:
        raise HarnessError(f"{path}: the key cannot be read ({error.strerror}).") from None
    except ValueError as error:
        raise HarnessError(f"{path}: not a private key as `harness keys new` writes it ({error}).") from None
    if mode & 0o077:
        raise HarnessError(f"{path}: others may read the private key. Run: chmod 600 {path}")
    private = _opened(path, pem, passphrase)
    if not isinstance(private, Ed25519PrivateKey):
        raise HarnessError(f"{path}: not an Ed25519 key. Make one with: harness keys new FILE")
    signer = CryptoSigner(private)
    if signer.public_key.keyid != public.key.keyid:
        raise HarnessError(f"{path}: the public key beside it belongs to another private key.")
    return SigningKey(signer, public)


def _opened(path: Path, pem: bytes, passphrase: Callable[[], str]) -> object:
    try:
        return serialization.load_pem_private_key(pem, None)
    except TypeError:  # it is stored under a passphrase
        pass
    except ValueError:
        raise HarnessError(f"{path}: not a private key as `harness keys new` writes it.") from None
    try:
        return serialization.load_pem_private_key(pem, passphrase().encode())
    except ValueError:
        raise HarnessError(f"{path}: the passphrase does not open this key.") from None
