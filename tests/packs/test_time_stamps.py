"""Time stamps as an authority gives them, here one of our own, made with OpenSSL."""

from __future__ import annotations

import json
import shutil
import subprocess
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from packs_made import Packed, opened

from harness.evidence.run_folder import RunFolder
from harness.packs.lines import Status
from harness.packs.registration import registration_bytes
from harness.packs.time_stamps import read_roots, time_stamp_of
from harness.packs.verify_pack import verify

OPENSSL = shutil.which("openssl")
pytestmark = pytest.mark.skipif(OPENSSL is None, reason="openssl is not installed, which plays the authority")

CONFIG = """\
[req]
distinguished_name = name
x509_extensions = root
prompt = no
[name]
CN = An authority
[root]
basicConstraints = critical,CA:true
keyUsage = critical,keyCertSign
[leaf]
basicConstraints = critical,CA:false
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,timeStamping
[tsa]
default_tsa = own
[own]
dir = .
serial = ./serial
crypto_device = builtin
signer_cert = ./leaf.pem
signer_key = ./leaf.key
signer_digest = sha256
default_policy = 1.2.3.4
digests = sha256,sha512
ess_cert_id_alg = sha256
"""


def _openssl(place: Path, *arguments: str) -> None:
    subprocess.run([str(OPENSSL), *arguments], cwd=place, check=True, capture_output=True)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the root and the certificate of an authority."""
    place = tmp_path_factory.mktemp("authority")
    (place / "config").write_text(CONFIG)
    (place / "serial").write_text("01\n")
    new = ("req", "-config", "config", "-newkey", "rsa:2048", "-nodes")
    _openssl(place, *new, "-x509", "-days", "30", "-keyout", "root.key", "-out", "root.pem")
    _openssl(place, *new, "-keyout", "leaf.key", "-out", "leaf.csr", "-subj", "/CN=Clock")
    sign = ("x509", "-req", "-in", "leaf.csr", "-CA", "root.pem", "-CAkey", "root.key", "-CAcreateserial")
    _openssl(place, *sign, "-days", "30", "-extfile", "config", "-extensions", "leaf", "-out", "leaf.pem")
    return place


def _stamp(authority: Path, path: Path) -> Path:
    """Stamp a file; the path of the stamp beside it."""
    _openssl(authority, "ts", "-query", "-data", str(path), "-sha256", "-cert", "-out", "request.tsq")
    stamp = path.with_name(f"{path.name}.tsr")
    reply = ("ts", "-reply", "-config", "config", "-section", "own", "-queryfile", "request.tsq")
    _openssl(authority, *reply, "-out", str(stamp))
    return stamp


def _found(pack: Path, *roots: Path) -> tuple[str, str]:
    """The status and text of the line on the time stamp, or of the promise that is broken."""
    authorities = [root for path in roots for root in read_roots(path)]
    lines = list(verify(pack, authorities=authorities))
    line = next(line for line in lines if line.text.startswith("Time stamp") or line.status is Status.BROKEN)
    return str(line.status), line.text


def test_a_stamp_holds_with_the_certificate_of_its_authority(pack: Path, authority: Path) -> None:
    signature = next((pack / "signatures").iterdir())
    stamp = _stamp(authority, signature)
    status, text = _found(pack, authority / "root.pem")
    time = time_stamp_of(stamp.read_bytes(), signature.read_bytes()).time
    assert status == "holds"
    assert text.startswith(
        f"Time stamp: signatures/{signature.name}, signed by Jo Smith, existed on {time.isoformat()}"
    )
    assert _found(pack)[0] == "open"


def test_the_stamp_of_another_authority_is_refused(
    pack: Path, authority: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = tmp_path_factory.mktemp("other")
    shutil.copy(authority / "config", other)
    new = ("req", "-config", "config", "-newkey", "rsa:2048", "-nodes", "-x509", "-keyout", "root.key")
    _openssl(other, *new, "-out", "root.pem")
    _stamp(authority, next((pack / "signatures").iterdir()))
    status, text = _found(pack, other / "root.pem")
    assert status == "broken"
    assert text.endswith("its time stamp is of no authority that you gave")


def test_a_stamp_of_something_else_is_refused(pack: Path, authority: Path) -> None:
    signature = next((pack / "signatures").iterdir())
    _stamp(authority, pack / "README.md").replace(signature.with_name(f"{signature.name}.tsr"))
    assert _found(pack)[1].endswith("it stamps something else")


@pytest.mark.parametrize("data", [b"", b"no stamp", b"\x30\x80"])
def test_what_is_no_stamp_is_refused(data: bytes, pack: Path) -> None:
    signature = next((pack / "signatures").iterdir())
    signature.with_name(f"{signature.name}.tsr").write_bytes(data)
    assert _found(pack)[0] == "broken"


def test_the_stamp_of_a_registered_plan_goes_into_the_pack(
    finished_run: Path, keys: dict[str, Path], packed: Packed, authority: Path, tmp_path: Path
) -> None:
    started = datetime.fromisoformat(json.loads((finished_run / "run.json").read_text())["started"])
    plan = RunFolder(finished_run).read_plan().plan
    registration = tmp_path / "registration.json"
    registration.write_bytes(registration_bytes(plan, opened(keys["jo"]), started - timedelta(days=1)))
    _stamp(authority, registration)
    pack = packed(finished_run, registration=registration)
    status, text = _found(pack, authority / "root.pem")
    assert status == "holds"
    assert text.startswith("Time stamp: registration.dsse.json, signed by Jo Smith, existed on")
