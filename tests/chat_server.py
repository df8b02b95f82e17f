"""A chat endpoint on this machine whose answers a test scripts."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any

import cv2
import numpy as np


@dataclass(frozen=True)
class Asked:
    """One request, taken apart."""

    text: str
    medium: bytes
    body: dict[str, Any]

    def pixels(self) -> np.ndarray:
        """The picture, RGB."""
        return cv2.imdecode(np.frombuffer(self.medium, np.uint8), cv2.IMREAD_COLOR)[:, :, ::-1]


Script = Callable[[Asked], str | tuple[int, dict[str, Any]]]
"""A request → the text of the answer, or a status and the whole JSON."""


@dataclass
class ChatServer:
    """Where it listens, and what it was asked."""

    url: str = ""
    asked: list[Asked] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)


@contextmanager
def chat_server(script: Script) -> Iterator[ChatServer]:
    """Answer requests by a script while the block runs."""
    found, lock = ChatServer(), Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # else a body that follows its headers waits 40 ms

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            asked = taken_apart(body)
            with lock:
                found.asked.append(asked)
                found.headers.append(dict(self.headers))
                said = script(asked)
            status, document = said if isinstance(said, tuple) else (200, answer(said))
            data = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    found.url = f"http://127.0.0.1:{server.server_port}/v1/chat/completions"
    try:
        yield found
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def answer(text: str, finish: str = "stop", model: str = "seeing-2026-01-01") -> dict[str, Any]:
    """An answer as OpenAI's endpoint gives it."""
    return {
        "id": "chatcmpl-1",
        "model": model,
        "choices": [{"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": finish}],
        "usage": {"prompt_tokens": 100, "completion_tokens": 10},
    }


def taken_apart(body: dict[str, Any]) -> Asked:
    """The text and the medium of a request."""
    text, medium = "", b""
    for part in body["messages"][0]["content"]:
        if part["type"] == "text":
            text = part["text"]
        elif part["type"] == "image_url":
            medium = base64.b64decode(part["image_url"]["url"].partition(",")[2])
        else:
            medium = base64.b64decode(part["input_audio"]["data"])
    return Asked(text, medium, body)
