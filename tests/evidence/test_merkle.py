from __future__ import annotations

import hashlib

import pytest

from harness.evidence.merkle import merkle_root

LEAVES = [
    b"",
    b"\x00",
    b"\x10",
    b"\x20\x21",
    b"\x30\x31",
    bytes(range(0x40, 0x44)),
    bytes(range(0x50, 0x58)),
    bytes(range(0x60, 0x70)),
]
"""The entries that the Certificate Transparency projects test their trees with (merkletree/tree_test)."""


@pytest.mark.parametrize(
    ("num_leaves", "root"),
    [
        (0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        (1, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"),
        (2, "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"),
        (3, "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"),
        (4, "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"),
        (5, "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4"),
        (6, "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef"),
        (7, "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c"),
        (8, "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"),
    ],
)
def test_roots_of_certificate_transparency(num_leaves: int, root: str) -> None:
    assert merkle_root(LEAVES[:num_leaves]) == root


def test_five_leaves_worked_by_hand() -> None:
    """The first four make the whole left subtree; the fifth stands alone on the right."""

    def h(data: bytes) -> bytes:
        return hashlib.sha256(data).digest()

    a, b, c, d, e = (h(b"\x00" + name) for name in (b"a", b"b", b"c", b"d", b"e"))
    left = h(b"\x01" + h(b"\x01" + a + b) + h(b"\x01" + c + d))
    assert merkle_root([b"a", b"b", b"c", b"d", b"e"]) == h(b"\x01" + left + e).hex()


def test_order_and_division_of_entries_matter() -> None:
    roots = {merkle_root(entries) for entries in ([b"a", b"b"], [b"b", b"a"], [b"ab"], [b"a", b"", b"b"])}
    assert len(roots) == 4
