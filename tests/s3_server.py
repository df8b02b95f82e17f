"""An S3 server on this machine (moto), which can be away for a while."""

from __future__ import annotations

import importlib.util
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.request import urlopen

import pytest

BUCKET = "bucket"
KEYS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "us-east-1"}


class S3Server:
    """A server with one bucket. What is in it stays while the server is away."""

    def __init__(self) -> None:
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            self._port = int(listener.getsockname()[1])
        self._server: Any = None
        self.begin()

    @property
    def environment(self) -> dict[str, str]:
        """What a process must know to use it."""
        return {**KEYS, "AWS_ENDPOINT_URL": f"http://127.0.0.1:{self._port}"}

    def begin(self) -> None:
        from moto.server import ThreadedMotoServer

        self._server = ThreadedMotoServer(ip_address="127.0.0.1", port=self._port, verbose=False)
        self._server.start()

    def end(self) -> None:
        if self._server is not None:
            self._server.stop()
        self._server = None


@contextmanager
def s3_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[S3Server]:
    """A server that this process and those that it starts use; skips the test where packages are missing."""
    for package in ("s3fs", "moto", "flask", "boto3"):
        if importlib.util.find_spec(package) is None:
            pytest.skip(f"needs {package} (the extras cloud and dev)")
    import boto3
    import s3fs

    server = S3Server()
    try:
        for name, value in server.environment.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
        s3fs.S3FileSystem.clear_instance_cache()
        urlopen(f"{server.environment['AWS_ENDPOINT_URL']}/moto-api/reset", data=b"").close()
        boto3.client("s3").create_bucket(Bucket=BUCKET)
        yield server
    finally:
        server.end()
        s3fs.S3FileSystem.clear_instance_cache()
