"""A tracking server as a laboratory has it: MLflow on PostgreSQL, its artifacts in an S3-compatible store."""

from __future__ import annotations

import http.client
import importlib.util
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from fault_server import Asked, Handler

PATIENCE_S = 150.0
DEBIAN = "/usr/lib/postgresql"
QUIET = {"MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true"}
KEYS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "us-east-1"}
BUCKET = "mlflow"


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@contextmanager
def tracking_server(folder: Path) -> Iterator[str]:
    """The address of a server; skips the test, with the reason, where a part of it cannot be had."""
    with stored(folder) as behind, behind.served() as address:
        yield address


@dataclass(frozen=True)
class Stored:
    """What a server keeps: it may be killed, and started again with it.

    Attributes:
        folder: of its log.
        database: the URI of the runs.
        artifacts: where those are.
        environment: what the server must know to write there.
        port: that it listens on.
    """

    folder: Path
    database: str
    artifacts: str
    environment: Mapping[str, str]
    port: int

    @contextmanager
    def served(self) -> Iterator[str]:
        """The address of a server, which is killed at the end of the block."""
        address = f"http://127.0.0.1:{self.port}"
        command = [
            *("-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(self.port), "--workers", "1"),
            *("--backend-store-uri", self.database, "--artifacts-destination", self.artifacts),
        ]
        with _program(command, f"{address}/health", self.folder / "mlflow.log", dict(self.environment)):
            yield address


@contextmanager
def stored(folder: Path) -> Iterator[Stored]:
    """An empty database and an empty store of artifacts; skips the test where they cannot be had."""
    binaries = _postgres_binaries()
    if importlib.util.find_spec("psycopg") is None:
        pytest.skip("needs psycopg (the extra dev)")
    with ExitStack() as stack:
        database = stack.enter_context(_postgres(folder, binaries))
        store, environment = stack.enter_context(_artifacts(folder))
        yield Stored(folder, database, store, environment, free_port())


def _postgres_binaries() -> Path:
    found = sorted(Path(DEBIAN).glob("*/bin/initdb"))
    on_path = shutil.which("initdb")
    if not found and on_path is None:
        pytest.skip("needs PostgreSQL: apt install postgresql")
    return found[-1].parent if found else Path(str(on_path)).resolve().parent


@contextmanager
def _postgres(folder: Path, binaries: Path) -> Iterator[str]:
    """The URI of an empty database. PostgreSQL does not run as root."""
    data = Path(tempfile.mkdtemp(prefix="harness-postgres-"))  # pytest's own folders are closed to other users
    user: dict[str, int] = {}
    if os.geteuid() == 0:
        try:
            entry = pwd.getpwnam("postgres")
        except KeyError:
            pytest.skip("PostgreSQL does not run as root, and there is no user postgres")
        user = {"user": entry.pw_uid, "group": entry.pw_gid}
        os.chown(data, entry.pw_uid, entry.pw_gid)
        for parent in data.parents:
            if (
                parent.owner() == "root"
                and parent.stat().st_mode & 0o011 != 0o011
                and parent.is_relative_to("/tmp")
            ):
                parent.chmod(parent.stat().st_mode | 0o011)
    port = free_port()
    initdb = [binaries / "initdb", "-D", data / "db", "-A", "trust", "-U", "postgres", "--no-sync"]
    made = subprocess.run(initdb, cwd=data, capture_output=True, check=False, **user)
    if made.returncode:
        pytest.skip(f"initdb failed: {made.stderr.decode(errors='replace').strip()[-200:]}")
    options = {"listen_addresses": "127.0.0.1", "port": port, "unix_socket_directories": data, "fsync": "off"}
    words = [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
    with (folder / "postgres.log").open("wb") as log:
        server = subprocess.Popen(
            [binaries / "postgres", "-D", data / "db", *words], cwd=data, stdout=log, stderr=log, **user
        )
    try:
        _until(lambda: _accepts(port), server, "PostgreSQL")
        create = [binaries / "createdb", "-h", "127.0.0.1", "-p", str(port), "-U", "postgres", "mlflow"]
        _until(
            lambda: not subprocess.run(create, capture_output=True, check=False).returncode, server, "PostgreSQL"
        )
        yield f"postgresql+psycopg://postgres@127.0.0.1:{port}/mlflow"
    finally:
        server.send_signal(signal.SIGQUIT)
        server.wait(20)
        shutil.rmtree(data, ignore_errors=True)


@contextmanager
def _artifacts(folder: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """Where artifacts go, and what the server must know to write there: S3 by moto, or a folder without it."""
    needed = ("moto", "boto3", "flask")
    if not all(importlib.util.find_spec(name) for name in needed):
        yield str(folder / "artifacts"), {}
        return
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    with _program(["-m", "moto.server", "-p", str(port)], f"{address}/moto-api/", folder / "moto.log", KEYS):
        import boto3

        made = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": "us-east-1"}
        boto3.client("s3", endpoint_url=address, **made).create_bucket(Bucket=BUCKET)
        yield f"s3://{BUCKET}", {**KEYS, "MLFLOW_S3_ENDPOINT_URL": address}


@contextmanager
def _program(command: list[str], health: str, log: Path, environment: dict[str, str]) -> Iterator[None]:
    with log.open("ab") as file:
        process = subprocess.Popen(
            [sys.executable, *command],
            stdout=file,
            stderr=file,
            env={**os.environ, **QUIET, **environment},
            start_new_session=True,
        )
    try:
        _until(lambda: _answers(health), process, command[1])
        yield
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _until(holds: object, process: subprocess.Popen[bytes], name: str) -> None:
    assert callable(holds)
    end = time.monotonic() + PATIENCE_S
    while not holds():
        if process.poll() is not None or time.monotonic() > end:
            pytest.skip(f"{name} did not start on this machine")
        time.sleep(0.1)


def _succeeds(command: list[str | Path]) -> bool:
    return not subprocess.run(command, capture_output=True, check=False).returncode


def _accepts(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2):
            return True
    except OSError:
        return False


def forwarded(handler: Handler, asked: Asked, address: str) -> None:
    """Hand a request to a server, and its answer back."""
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=60)
    try:
        headers = {name: text for name, text in asked.headers.items() if name != "host"}
        connection.request(handler.command, asked.path, asked.body, headers)
        answer = connection.getresponse()
        body = answer.read()
        kept = {"content-type", "content-disposition"}
        passed = {name: text for name, text in answer.getheaders() if name.lower() in kept}
        handler.answer(body, answer.status, **passed)
    finally:
        connection.close()
