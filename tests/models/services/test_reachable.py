from __future__ import annotations

import asyncio
import ipaddress
import re
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from fault_server import redirect, serving

from harness.errors import HarnessError
from harness.models.budget import Budget
from harness.models.services.exchange import Exchange, ServiceRequest
from harness.models.services.reachable import AddressRefusedError, Reachable, is_public
from harness.models.services.service_client import ServiceClient
from harness.models.services.service_connection import ServiceConnection, ServiceOptions


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.216.34", True),
        ("2606:2800:220:1::1", True),
        ("127.0.0.1", False),
        ("10.0.0.1", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("169.254.169.254", False),  # metadata of clouds
        ("100.64.0.1", False),  # shared by carriers, RFC 6598
        ("0.0.0.0", False),
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("::1", False),
        ("fe80::1", False),
        ("fc00::1", False),
        ("ff02::1", False),
        ("::ffff:127.0.0.1", False),  # IPv4 within IPv6, RFC 4291
        ("::ffff:93.184.216.34", True),
        ("64:ff9b::7f00:1", False),  # NAT64 of 127.0.0.1, RFC 6052
        ("64:ff9b::5db8:d822", True),  # of 93.184.216.34
        ("2002:7f00:1::", False),  # 6to4 of 127.0.0.1, RFC 3056
        ("::127.0.0.1", False),  # compatible with IPv4, RFC 4291 (deprecated)
        ("::a9fe:a9fe", False),
        ("::ffff:0:127.0.0.1", False),  # translated, RFC 2765
        ("64:ff9b:1::7f00:1", False),  # NAT64 of one's own network, RFC 8215
        ("fec0::1", False),  # of a site, RFC 3513 (deprecated)
        ("5f00::1", False),  # segment routing, RFC 9602
        ("2001:db8::1", False),
        ("fe80::1%1", False),
        ("::ffff:10.0.0.1", False),
        ("::ffff:169.254.169.254", False),
    ],
)
def test_only_addresses_of_the_internet_are_public(address: str, public: bool) -> None:
    assert is_public(ipaddress.ip_address(address)) is public


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("file:///etc/passwd", "file address"),
        ("ftp://acme.test/", "ftp address"),
        ("//acme.test/", "no address"),
        ("http://acme.test/", "http to acme.test, unencrypted"),
        ("https://user:pass@acme.test/", "holds a name or a password"),
    ],
)
def test_what_is_not_https_is_refused_before_any_look_up(url: str, message: str) -> None:
    with pytest.raises(AddressRefusedError, match=message):
        Reachable().require(httpx.URL(url))


def test_a_host_is_named_with_or_without_its_port() -> None:
    reachable = Reachable(("Inner.test", "localhost:8080", "::1"))
    assert reachable.names(httpx.URL("http://inner.test:99/"))
    assert reachable.names(httpx.URL("http://localhost:8080/"))
    assert reachable.names(httpx.URL("http://[::1]:5/"))
    assert not reachable.names(httpx.URL("http://localhost:6379/"))
    assert not reachable.names(httpx.URL("http://not.inner.test/"))


def looked_up(monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> list[str]:
    """Let each look-up of a name give the next answer; returns the names that were looked up."""
    asked: list[str] = []
    real = socket.getaddrinfo

    def getaddrinfo(host: str, port: int, *args: Any, **kwargs: Any) -> Any:
        if not host.endswith(".test"):
            return real(host, port, *args, **kwargs)
        asked.append(host)
        found = answers[min(len(asked), len(answers)) - 1]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in found]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return asked


@pytest.mark.parametrize(
    "addresses",
    [
        ["127.0.0.1"],
        ["93.184.216.34", "10.0.0.1"],
        ["169.254.169.254"],
        ["0.0.0.0"],
        ["::ffff:10.0.0.1"],
        ["2606:2800:220:1::1", "::1"],
    ],
)
def test_a_name_that_stands_for_an_inner_address_is_refused(
    monkeypatch: pytest.MonkeyPatch, addresses: list[str]
) -> None:
    looked_up(monkeypatch, addresses)
    with pytest.raises(AddressRefusedError, match=r"acme.test is at .*, which is not a public address"):
        asyncio.run(Reachable().addresses(httpx.URL("https://acme.test/")))


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("169.254.169.254", "169.254.169.254"),
        ("2852039166", "169.254.169.254"),  # in decimal
        ("0xa9fea9fe", "169.254.169.254"),
        ("2130706433", "127.0.0.1"),
        ("0x7f000001", "127.0.0.1"),
        ("127.1", "127.0.0.1"),
        ("0x7f.1", "127.0.0.1"),
        ("127\u30020\u30020\u30021", "127.0.0.1"),  # with full stops of Chinese
        ("0", "0.0.0.0"),
        ("0.0.0.0", "0.0.0.0"),
        ("[::1]", "::1"),
        ("[::]", "::"),
        ("[0:0:0:0:0:0:0:1]", "::1"),
        ("[::ffff:10.0.0.1]", "::ffff:10.0.0.1"),
        ("[::ffff:a00:1]", "::ffff:10.0.0.1"),
        ("[::127.0.0.1]", "::127.0.0.1"),
        ("[64:ff9b::a9fe:a9fe]", "64:ff9b::a9fe:a9fe"),
        ("[fe80::1]", "fe80::1"),
    ],
)
def test_an_inner_address_is_refused_however_it_is_written(host: str, address: str) -> None:
    """Without a name server: these are no names, and the look-up reads them as a connection would."""
    with pytest.raises(HarnessError, match=rf" is at {re.escape(address)}, which is not a public address"):
        ask(f"https://{host}/")


