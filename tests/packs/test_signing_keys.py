"""Keys are private, keep to their holder, and open only with their passphrase."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from harness.conformity.measured_run import Signer
from harness.errors import HarnessError
from harness.packs.signing_keys import new_key, open_key, read_public_key

SIGNER = Signer("Jo Smith", "head of laboratory", "ACME")


def test_nobody_else_can_read_a_private_key(tmp_path: Path) -> None:
    public = new_key(tmp_path / "jo", SIGNER, None)
    assert stat.S_IMODE((tmp_path / "jo").stat().st_mode) == 0o600
    assert read_public_key(public).signer == SIGNER
    (tmp_path / "jo").chmod(0o640)
    with pytest.raises(HarnessError, match="others may read the private key"):
        open_key(tmp_path / "jo", str)


def test_a_key_that_was_not_made_yet_says_how_to_make_it(tmp_path: Path) -> None:
    with pytest.raises(HarnessError, match=r"no such public key. `harness keys new NAME` makes one"):
        read_public_key(tmp_path / "jo.pub")


def test_the_public_file_has_the_public_part(tmp_path: Path) -> None:
    """As another library reads it from the private one, and as a signature of it is checked (RFC 8032)."""
    public = read_public_key(new_key(tmp_path / "jo", SIGNER, None))
    private = serialization.load_pem_private_key((tmp_path / "jo").read_bytes(), None)
    raw = private.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    assert raw.hex() == public.public
    Ed25519PublicKey.from_public_bytes(bytes.fromhex(public.public)).verify(private.sign(b"text"), b"text")  # type: ignore[call-arg, union-attr]


def test_a_passphrase_is_asked_for_and_must_be_right(tmp_path: Path) -> None:
    new_key(tmp_path / "jo", SIGNER, "long and secret")
    assert "ENCRYPTED" in (tmp_path / "jo").read_text()
    assert open_key(tmp_path / "jo", lambda: "long and secret").public.signer == SIGNER
    with pytest.raises(HarnessError, match="the passphrase does not open"):
        open_key(tmp_path / "jo", lambda: "short")


def test_keys_are_not_overwritten(tmp_path: Path) -> None:
    new_key(tmp_path / "jo", SIGNER, None)
    before = (tmp_path / "jo").read_bytes()
    with pytest.raises(HarnessError, match="Keys are not overwritten"):
        new_key(tmp_path / "jo", SIGNER, None)
    (tmp_path / "jo").unlink()
    with pytest.raises(HarnessError, match=r"jo\.pub exists"):
        new_key(tmp_path / "jo", SIGNER, None)
    assert before


def test_a_key_belongs_to_its_public_file(tmp_path: Path) -> None:
    for name in ("jo", "ann"):
        new_key(tmp_path / name, SIGNER, None)
    (tmp_path / "ann.pub").replace(tmp_path / "jo.pub")
    with pytest.raises(HarnessError, match="belongs to another private key"):
        open_key(tmp_path / "jo", str)


@pytest.mark.parametrize(
    "change", [{"public": "00"}, {"name": ""}, {"role": "a\x1b[31m"}, {"more": 1}, {"keytype": "rsa"}]
)
def test_a_malformed_public_key_is_refused(change: dict[str, object], tmp_path: Path) -> None:
    public = new_key(tmp_path / "jo", SIGNER, None)
    public.write_text(json.dumps(json.loads(public.read_text()) | change))
    with pytest.raises(HarnessError, match="not a public key"):
        read_public_key(public)


@pytest.mark.parametrize(
    "text", ["", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "x" * 20_000]
)
def test_a_malformed_private_key_is_refused(text: str, tmp_path: Path) -> None:
    new_key(tmp_path / "jo", SIGNER, None)
    (tmp_path / "jo").write_text(text)
    with pytest.raises(HarnessError, match="not a private key"):
        open_key(tmp_path / "jo", str)


@pytest.mark.parametrize("name", ["", "x" * 5000, "\x1b[31mJo"])
def test_a_name_that_no_key_could_state_leaves_no_key(name: str, tmp_path: Path) -> None:
    with pytest.raises(HarnessError, match="Whose key it is: name: "):
        new_key(tmp_path / "key", Signer(name, "tester", "ACME"), None)
    assert list(tmp_path.iterdir()) == []


def test_an_empty_passphrase_is_not_taken_for_none(tmp_path: Path) -> None:
    with pytest.raises(HarnessError, match="passphrase is empty"):
        new_key(tmp_path / "key", Signer("Jo", "tester", "ACME"), "")
    assert list(tmp_path.iterdir()) == []


def test_a_pair_of_which_one_file_cannot_be_written_is_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(value: object, path: Path) -> None:
        raise OSError(28, "No space left on device", str(path))

    monkeypatch.setattr("harness.packs.signing_keys.write_json", full)
    with pytest.raises(OSError, match="No space left"):
        new_key(tmp_path / "key", Signer("Jo", "tester", "ACME"), None)
    assert list(tmp_path.iterdir()) == []
