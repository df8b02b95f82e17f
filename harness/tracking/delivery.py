"""What a run sends to MLflow, and its delivery by a process of its own that ends in time.

MLflow's client retries for as long as a server asks it to, and a thread cannot be stopped. A process can: whatever
the server does, the delivery ends by its deadline. MLflow's client also takes a second or two to import, which the
process does while a run is measured.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from harness.errors import HarnessError, has_working_folder
from harness.files import write_json
from harness.resources import data_dir

SQLITE = "sqlite:///"
CLIENT = "mlflow.tracking"
CLIENT_OF_DATABASE = "mlflow.store.tracking.sqlalchemy_store"
REQUEST = "delivery.json"
ANSWER = "delivered.json"
ARTIFACTS = "artifacts"
TAKING_BACK_S = 2.0
"""For taking back what was sent of a run whose command is stopped."""

QUIET_ENVIRONMENT = {
    "DO_NOT_TRACK": "true",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
    "GIT_PYTHON_REFRESH": "quiet",
}


class NotDeliveredError(HarnessError):
    """MLflow did not take a run; it would not take another one now."""


@dataclass(frozen=True)
class SentDataset:
    """The dataset of a run, as MLflow lists it: the digest has 36 characters, full hashes are among the tags."""

    name: str
    digest: str
    source: str
    profile: str
    tags: Mapping[str, str]


@dataclass(frozen=True)
class SentModel:
    """The system of a run: its name, the hash of what it is, its parameters, and tags that it gets besides."""

    name: str
    identity: str
    parameters: Mapping[str, str]
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Delivery:
    """A run as MLflow gets it; its artifacts are the files of a folder.

    Attributes:
        uri: of the store.
        experiment: its name.
        key: what identifies the run in the experiment, as a pair of tag and value: it is there at most once.
        name: of the run.
        tags: of the run, without the key.
        started_ms: when the run was started.
        finished_ms: when it was finished.
        metrics: at most 1,000.
        parameters: at most 100.
        dataset: of the run; None for a sweep.
        model: the system under test; None for a sweep.
        children: the keys of runs that are in the experiment, of which this one becomes the parent.
        is_renewed: a run of this key that is there already is brought up to date; otherwise it stays as it is.
    """

    uri: str
    experiment: str
    key: tuple[str, str]
    name: str
    tags: Mapping[str, str]
    started_ms: int
    finished_ms: int
    metrics: Mapping[str, float]
    parameters: Mapping[str, str]
    dataset: SentDataset | None = None
    model: SentModel | None = None
    children: Sequence[tuple[str, str]] = ()
    is_renewed: bool = False

    @classmethod
    def read(cls, folder: Path) -> Delivery:
        """What `deliver` has written for its process."""
        document: dict[str, Any] = json.loads((folder / REQUEST).read_text(encoding="utf-8"))
        for name, kind in (("dataset", SentDataset), ("model", SentModel)):
            document[name] = document[name] and kind(**document[name])
        document |= {"key": tuple(document["key"]), "children": [tuple(key) for key in document["children"]]}
        return cls(**document)


class Sender:
    """The process that sends one run; it ends with the ``with`` block."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, uri: str | None) -> None:
        """Have it import what it needs for this store before there is something to send."""
        with suppress(OSError):  # `send` tries again
            self._started(uri)

    def send(self, delivery: Delivery, folder: Path, timeout_s: float) -> int:
        """Have it send a run, and wait until it has ended.

        Args:
            delivery: what is sent.
            folder: where it finds that, and puts its answer.
            timeout_s: after so many seconds the attempt is over.

        Returns:
            Its exit code, which is that of a process that SIGALRM ended if it was not done in time.

        Raises:
            NotDeliveredError: it cannot be started.
        """
        write_json(asdict(delivery), folder / REQUEST)
        try:
            process = self._started(delivery.uri)
        except OSError as error:
            raise NotDeliveredError(
                f"The process that sends a run to MLflow cannot be started ({error.strerror}). Other programs may "
                "have to end first, or the limits of processes and open files be raised (ulimit -u, ulimit -n)."
            ) from None
        asked = f"{timeout_s} {time.clock_gettime(time.CLOCK_MONOTONIC) + timeout_s} ".encode()
        try:
            process.communicate(asked + os.fsencode(folder), timeout=timeout_s + 1)
        except subprocess.TimeoutExpired:
            self._end()
            return -signal.SIGALRM
        except BaseException:
            self._end(TAKING_BACK_S)  # before its folder is removed, else a part could pass for the whole
            raise
        return process.returncode

    def _started(self, uri: str | None) -> subprocess.Popen[bytes]:
        """The process: a new one if there is none, or if it has ended since."""
        if self._process is not None and self._process.poll() is not None:
            self._end()
        if self._process is None:
            of_database = uri is None or uri.startswith(SQLITE)
            # -P: nothing is imported from the working folder, which may be one that was received.
            command = [sys.executable, "-P", "-m", "harness.tracking.sender", CLIENT]
            self._process = subprocess.Popen(  # noqa: S603 (fixed arguments, no shell)
                [*command, CLIENT_OF_DATABASE] if of_database else command,
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env={**os.environ, **QUIET_ENVIRONMENT},
                cwd=None if has_working_folder() else "/",  # MLflow's client asks for it
            )
        return self._process

    def _end(self, patience_s: float = 0.0) -> None:
        """End the process, which first has so many seconds to take back what it has sent."""
        process, self._process = self._process, None
        if process is None:
            return
        with process:  # closes its pipe and waits
            try:
                if patience_s:
                    process.terminate()
                    process.wait(patience_s)
            except subprocess.TimeoutExpired:
                pass
            finally:
                process.kill()

    def __enter__(self) -> Sender:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()


