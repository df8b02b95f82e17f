"""What MLflow's server does not settle itself between studies that log at the same moment."""

from __future__ import annotations

from typing import Any

import pytest

from harness.tracking.delivery import SentDataset, SentModel
from harness.tracking.mlflow_store import Store

UNIQUE = (
    'BAD_REQUEST: (psycopg.errors.UniqueViolation) duplicate key value violates unique constraint "dataset_pk" '
    "DETAIL: Key (experiment_id, name, digest)=(1, faces, 44b7) already exists."
)


class _Client:
    """A server that refuses the first inputs."""

    def __init__(self, said: str) -> None:
        self.said, self.num = said, 0

    def log_inputs(self, *_: Any) -> None:
        from mlflow.exceptions import MlflowException

        self.num += 1
        if self.num == 1:
            raise MlflowException(self.said)


def _log(client: _Client, monkeypatch: pytest.MonkeyPatch) -> object:
    monkeypatch.setattr(Store, "_model", lambda *_: "m-1")
    store = Store(client, "1", "http://127.0.0.1")  # type: ignore[arg-type]
    return store._inputs("run", SentDataset("faces", "44b7", "{}", "{}", {}), SentModel("cnn", "a" * 64, {}))


def test_a_dataset_that_another_study_makes_at_the_same_moment_is_there_the_second_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    client = _Client(UNIQUE)
    assert _log(client, monkeypatch) == ("m-1", "faces", "44b7")
    assert client.num == 2


def test_other_refusals_are_not_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    client = _Client("the database is gone")
    with pytest.raises(Exception, match="the database is gone"):
        _log(client, monkeypatch)
    assert client.num == 1
