"""The viewer's server is asked as browsers ask, and as pages of others would."""

from __future__ import annotations

import http.client
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from email.message import Message
from threading import Event, Thread
from typing import Any

import cv2
import pytest
from viewed_runs import Place

from harness.errors import HarnessError
from harness.viewer import server as viewer_server
from harness.viewer.listing import Listing
from harness.viewer.media_source import MediaSource
from harness.viewer.pages import FILES, Pages
from harness.viewer.server import HEADERS, ViewServer
from harness.viewer.viewed_run import read_viewed_run


@pytest.fixture(scope="module")
def server(pictures: Place) -> Iterator[ViewServer]:
    run = read_viewed_run(pictures.run)
    with ViewServer(Pages(Listing(run), MediaSource(run, [f"dataset.root={pictures.root}"]))) as server:
        Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield server
        server.shutdown()


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Message
    body: bytes


def asked(
    server: ViewServer, path: str, method: str = "GET", *, host: str | None = None, **headers: str
) -> Answer:
    """A request as it goes over the wire; ``path`` follows the token unless it begins with a slash."""
    with closing(http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=20)) as connection:
        connection.putrequest(method, path if path.startswith("/") else f"/{server.token}/{path}", skip_host=True)
        connection.putheader("Host", host or f"127.0.0.1:{server.server_port}")
        for name, value in headers.items():
            connection.putheader(name.replace("_", "-"), value)
        connection.endheaders()
        response = connection.getresponse()
        return Answer(response.status, response.headers, response.read())


def answer(server: ViewServer, path: str) -> Any:
    response = asked(server, path)
    assert response.status == 200, response.body
    return json.loads(response.body)


def test_it_listens_on_this_machine_alone(server: ViewServer) -> None:
    assert server.server_address[0] == "127.0.0.1"
    assert server.url == f"http://127.0.0.1:{server.server_port}/{server.token}/"
    assert len(server.token) >= 32


@pytest.mark.parametrize("name", FILES)
def test_the_files_of_the_page_are_served_with_every_header(server: ViewServer, name: str) -> None:
    response = asked(server, name)
    assert response.status == 200
    assert len(response.body) > 500
    assert {key: response.headers[key] for key in HEADERS} == dict(HEADERS)
    assert response.headers["Access-Control-Allow-Origin"] is None
    assert response.headers["Content-Type"].startswith(("text/html", "text/css", "text/javascript"))


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/rows",
        "/wrong/",
        "/wrong/rows",
        "rows/../run",
        "../etc/passwd",
        "..%2f..%2fetc%2fpasswd",
        "page/index.html",
    ],
)
def test_without_the_token_or_beyond_the_page_there_is_nothing(server: ViewServer, path: str) -> None:
    response = asked(server, path)
    assert (response.status, response.body) == (404, b"There is no such page.")


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:80", "127.0.0.1", "127.0.0.1:1", "localhost.evil.example"]
)
def test_a_name_that_is_made_to_point_here_is_refused(server: ViewServer, host: str) -> None:
    assert asked(server, "run", host=host).status == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "no-cors", "Sec_Fetch_Dest": "image"},
        {"Sec_Fetch_Site": "same-site", "Sec_Fetch_Mode": "cors", "Sec_Fetch_Dest": "empty"},
        {"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "navigate", "Sec_Fetch_Dest": "iframe"},
    ],
)
def test_pages_of_other_origins_are_refused(server: ViewServer, headers: dict[str, str]) -> None:
    assert asked(server, "run", **headers).status == 403


