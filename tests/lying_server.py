"""An HTTP server that answers as MLflow's should not, each kind of answer by a name."""

from __future__ import annotations

import io
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

RUN = {
    "info": {"run_id": 5, "run_uuid": 5, "experiment_id": 3, "status": "RUNNING", "artifact_uri": 7},
    "data": {},
}


class Handler(BaseHTTPRequestHandler):
    """Answers every request in the way that its server is named after."""

    disable_nagle_algorithm = True  # else a body that follows its headers waits 40 ms

    def do_GET(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        self.body = self.rfile.read(length)
        server = self.server
        assert isinstance(server, LyingServer)
        server.asked.append(self.path)
        with suppress(OSError):  # the client has given up
            (ANSWERS | PARTLY)[server.kind](self)

    do_POST = do_PUT = do_PATCH = do_DELETE = do_GET  # noqa: N815 (names of the standard library)

    def answer(self, code: int, body: bytes, **headers: str) -> None:
        self.send_response(code)
        for name, value in {
            "Content-Type": "application/json",
            "Content-Length": str(len(body)),
            **headers,
        }.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Print nothing."""


class LyingServer(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, kind: str) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.kind = kind
        self.asked: list[str] = []
        self.runs: dict[str, dict[str, Any]] = {}
        self.num_made = 0

    @property
    def uri(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


@contextmanager
def lying(kind: str) -> Iterator[LyingServer]:
    server = LyingServer(kind)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


def _drip(handler: Handler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "100000")
    handler.end_headers()
    for _ in range(100):
        handler.wfile.write(b" ")
        handler.wfile.flush()
        time.sleep(1)


def _endless(handler: Handler) -> None:
    handler.send_response(200)
    handler.end_headers()
    for _ in range(100):
        handler.wfile.write(b" " * 2**16)
        time.sleep(0.2)


def _numbers(handler: Handler) -> None:
    experiment = {"experiment_id": 3, "name": 4, "lifecycle_stage": "active", "artifact_location": 9}
    body = {"experiment": experiment, "runs": [RUN], "run": RUN, "experiment_id": 3}
    handler.answer(200, json.dumps(body).encode())


def _honest(handler: Handler) -> None:
    """As much of MLflow as one run needs; runs are kept by their id."""
    server = handler.server
    assert isinstance(server, LyingServer)
    asked = handler.path.partition("?")[0].removeprefix("/api/2.0/mlflow/")
    given: dict[str, Any] = json.loads(handler.body) if handler.body.startswith(b"{") else {}
    model = {
        "info": {"model_id": "m-1", "experiment_id": "1", "name": "x", "status": "LOGGED_MODEL_READY"},
        "data": {},
    }
    body: dict[str, Any] = {}
    if asked == "experiments/get-by-name":
        body = {"experiment": {"experiment_id": "1", "name": "x", "lifecycle_stage": "active"}}
    elif asked == "runs/search":
        body = {"runs": list(server.runs.values())}
    elif asked == "runs/create":
        server.num_made += 1
        run_id = f"{server.num_made:032x}"
        info = {"run_id": run_id, "experiment_id": "1", "status": "RUNNING", "lifecycle_stage": "active"}
        info |= {"artifact_uri": f"mlflow-artifacts:/1/{run_id}/artifacts", "start_time": 1}
        body = {"run": {"info": info, "data": {"tags": given["tags"]}}}
        server.runs[run_id] = body["run"]
    elif asked == "runs/get":
        body = {"run": next(iter(server.runs.values()))}
    elif asked == "runs/update":
        server.runs[given["run_id"]]["info"]["status"] = given["status"]
        body = {"run_info": server.runs[given["run_id"]]["info"]}
    elif asked == "runs/delete":
        del server.runs[given["run_id"]]
    elif asked.startswith("logged-models"):
        body = {"model": model}
    handler.answer(200, json.dumps(body).encode())


def _honest_but(part: str, then: Callable[[Handler], None], *, after: bool = False) -> Callable[[Handler], None]:
    """Honest, except for requests whose path holds this; with ``after``, what was asked is done all the same."""

    def answer(handler: Handler) -> None:
        if part not in handler.path:
            _honest(handler)
        elif after:
            handler.wfile, sent = io.BytesIO(), handler.wfile
            _honest(handler)
            handler.wfile = sent
            then(handler)
        else:
            then(handler)

    return answer


def _unavailable(handler: Handler) -> None:
    handler.answer(503, b"{}", Retry_After="31536000")


ANSWERS: dict[str, Callable[[Handler], None]] = {
    "too many requests": lambda h: h.answer(429, b"{}", Retry_After="31536000"),
    "unavailable": lambda h: h.answer(503, b"", Retry_After="Fri, 31 Dec 2049 23:59:59 GMT"),
    "unavailable later": _honest_but("runs/", _unavailable),
    "one byte a second": _drip,
    "endless": _endless,
    "garbage": lambda h: h.answer(200, b"\x00\xff<html>" * 50),
    "an error page": lambda h: h.answer(500, b"<html>" + b"x" * 100_000),
    "a list": lambda h: h.answer(200, b"[1, 2]"),
    "numbers for ids": _numbers,
    "nothing": lambda h: time.sleep(100),
    "a closed connection": lambda h: h.connection.close(),
    "itself again": lambda h: h.answer(302, b"", Location=h.path),
}

PARTLY: dict[str, Callable[[Handler], None]] = {
    "takes no values": _honest_but("log-", _unavailable),
    "takes no files": _honest_but("mlflow-artifacts/", _unavailable),
    "keeps the files waiting": _honest_but("mlflow-artifacts/", lambda h: time.sleep(100)),
    "made the run, says it failed": _honest_but("runs/create", _unavailable, after=True),
    "finished the run, says it failed": _honest_but("runs/update", _unavailable, after=True),
}
"""Servers that have begun to take a run."""
