"""Access to MLflow with few retries, and with one writer of a database at a time.

Only the process that `harness.tracking.delivery` starts uses it.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from harness.errors import HarnessError
from harness.tracking.delivery import SQLITE, Delivery, SentDataset, SentModel, public_uri
from harness.tracking.new_database import make_database

if TYPE_CHECKING:
    from mlflow.entities import Run
    from mlflow.tracking import MlflowClient

CLEANING_ANSWER_S = 5

ANSWER_S = 30
"""A server that many studies log to at once answers late; one that is not there refuses at once."""

RETRIES = 1
MODEL_TAG = "harness.identity_sha256"

SETTLED_S = 0.5
"""After so long a model that somebody else makes at the same time can be found."""


@dataclass(frozen=True)
class Store:
    """One experiment in an MLflow store."""

    client: MlflowClient
    experiment_id: str
    uri: str

    def finished_run(self, tag: str, value: str) -> str | None:
        """The finished run with this tag. Incomplete runs with this tag are deleted."""
        found = self._runs(tag, value)
        finished = [run.info.run_id for run in found if run.info.status == "FINISHED"]
        for run in found:
            if run.info.status != "FINISHED":
                self.client.delete_run(run.info.run_id)
        return str(finished[0]) if finished else None

    def _runs(self, tag: str, value: str) -> list[Run]:
        return list(self.client.search_runs([self.experiment_id], f"tags.`{tag}` = '{value}'"))

    def new_run(self, name: str, started_ms: int, tags: Mapping[str, str]) -> str:
        """Open a run. This is tried once: a server that made the run may still have failed to say so."""
        with _http_limits(ANSWER_S, retries=0):
            made = self.client.create_run(
                self.experiment_id, start_time=started_ms, tags=dict(tags), run_name=name
            )
        return str(made.info.run_id)

    def finish(self, run_id: str, finished_ms: int) -> None:
        """Mark the run as finished; this is sent last."""
        self.client.set_terminated(run_id, "FINISHED", end_time=finished_ms)

    def set_tags(self, run_id: str, tags: Mapping[str, str]) -> None:
        """Set tags of a run that is there already."""
        from mlflow.entities import RunTag

        self.client.log_batch(run_id, tags=[RunTag(name, value) for name, value in tags.items()])

    def adopt(self, parent_id: str, keys: Iterable[tuple[str, str]]) -> None:
        """Make the runs with these tags the children of a run; those that are not there are left out."""
        from mlflow.utils.mlflow_tags import MLFLOW_PARENT_RUN_ID

        for key in keys:
            for run in self._runs(*key):
                if run.data.tags.get(MLFLOW_PARENT_RUN_ID) != parent_id:
                    self.client.set_tag(run.info.run_id, MLFLOW_PARENT_RUN_ID, parent_id)

    @contextmanager
    def nothing_left_behind(self, tag: str, value: str) -> Iterator[None]:
        """Delete incomplete runs with this tag if the block fails."""
        try:
            yield
        except BaseException:
            with (
                suppress(Exception),
                _http_limits(CLEANING_ANSWER_S, retries=0),
            ):  # the first error is the one to report
                self.finished_run(tag, value)
            raise

    def metrics_of(self, run_id: str) -> dict[str, float]:
        """The metrics of a run that is there already."""
        return dict(self.client.get_run(run_id).data.metrics)

    def log_values(self, run_id: str, delivery: Delivery, known: Mapping[str, float]) -> None:
        """Send the dataset, the link to the model, parameters, and the metrics that are not known to be there."""
        from mlflow.entities import Metric, Param

        inputs = self._inputs(run_id, delivery.dataset, delivery.model)
        now = time.time_ns() // 1_000_000
        new = [item for item in delivery.metrics.items() if item not in known.items()]
        self.client.log_batch(
            run_id,
            metrics=[Metric(name, value, now, 0, *inputs, run_id) for name, value in new],
            params=[Param(name, value) for name, value in delivery.parameters.items()],
        )

    def _inputs(
        self, run_id: str, dataset: SentDataset | None, model: SentModel | None
    ) -> tuple[str | None, str | None, str | None]:
        """Send dataset and model; return the model's id, and the dataset's name and digest, to link metrics to."""
        from mlflow.entities import Dataset, DatasetInput, InputTag, LoggedModelInput
        from mlflow.exceptions import MlflowException

        if dataset is None or model is None:
            return None, None, None
        sent = Dataset(dataset.name, dataset.digest, "samples_table", dataset.source, profile=dataset.profile)
        tags = [InputTag(name, value) for name, value in dataset.tags.items()]
        model_id = self._model(model)
        inputs = [DatasetInput(sent, tags)], [LoggedModelInput(model_id)]
        try:
            self.client.log_inputs(run_id, *inputs)
        except MlflowException as error:
            if "unique" not in str(error).lower():
                raise
            self.client.log_inputs(run_id, *inputs)  # another study has made the dataset since it was looked for
        return model_id, dataset.name, dataset.digest

    def _model(self, model: SentModel) -> str:
        """The id of the LoggedModel of this identity, created if necessary. Its weights are not in MLflow."""
        from mlflow.utils.mlflow_tags import MLFLOW_MODEL_IS_EXTERNAL

        known = self._oldest_model(model.identity)
        if known is not None:
            return known
        made = self.client.create_logged_model(
            self.experiment_id,
            name=model.name,
            tags={MODEL_TAG: model.identity, MLFLOW_MODEL_IS_EXTERNAL: "true"},
            params=dict(model.parameters),
            model_type="emotion-recognition",
        )
        self.client.finalize_logged_model(made.model_id, "READY")
        if self.uri.startswith(SQLITE):  # which has one writer at a time
            return str(made.model_id)
        time.sleep(SETTLED_S)
        oldest = self._oldest_model(model.identity) or str(made.model_id)
        if oldest != made.model_id:
            self.client.delete_logged_model(made.model_id)
        return oldest

    def _oldest_model(self, identity: str) -> str | None:
        """The model of this identity that all runs use, also those that are logged at the same time."""
        found = self.client.search_logged_models([self.experiment_id], f"tags.`{MODEL_TAG}` = '{identity}'")
        ready = [(one.creation_timestamp, one.model_id) for one in found if one.status == "READY"]
        return str(min(ready)[1]) if ready else None

    def tag_model(self, model: SentModel) -> None:
        """Set the tags that the LoggedModel of a run gets besides, if there are any."""
        if model.tags:
            self.client.set_logged_model_tags(self._model(model), dict(model.tags))

    def url(self, run_id: str) -> str:
        """The page of the run in MLflow's interface; the database if there is no server."""
        if self.uri.startswith(SQLITE):
            return self.uri
        return f"{public_uri(self.uri).rstrip('/')}/#/experiments/{self.experiment_id}/runs/{run_id}"


