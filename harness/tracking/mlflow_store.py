"""Access to MLflow without telemetry, log output or endless retries, with one writer at a time."""

from __future__ import annotations

import fcntl
import logging
import os
import sqlite3
import time
import warnings
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

from harness.errors import HarnessError
from harness.resources import data_dir

if TYPE_CHECKING:
    from mlflow.tracking import MlflowClient

SQLITE = "sqlite:///"
LOCK_TIMEOUT_S = 60.0
TRANSFER_TIMEOUT_S = 60
MODEL_TAG = "harness.identity_sha256"

QUIET_ENVIRONMENT = {
    "DO_NOT_TRACK": "true",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
    "GIT_PYTHON_REFRESH": "quiet",
}


@dataclass(frozen=True)
class Store:
    """One experiment in an MLflow store."""

    client: MlflowClient
    experiment_id: str
    uri: str

    def finished_run(self, tag: str, value: str) -> str | None:
        """The finished run with this tag. Incomplete runs with this tag are deleted."""
        found = self.client.search_runs([self.experiment_id], f"tags.`{tag}` = '{value}'")
        finished = [run.info.run_id for run in found if run.info.status == "FINISHED"]
        for run in found:
            if run.info.status != "FINISHED":
                self.client.delete_run(run.info.run_id)
        return finished[0] if finished else None

    def new_run(self, name: str, tags: Mapping[str, str]) -> str:
        """Open a run."""
        run_id: str = self.client.create_run(self.experiment_id, tags=dict(tags), run_name=name).info.run_id
        return run_id

    def finish(self, run_id: str) -> None:
        """Mark the run as finished; this is sent last."""
        self.client.set_terminated(run_id, "FINISHED")

    @contextmanager
    def failing(self, run_id: str) -> Iterator[None]:
        """Mark the run as failed if the block fails."""
        try:
            yield
        except BaseException:
            with suppress(Exception):  # the first error is the one to report
                self.client.set_terminated(run_id, "FAILED")
            raise

    def model(self, name: str, identity: str, params: Mapping[str, str]) -> str:
        """The id of the LoggedModel of this identity, created if necessary. Its weights are not in MLflow."""
        from mlflow.utils.mlflow_tags import MLFLOW_MODEL_IS_EXTERNAL

        found = self.client.search_logged_models([self.experiment_id], f"tags.`{MODEL_TAG}` = '{identity}'")
        ready = [model.model_id for model in found if model.status == "READY"]
        if ready:
            return str(ready[0])
        model = self.client.create_logged_model(
            self.experiment_id,
            name=name,
            tags={MODEL_TAG: identity, MLFLOW_MODEL_IS_EXTERNAL: "true"},
            params=dict(params),
            model_type="emotion-recognition",
        )
        return str(self.client.finalize_logged_model(model.model_id, "READY").model_id)

    def url(self, run_id: str) -> str:
        """The page of the run in MLflow's interface; the database if there is no server."""
        if self.uri.startswith(SQLITE):
            return self.uri
        return f"{public_uri(self.uri).rstrip('/')}/#/experiments/{self.experiment_id}/runs/{run_id}"


@contextmanager
def open_store(uri: str | None, experiment: str, timeout_s: int) -> Iterator[Store]:
    """Open an MLflow experiment for logging one run.

    Raises:
        HarnessError: the URI is not supported, the server does not answer, the database cannot be written, or
            MLflow fails while the store is open.
    """
    uri = uri or f"{SQLITE}{data_dir().resolve() / 'mlflow.db'}"
    os.environ.update(QUIET_ENVIRONMENT)
    database = _database(uri)
    with _silence(), _only_writer(database), _as_harness_error(uri):
        from mlflow.tracking import MlflowClient

        with _http_limits(timeout_s, retries=1):
            client = MlflowClient(uri)
            found = _experiment(client, experiment, database)
        with _http_limits(TRANSFER_TIMEOUT_S, retries=2):
            yield Store(client, found, uri)


