"""Time stamps on signatures: that a file existed at a time, by the clock of an authority (RFC 3161).

A stamp is the authority's answer as it gave it, in a file beside the one that it stamps, ``NAME.tsr``. Obtaining
one takes a network and is not done here; docs/evidence.md has the two commands.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography import x509
from rfc3161_client import TimeStampResponse, VerificationError, VerifierBuilder, decode_timestamp_response

from harness.errors import HarnessError
from harness.files import read_bytes

STAMP = ".tsr"
MAX_STAMP_BYTES = 256 * 2**10
_MAX_ROOTS_BYTES = 2**20
_HASHES = {
    "2.16.840.1.101.3.4.2.1": hashlib.sha256,
    "2.16.840.1.101.3.4.2.2": hashlib.sha384,
    "2.16.840.1.101.3.4.2.3": hashlib.sha512,
}


@dataclass(frozen=True)
class TimeStamp:
    """A stamp of the file that it lies beside.

    Attributes:
        response: of the authority.
        message: the bytes of the file.
        time: that is stamped, UTC.
    """

    response: TimeStampResponse
    message: bytes
    time: datetime

    def verified(self, roots: Sequence[x509.Certificate]) -> bool:
        """Whether an authority stamped it whose certificate comes from one of these."""
        builder = VerifierBuilder()
        for root in dict.fromkeys(roots):
            builder = builder.add_root_certificate(root)
        try:
            return bool(builder.build().verify_message(self.response, self.message))
        except (VerificationError, ValueError):
            return False


def time_stamp_of(data: bytes, message: bytes) -> TimeStamp:
    """The stamp that a file's bytes hold; its authority is not verified by this.

    Args:
        data: of the file of the stamp.
        message: the bytes that should be stamped.

    Raises:
        ValueError: they hold none, or one of something else.
    """
    response = decode_timestamp_response(data)
    imprint = response.tst_info.message_imprint
    hashed = _HASHES.get(imprint.hash_algorithm.dotted_string)
    if hashed is None:
        raise ValueError(f"it uses the hash {imprint.hash_algorithm.dotted_string}, which is not one of SHA-2")
    if hashed(message).digest() != imprint.message:
        raise ValueError("it stamps something else")
    return TimeStamp(response, message, response.tst_info.gen_time)


def read_roots(path: Path) -> list[x509.Certificate]:
    """The certificates of a PEM file, at least one.

    Raises:
        HarnessError: it is absent, or holds none.
    """
    try:
        return x509.load_pem_x509_certificates(read_bytes(path, _MAX_ROOTS_BYTES))
    except OSError as error:
        raise HarnessError(f"{path}: the certificates cannot be read ({error.strerror}).") from None
    except ValueError as error:
        raise HarnessError(f"{path}: no certificates in PEM form ({error}).") from None
