"""The root of a Merkle tree as in RFC 6962, section 2.1: one hash for an ordered list of entries.

A leaf is H(0x00 ‖ entry), a node H(0x01 ‖ left ‖ right) with H = SHA-256. The prefixes prevent a node from being
taken for an entry; the left subtree has the largest power of two of leaves that leaves at least one for the right.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

_LEAF, _NODE = b"\x00", b"\x01"


def merkle_root(entries: Iterable[bytes]) -> str:
    """The Merkle tree hash of the entries, in hexadecimal; without entries, the SHA-256 of the empty string."""
    whole: list[tuple[int, bytes]] = []  # whole subtrees from left to right: (number of leaves, hash)
    for entry in entries:
        size, digest = 1, _hash(_LEAF + entry)
        while whole and whole[-1][0] == size:
            digest = _hash(_NODE + whole.pop()[1] + digest)
            size *= 2
        whole.append((size, digest))
    if not whole:
        return hashlib.sha256().hexdigest()
    digest = whole.pop()[1]
    while whole:
        digest = _hash(_NODE + whole.pop()[1] + digest)
    return digest.hex()


def _hash(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()
