"""Servers that break off, change the file, or deliver another one."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest
from fault_server import Asked, Behaviour, Handler, always, first, serving

from harness.cards.access import Download
from harness.errors import HarnessError
from harness.fetching import disk_space
from harness.fetching import fetched_file as module
from harness.fetching.fetched_file import FetchedFile, fetch_file

CONTENT = bytes(range(256)) * 4_000
HALF = len(CONTENT) // 2
SHA256, MD5 = hashlib.sha256(CONTENT).hexdigest(), hashlib.md5(CONTENT, usedforsecurity=False).hexdigest()


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """No waiting between attempts."""
    monkeypatch.setattr(module.time, "sleep", lambda _: None)


def get(tmp_path: Path, url: str, **facts: object) -> FetchedFile:
    download = Download.model_validate({"url": f"{url}/set.zip", "name": "set.zip", **facts})
    return fetch_file(download, tmp_path / "set.zip", ["127.0.0.1"], lambda done, total: None)


def whole(content: bytes = CONTENT, etag: str = '"one"') -> Behaviour:
    """A server that knows ranges and versions."""

    def behave(handler: Handler, asked: Asked) -> None:
        start = int((re.findall(r"bytes=(\d+)-", asked.headers.get("range", "")) or ["0"])[0])
        if start and asked.headers.get("if-range", etag) == etag:
            if start >= len(content):
                handler.answer(b"", 416)
                return
            about = f"bytes {start}-{len(content) - 1}/{len(content)}"
            handler.answer(content[start:], 206, Content_Range=about, ETag=etag)
        else:
            handler.answer(content, ETag=etag)

    return behave


def broken_off(content: bytes = CONTENT, etag: str = '"one"') -> Behaviour:
    """Half of the file, and then no more."""

    def behave(handler: Handler, asked: Asked) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(content)))
        if etag:
            handler.send_header("ETag", etag)
        handler.end_headers()
        handler.wfile.write(content[: len(content) // 2])
        handler.wfile.flush()
        handler.close_connection = True

    return behave


def test_a_file_is_fetched_and_checked(tmp_path: Path) -> None:
    with serving(whole()) as server:
        found = get(tmp_path, server.url, size=len(CONTENT), sha256=SHA256)
    assert found == FetchedFile(
        tmp_path / "set.zip", f"{server.url}/set.zip", len(CONTENT), SHA256, checked_by="sha256"
    )
    assert [path.name for path in tmp_path.iterdir()] == ["set.zip"]
    assert found.path.read_bytes() == CONTENT


@pytest.mark.parametrize(("etag", "facts"), [('"one"', {}), ("", {"md5": MD5})])
def test_only_the_rest_is_asked_for_where_it_is_of_the_same_file(
    etag: str, facts: dict[str, object], tmp_path: Path
) -> None:
    with serving(first(broken_off(etag=etag), then=whole())) as server:
        found = get(tmp_path, server.url, **facts)
    assert found.sha256 == SHA256
    assert [asked.headers.get("range") for asked in server.asked] == [None, f"bytes={HALF}-"]


@pytest.mark.parametrize("etag", ['"two"', ""])
def test_another_file_is_fetched_from_its_beginning(etag: str, tmp_path: Path) -> None:
    """The server has a new version now, or never said which version it was."""
    new = CONTENT[::-1]
    with serving(first(broken_off(etag='"one"' if etag else ""), then=whole(new, '"two"'))) as server:
        found = get(tmp_path, server.url)
    assert found.path.read_bytes() == new


def test_a_later_call_goes_on_and_one_that_had_all_of_it_fetches_nothing(tmp_path: Path) -> None:
    gone = always(b"", 503)
    with serving(first(broken_off(), *[gone] * 5, then=whole())) as server:
        with pytest.raises(HarnessError, match=r"503.*The same command goes on later"):
            get(tmp_path, server.url, size=len(CONTENT), sha256=SHA256)
        assert (tmp_path / "set.zip.part").stat().st_size == HALF
        get(tmp_path, server.url, size=len(CONTENT), sha256=SHA256)
        assert server.asked[-1].headers["range"] == f"bytes={HALF}-"
        (tmp_path / "set.zip").rename(tmp_path / "set.zip.part")
        num = len(server.asked)
        get(tmp_path, server.url, size=len(CONTENT), sha256=SHA256)
        assert len(server.asked) == num


def test_all_of_it_without_a_published_size_is_fetched_again(tmp_path: Path) -> None:
    """Its server has no rest to send (416)."""
    (tmp_path / "set.zip.part").write_bytes(CONTENT)
    with serving(whole()) as server:
        assert get(tmp_path, server.url, md5=MD5).size == len(CONTENT)
    assert [asked.headers.get("range") for asked in server.asked] == [f"bytes={len(CONTENT)}-", None]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (always(b"x" * 100), "expected size 1024000, found 100"),
        (always(CONTENT[::-1]), "expected md5"),
        (always(CONTENT + b"x"), "more than the 1,024,000 bytes"),
        (always(b"", 404), "HTTP Error 404"),
        (always(b"", 302, Location="ftp://example.org/"), "ftp"),
    ],
)
def test_a_mirror_is_asked_where_an_address_delivers_something_else(
    wrong: Behaviour, said: str, tmp_path: Path
) -> None:
    facts = {"size": len(CONTENT), "md5": MD5}
    with serving(wrong) as bad, serving(whole()) as good:
        if "ftp" not in said:
            found = get(tmp_path, bad.url, mirrors=[f"{good.url}/same.zip"], **facts)
            assert (found.url, found.sha256) == (f"{good.url}/same.zip", SHA256)
            (tmp_path / "set.zip").unlink()
        with pytest.raises(HarnessError, match=said):
            get(tmp_path, bad.url, **facts)
    assert not (tmp_path / "set.zip").exists()


def test_a_part_that_was_not_asked_for_is_refused(tmp_path: Path) -> None:
    lying = always(CONTENT[10:], 206, Content_Range=f"bytes 10-{len(CONTENT) - 1}/{len(CONTENT)}")
    with serving(first(broken_off(), then=lying)) as server, pytest.raises(HarnessError, match="another part"):
        get(tmp_path, server.url)


def test_a_server_that_gives_in_after_some_attempts_is_given_up(tmp_path: Path) -> None:
    with serving(always(b"", 500)) as server, pytest.raises(HarnessError, match="500"):
        get(tmp_path, server.url)
    assert len(server.asked) == module.ATTEMPTS


def test_a_server_that_breaks_off_and_has_no_rest_is_given_up(tmp_path: Path) -> None:
    """What comes again is no progress."""

    def behave(handler: Handler, asked: Asked) -> None:
        if "range" in asked.headers:
            handler.answer(b"", 416)
        else:
            broken_off()(handler, asked)

    with serving(behave) as server, pytest.raises(HarnessError, match="cannot be fetched"):
        get(tmp_path, server.url)
    assert len(server.asked) <= 2 * module.ATTEMPTS


def test_nothing_is_fetched_that_the_disk_does_not_hold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = disk_space.shutil.disk_usage(tmp_path)._replace(free=disk_space.SPARE_BYTES)
    monkeypatch.setattr(disk_space.shutil, "disk_usage", lambda _: usage)
    with serving(whole()) as server, pytest.raises(HarnessError, match=r"0\.5 GB are free"):
        get(tmp_path, server.url)
    assert not (tmp_path / "set.zip").exists()


def test_hosts_that_the_user_does_not_allow_are_not_asked(tmp_path: Path) -> None:
    download = Download(url="http://127.0.0.1:9/set.zip", name="set.zip")
    with pytest.raises(HarnessError, match=r"say so on the command line: --allow-host 127\.0\.0\.1\.$"):
        fetch_file(download, tmp_path / "set.zip", [], lambda done, total: None)