@pytest.mark.parametrize(
    "host", ["169.254.169.254", "2852039166", "0x7f.1", "0177.0.0.1", "[::1]", "[::ffff:a00:1]"]
)
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_redirect_to_an_inner_address_is_not_followed(host: str, scheme: str) -> None:
    with serving(redirect(f"{scheme}://{host}/latest/meta-data/")) as server:
        exchange = ask(server.url, allow_hosts=("127.0.0.1",))
    assert exchange.failure is not None
    assert exchange.failure.text.startswith("no_answer: redirected to ")


@pytest.mark.parametrize(
    "target",
    ["http://127.0.0.1:99999/", f"https://{'a' * 64}.test/", "https://xn--/", "http://[::1", "javascript:x"],
)
def test_a_redirect_to_what_is_no_address_fails_one_sample(target: str) -> None:
    with serving(redirect(target)) as server:
        exchange = ask(server.url, allow_hosts=("127.0.0.1",))
    assert exchange.failure is not None
    assert exchange.failure.text == "no_answer: redirected to an address that may not be asked"


@pytest.mark.parametrize("host", ["0177.0.0.1", "\uff11\uff12\uff17.0.0.1"])
def test_what_a_look_up_could_read_in_two_ways_is_no_address(host: str) -> None:
    with pytest.raises(HarnessError, match="is no URL"):
        ask(f"https://{host}/")


@pytest.mark.parametrize(
    "url",
    [
        "https://xn--/",
        f"https://{'a' * 64}.test/",
        "https://a..test/",
        "https://acme.test:99999/",
        "https://acme.test/\0",
        "https://acme.test/" + "a" * 70_000,
    ],
    ids=lambda url: url[:30],
)
def test_what_is_no_url_is_told_before_anything_is_looked_up(url: str) -> None:
    with pytest.raises(HarnessError, match="is no URL that can be asked") as raised:
        ask(url)
    assert len(str(raised.value)) < 600


@pytest.mark.parametrize("url", ["https://acme.test:${env:KEY}/", "https://${env:KEY}/", "${env:KEY}"])
def test_what_is_wrong_with_an_address_does_not_quote_a_key(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEY", "Sesame:OpenNow")
    with pytest.raises(HarnessError, match="is no URL") as raised:
        ask(url, environment=("KEY",))
    assert "sesame" not in str(raised.value).lower()
    assert "opennow" not in str(raised.value).lower()


def test_naming_a_host_names_no_other_way_to_write_it() -> None:
    with pytest.raises(HarnessError, match=r"2130706433 is at 127\.0\.0\.1, which is not a public address"):
        ask("https://2130706433/", allow_hosts=("127.0.0.1",))


def ask(url: str, **options: Any) -> Exchange:
    client = ServiceClient(
        "model acme",
        ServiceConnection(url=url, connect_timeout_s=1),
        ServiceOptions(wait_s=0, attempts=1, **options),
        Budget(),
    )
    [(_, exchange)] = client.exchanges([ServiceRequest(body=b"x")])
    return exchange


def test_the_connection_is_made_to_the_address_that_was_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    """A second look-up would find nothing: DNS rebinding has no second chance. Host keeps the name."""
    with serving(lambda handler, asked: handler.answer({"host": asked.headers["host"]})) as server:
        names = looked_up(monkeypatch, ["127.0.0.1"], [])
        exchange = ask(f"http://acme.test:{server.server_port}/", allow_hosts=("acme.test",))
    assert names == ["acme.test"]
    assert exchange.json() == {"host": f"acme.test:{server.server_port}"}


def test_of_several_addresses_the_next_one_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(lambda handler, asked: handler.answer({})) as server:
        looked_up(monkeypatch, ["127.0.0.2", "127.0.0.1"])
        exchange = ask(f"http://acme.test:{server.server_port}/", allow_hosts=("acme.test",))
    assert exchange.status == 200


def test_a_name_that_nobody_knows_ends_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    def getaddrinfo(*_: Any, **__: Any) -> Any:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    with pytest.raises(HarnessError, match=r"acme.test cannot be found: Name or service not known"):
        ask("https://acme.test/")


@contextmanager
def serving_tls(folder: Path, name: str) -> Iterator[tuple[int, Path]]:
    """A server with a certificate for one name, signed by itself: (port, file of the certificate)."""
    certificate, key = self_signed(folder, name)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with serving(lambda handler, asked: handler.answer({"host": asked.headers["host"]})) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        yield server.server_port, certificate


def self_signed(folder: Path, name: str) -> tuple[Path, Path]:
    from datetime import UTC, datetime, timedelta

    x509 = pytest.importorskip("cryptography.x509")
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return folder / "cert.pem", folder / "key.pem"


def test_a_certificate_is_checked_against_the_name_and_an_authority(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_up(monkeypatch, ["127.0.0.1"])
    named = {"allow_hosts": ("acme.test", "other.test")}
    with serving_tls(tmp_path, "acme.test") as (port, certificate):
        with pytest.raises(HarnessError, match=r"no connection to the service .*certificate verify failed"):
            ask(f"https://acme.test:{port}/", **named)
        with pytest.raises(HarnessError, match=r"no connection to the service .*Hostname mismatch"):
            ask(f"https://other.test:{port}/", ca_file=certificate, **named)
        assert ask(f"https://acme.test:{port}/", ca_file=certificate, **named).json() == {
            "host": f"acme.test:{port}"
        }


def test_a_file_without_certificates_is_named(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("nothing")
    for path in (tmp_path / "ca.pem", tmp_path / "absent.pem"):
        with pytest.raises(HarnessError, match=f"{path.name} holds no certificates in PEM"):
            ask("https://acme.test/", ca_file=path)