def test_the_page_can_be_opened_from_a_file(server: ViewServer) -> None:
    opened = {"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "navigate", "Sec_Fetch_Dest": "document"}
    assert asked(server, "", **opened).status == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_nothing_can_be_changed(server: ViewServer, method: str) -> None:
    response = asked(server, "rows", method)
    assert (response.status, response.body) == (501, b"Not Implemented.")
    assert {key: response.headers[key] for key in HEADERS} == dict(HEADERS)


def test_what_is_no_request_is_refused_with_the_same_headers(server: ViewServer) -> None:
    too_long = b"GET /" + b"a" * (65_537 - 5)  # as much as is read: what is not read would reset the connection
    too_many = b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 101
    for status, request in ((414, too_long), (431, too_many)):
        with socket.create_connection(("127.0.0.1", server.server_port), timeout=20) as connection:
            connection.sendall(request)
            response = http.client.HTTPResponse(connection)
            response.begin()
            assert response.status == status
            assert {key: response.headers[key] for key in HEADERS} == dict(HEADERS)
            assert response.headers["Content-Type"].startswith("text/plain")


def test_a_failure_is_told_and_not_left_unanswered(server: ViewServer, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise cv2.error("a decoder fails")

    for error in (fails, _gone):
        monkeypatch.setattr(server.pages, "answer", error)
        response = asked(server, "run")
        assert response.status == 500
        assert "The viewer cannot show this" in json.loads(response.body)["error"]


def _gone(*_: object) -> None:
    raise FileNotFoundError("the folder is gone")


def test_rows_are_paged_filtered_and_sorted(server: ViewServer) -> None:
    whole = answer(server, "rows?limit=500")
    assert [row["row"] for row in whole["rows"]] == list(range(12))
    assert whole["counts"] == {
        "right": 8, "wrong": 3, "answered": 0, "abstained": 1, "failed": 0, "left_out": 0, "absent": 0,
    }  # fmt: skip
    page = answer(server, "rows?offset=5&limit=2&in.sex=female&find=10")
    assert ([row["row"] for row in page["rows"]], page["total"], page["position"]) == ([10], 6, 5)
    wrong = answer(server, "rows?status=wrong&sort=row&down=1")
    assert [row["row"] for row in wrong["rows"]] == [9, 6, 3][: len(wrong["rows"])]
    assert {row["row"] for row in answer(server, "rows?search=1.PNG")["rows"]} == {1, 11}


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("rows?status=nice", "status is one of right"),
        ("rows?answers=99", "answers is no number below"),
        ("rows?in.sex=x", "no such group"),
        ("rows?in.height=tall", "no such axis"),
        ("rows?least=nan", "least is no number"),
        ("rows?limit=501", "limit is no number"),
        ("rows?offset=-1", "offset is no number"),
        ("sample", "row is no number"),
        ("sample?row=12", "row is no number below 12"),
        ("media?row=../../etc/passwd", "row is no number"),
        ("verdicts?verdict=guilty", "verdict is one of met"),
        ("rows?" + "a=1&" * 6000, "The address cannot be read"),
    ],
)
def test_what_means_nothing_is_answered_in_a_sentence(server: ViewServer, path: str, message: str) -> None:
    response = asked(server, path)
    assert response.status == 400
    assert message in json.loads(response.body)["error"]


def test_a_taken_port_is_named(server: ViewServer) -> None:
    with pytest.raises(HarnessError, match=f"--port {server.server_port}: it cannot be used"):
        ViewServer(server.pages, server.server_port)


def test_idle_connections_are_bounded_and_keep_nobody_out(
    server: ViewServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(viewer_server, "MAX_CONNECTIONS", 4)
    idle = [socket.create_connection(("127.0.0.1", server.server_port), timeout=20) for _ in range(12)]
    try:
        assert asked(server, "run").status == 200
        for connection in idle[:8]:
            assert connection.recv(1) == b"", "the oldest make room"
        until = time.monotonic() + 10
        while num_answering_threads() > 4 and time.monotonic() < until:
            time.sleep(0.01)
        assert num_answering_threads() <= 4
    finally:
        for connection in idle:
            connection.close()


def test_a_connection_that_is_answered_is_not_closed(server: ViewServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(viewer_server, "MAX_CONNECTIONS", 1)
    began, go_on = Event(), Event()

    def slow(*_: object) -> tuple[str, bytes]:
        began.set()
        assert go_on.wait(20)
        return "text/plain", b"done"

    monkeypatch.setattr(server.pages, "answer", slow)
    first: list[Answer] = []
    asking = Thread(target=lambda: first.append(asked(server, "run")))
    asking.start()
    assert began.wait(20)
    with socket.create_connection(("127.0.0.1", server.server_port), timeout=20) as second:
        assert second.recv(1) == b"", "there is no room, and nobody idle"
    go_on.set()
    asking.join(20)
    assert first[0].body == b"done"


def num_answering_threads() -> int:
    return sum("process_request_thread" in thread.name for thread in threading.enumerate())
