"""What MLflow takes seconds to import and to make is imported and made once in a session of tests."""

from __future__ import annotations

import os
import shutil
import subprocess
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from forked_python import TIMEOUT_S, python

from harness.tracking import delivery
from harness.tracking.delivery import SQLITE
from harness.tracking.new_database import make_database

IMPORTED = (
    "harness.tracking.sender",
    "mlflow.tracking",
    "mlflow.store.artifact.mlflow_artifacts_repo",
    "mlflow.store.tracking.sqlalchemy_store",
)


class _Forked:
    """What `subprocess.Popen` is to whoever starts what sends a run."""

    returncode: int

    def __init__(self, command: Sequence[str], *, env: Mapping[str, str], **_: Any) -> None:
        self._command, self._env = command, env

    def communicate(self, given: bytes, timeout: float) -> None:
        assert timeout < TIMEOUT_S, "it is ended in time by itself alone"
        ended = python(*self._command[1:], env=self._env, imported=IMPORTED, given=os.fsdecode(given))
        self.returncode = ended.returncode

    def poll(self) -> None:
        """As long as it was given nothing it has not ended."""

    def kill(self) -> None:
        """It is not running except while `communicate` waits for it."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, *_: object) -> None:
        pass


@pytest.fixture
def forked_sender(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fork what sends a run: it is a process of its own, which ends by itself in time, as in use."""
    monkeypatch.setattr(delivery, "subprocess", SimpleNamespace(**{**vars(subprocess), "Popen": _Forked}))


@pytest.fixture(scope="module")
def database(empty_database: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The URI of one database for all tests of a module that name experiments of their own."""
    return f"{SQLITE}{shutil.copy(empty_database, tmp_path_factory.mktemp('mlflow') / 'mlflow.db')}"


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _made(tmp_path_factory.mktemp("mlflow") / "empty.db")


@pytest.fixture
def store(empty_database: Path, tmp_path: Path) -> str:
    """The URI of a database in the folder of the test, in which nothing is yet."""
    return f"{SQLITE}{shutil.copy(empty_database, tmp_path / 'mlflow.db')}"


def _made(path: Path) -> Path:
    """A new database, whichever test is the first to need it: MLflow uses what SQLAlchemy deprecates."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        make_database(path)
    return path