def public_uri(uri: str) -> str:
    """The URI without user name, password and query."""
    if uri.startswith(SQLITE):
        return uri
    parts = urlsplit(uri)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def _experiment(client: MlflowClient, name: str, database: Path | None) -> str:
    from mlflow.exceptions import MlflowException

    found = client.get_experiment_by_name(name)
    if found is None:
        location = (database.parent / "mlflow-artifacts").as_uri() if database else None
        try:
            return str(client.create_experiment(name, artifact_location=location))
        except MlflowException:
            found = client.get_experiment_by_name(name)  # another process may have created it
            if found is None:
                raise
    if found.lifecycle_stage != "active":
        raise HarnessError(f"MLflow's experiment {name!r} is deleted. Restore it, or name another one.")
    return str(found.experiment_id)


def _database(uri: str) -> Path | None:
    if uri.startswith(("http://", "https://")) and urlsplit(uri).netloc:
        return None
    path = Path(uri.removeprefix(SQLITE))
    if not uri.startswith(SQLITE) or not path.is_absolute() or "?" in uri:
        raise HarnessError(
            f"tracking.uri={public_uri(uri)}: give sqlite:////absolute/path.db, http://… or https://…"
        )
    return path


@contextmanager
def _only_writer(database: Path | None) -> Iterator[None]:
    """One process at a time: concurrent migrations of a new MLflow database are not safe."""
    if database is None:
        yield
        return
    try:
        database.parent.mkdir(parents=True, exist_ok=True)
        lock = database.with_name(f"{database.name}.lock").open("w")
    except OSError as error:
        raise HarnessError(f"{database}: MLflow's database cannot be made here ({error.strerror}).") from None
    with lock:
        _wait_for(lock.fileno(), database)
        _require_writable(database)
        yield


def _wait_for(lock: int, database: Path) -> None:
    deadline = time.monotonic() + LOCK_TIMEOUT_S
    while True:
        try:
            return fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise HarnessError(f"{database}: another process writes for over {LOCK_TIMEOUT_S:g} s.") from None
            time.sleep(0.05)


def _require_writable(database: Path) -> None:
    """Check with SQLite directly: MLflow would retry for many minutes."""
    try:
        with closing(sqlite3.connect(database, timeout=10)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            connection.rollback()
    except sqlite3.Error as error:
        raise HarnessError(f"{database}: MLflow's database cannot be written ({error}).") from None


@contextmanager
def _http_limits(timeout_s: int, retries: int) -> Iterator[None]:
    """MLflow reads these variables at every request; its defaults are 120 s and 7 retries."""
    limits = {
        "MLFLOW_HTTP_REQUEST_TIMEOUT": str(timeout_s),
        "MLFLOW_HTTP_REQUEST_MAX_RETRIES": str(retries),
        "MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR": "1",
    }
    before = {name: os.environ.get(name) for name in limits}
    os.environ.update(limits)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


@contextmanager
def _silence() -> Iterator[None]:
    """Suppress log output on migrations of a new database and on retries.

    All logging is disabled, because importing MLflow and its migrations reset the levels of its loggers.
    Deprecation warnings of SQLAlchemy concern MLflow's own code.
    """
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            yield
    finally:
        logging.disable(before)


@contextmanager
def _as_harness_error(uri: str) -> Iterator[None]:
    from mlflow.exceptions import MlflowException
    from requests import RequestException
    from sqlalchemy.exc import SQLAlchemyError

    try:
        yield
    except (MlflowException, RequestException, SQLAlchemyError, OSError) as error:
        detail = " ".join(str(error).split()).partition(" [SQL:")[0].replace(uri, public_uri(uri))[:300]
        if "Max retries exceeded" in detail or "timed out" in detail:
            detail = "the server does not answer."
        raise HarnessError(f"MLflow at {public_uri(uri)} did not accept the run: {detail}") from None