@contextmanager
def open_store(uri: str, experiment: str) -> Iterator[Store]:
    """Open an MLflow experiment for logging one run.

    Raises:
        HarnessError: the database cannot be written, or the experiment is deleted.
        MlflowException: and any other exception of MLflow's client: the server does not answer as it should.
    """
    # Resolved: one database has one lock, by whatever links it is reached.
    database = Path(uri.removeprefix(SQLITE)).resolve() if uri.startswith(SQLITE) else None
    with _only_writer(database):
        from mlflow.tracking import MlflowClient

        with _http_limits(ANSWER_S, RETRIES):
            client = MlflowClient(uri)
            yield Store(client, _experiment(client, experiment, database), uri)


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
        raise HarnessError(f"the experiment {name!r} is deleted. Restore it, or name another one.")
    return str(found.experiment_id)


@contextmanager
def _only_writer(database: Path | None) -> Iterator[None]:
    """One process at a time, with a database that is there and can be written."""
    if database is None:
        yield
        return
    try:
        database.parent.mkdir(parents=True, exist_ok=True)
        lock = database.with_name(f"{database.name}.lock").open("w")
    except OSError as error:
        raise HarnessError(f"the database cannot be made here ({error.strerror}).") from None
    with lock:
        fcntl.flock(lock.fileno(), fcntl.LOCK_EX)
        make_database(database)
        _require_writable(database)
        yield


def _require_writable(database: Path) -> None:
    """Check with SQLite directly: MLflow would retry for many minutes."""
    try:
        with closing(sqlite3.connect(database, timeout=10)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            connection.rollback()
    except sqlite3.Error as error:
        raise HarnessError(f"the database cannot be written ({error}).") from None


@contextmanager
def _http_limits(timeout_s: int, retries: int) -> Iterator[None]:
    """MLflow reads these variables at every request; by default it tries for as long as a server asks."""
    before = dict(os.environ)
    os.environ.update(
        MLFLOW_HTTP_REQUEST_TIMEOUT=str(timeout_s),
        MLFLOW_HTTP_REQUEST_MAX_RETRIES=str(retries),
        MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR="1",
        MLFLOW_HTTP_RESPECT_RETRY_AFTER_HEADER="false",
    )
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
