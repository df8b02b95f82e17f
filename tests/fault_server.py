"""An HTTP server in this process that answers well or badly, as a function decides for each request."""

from __future__ import annotations

import gzip
import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

GOOD = {"label": "anger", "scores": {"anger": 0.75, "neutral": 0.25}, "model": "faces-1"}


@dataclass(frozen=True)
class Asked:
    """One request as it arrived; `number` counts from 0."""

    number: int
    path: str
    headers: Mapping[str, str]
    body: bytes
    at: float = field(default_factory=time.monotonic)


class Handler(BaseHTTPRequestHandler):
    """Hands each request to the function of its server."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else a body that follows its headers waits 40 ms for their acknowledgement
    server: FaultServer

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {name.lower(): text for name, text in self.headers.items()}
        asked = self.server.note(self.path, headers, body)
        with suppress(OSError):  # the client has given up
            self.server.behaviour(self, asked)
        self.server.done()

    do_GET = do_PUT = do_PATCH = do_DELETE = do_POST  # noqa: N815 (names of the standard library)

    def answer(self, body: object = GOOD, status: int = 200, **headers: str) -> None:
        """A whole answer; anything but bytes as JSON."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        for name, text in {"Content-Length": str(len(data)), **headers}.items():
            self.send_header(name.replace("_", "-"), text)
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        """Print nothing."""


Behaviour = Callable[[Handler, Asked], None]


class FaultServer(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, behaviour: Behaviour) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.behaviour = behaviour
        self.asked: list[Asked] = []
        self.most_at_once = 0
        self.at_once = 0
        self._lock = threading.Lock()

    def note(self, path: str, headers: Mapping[str, str], body: bytes) -> Asked:
        with self._lock:
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
            self.asked.append(Asked(len(self.asked), path, headers, body))
            return self.asked[-1]

    def done(self) -> None:
        with self._lock:
            self.at_once -= 1

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no news."""


@contextmanager
def serving(behaviour: Behaviour) -> Iterator[FaultServer]:
    server = FaultServer(behaviour)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def always(*args: object, **kwargs: Any) -> Behaviour:
    """The same answer to everything; see `Handler.answer`."""
    return lambda handler, asked: handler.answer(*args, **kwargs)


def first(*behaviours: Behaviour, then: Behaviour | None = None) -> Behaviour:
    """One behaviour for each request in turn, then another for all that follow."""
    after = then or always()
    return lambda handler, asked: (behaviours[asked.number] if asked.number < len(behaviours) else after)(
        handler, asked
    )


def slow(seconds: float) -> Behaviour:
    def behave(handler: Handler, asked: Asked) -> None:
        time.sleep(seconds)
        handler.answer()

    return behave


def dropped(handler: Handler, asked: Asked) -> None:
    """The connection is closed without an answer."""
    handler.close_connection = True


def truncated(handler: Handler, asked: Asked) -> None:
    """Fewer bytes than were announced."""
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b'{"label": "ang')
    handler.close_connection = True


def dripping(part: str, seconds: float = 30.0) -> Behaviour:
    """One byte every 0.1 s: of the body, or of the headers, where a time limit per read never ends."""

    def behave(handler: Handler, asked: Asked) -> None:
        if part == "body":
            handler.send_response(200)
            handler.send_header("Content-Length", "100000")
            handler.end_headers()
        else:
            handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Long: ")
        for _ in range(round(seconds / 0.1)):
            handler.wfile.write(b"x")
            handler.wfile.flush()
            time.sleep(0.1)
        handler.close_connection = True

    return behave


def endless(handler: Handler, asked: Asked) -> None:
    """Chunks without end."""
    handler.send_response(200)
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()
    while True:
        handler.wfile.write(b"10000\r\n" + b" " * 0x10000 + b"\r\n")


def gzip_bomb() -> Behaviour:
    """100 MB of spaces in 100 kB."""
    return always(gzip.compress(b" " * 100_000_000, compresslevel=1), Content_Encoding="gzip")


def redirect(location: str, status: int = 307) -> Behaviour:
    return always(b"", status, Location=location)