def deliver(sender: Sender, delivery: Delivery, folder: Path, timeout_s: float) -> dict[str, str]:
    """Send a run, and wait until it is there.

    Args:
        sender: that may have been started already; it sends one run.
        delivery: what is sent.
        folder: of this process's own; what is in its folder ``artifacts`` is sent as well.
        timeout_s: after so many seconds the attempt is over.

    Returns:
        The ``run_id`` and the ``url`` of the run.

    Raises:
        NotDeliveredError: MLflow did not take the run.
    """
    ended = sender.send(delivery, folder, timeout_s)
    where = f"MLflow at {public_uri(delivery.uri)}"
    if (folder / ANSWER).is_file():
        answer: dict[str, str] = json.loads((folder / ANSWER).read_text(encoding="utf-8"))
        if "error" in answer:
            raise NotDeliveredError(f"{where} did not accept the run: {answer['error']}")
        return answer
    if ended == -signal.SIGALRM:
        raise NotDeliveredError(f"{where} did not accept the run: {not_in_time(timeout_s)}")
    raise NotDeliveredError(
        f"{where} did not accept the run: its client ended without an answer (exit code {ended})."
    )


def not_in_time(timeout_s: float) -> str:
    """The message of an attempt that took too long."""
    return f"it was not done within {timeout_s:g} s (tracking.timeout_s, --timeout)."


def store_uri(uri: str | None) -> str:
    """The store of this URI; None: ``mlflow.db`` in the data folder.

    Raises:
        HarnessError: it is neither a database of SQLite nor a server.
    """
    uri = uri or f"{SQLITE}{data_dir().resolve() / 'mlflow.db'}"
    require_supported(uri)
    return uri


def public_uri(uri: str) -> str:
    """The URI without user name, password and query."""
    if uri.startswith(SQLITE):
        return uri
    parts = urlsplit(uri)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def require_supported(uri: str) -> None:
    """Check the form of a URI.

    Raises:
        HarnessError: it is neither a database of SQLite nor a server.
    """
    try:
        supported = bool(urlsplit(uri).hostname) if uri.startswith(("http://", "https://")) else _is_database(uri)
        shown = public_uri(uri)
    except ValueError:
        supported, shown = False, uri.rpartition("@")[2]
    if not supported:
        raise HarnessError(f"tracking.uri={shown}: give sqlite:////absolute/path.db, http://… or https://…")


def _is_database(uri: str) -> bool:
    return uri.startswith(SQLITE) and Path(uri.removeprefix(SQLITE)).is_absolute() and "?" not in uri
