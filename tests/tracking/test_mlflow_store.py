"""What MLflow's server does not settle itself between studies that log at the same moment."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from harness.tracking import mlflow_store
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


class _Models:
    """A store in which another study makes a model of the same identity at the same moment, and is the first."""

    def __init__(self) -> None:
        self.models: list[SimpleNamespace] = []

    def search_logged_models(self, *_: Any) -> list[SimpleNamespace]:
        return self.models

    def create_logged_model(self, *_: Any, **__: Any) -> SimpleNamespace:
        self.models += [
            SimpleNamespace(model_id=name, creation_timestamp=number, status="READY")
            for number, name in enumerate(("theirs", "own"))
        ]
        return self.models[-1]

    def finalize_logged_model(self, *_: Any) -> None:
        pass

    def delete_logged_model(self, model_id: str) -> None:
        self.models = [one for one in self.models if one.model_id != model_id]


@pytest.mark.parametrize(
    ("uri", "used", "waited_s"),
    [
        ("http://127.0.0.1", "theirs", [mlflow_store.SETTLED_S]),
        ("sqlite:////data/mlflow.db", "own", []),  # nobody else writes meanwhile
    ],
)
def test_a_model_that_another_study_makes_is_looked_for_where_there_may_be_one(
    uri: str, used: str, waited_s: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[float] = []
    monkeypatch.setattr(mlflow_store.time, "sleep", waited.append)
    client = _Models()
    store = Store(client, "1", uri)  # type: ignore[arg-type]
    assert store._model(SentModel("cnn", "a" * 64, {})) == used
    assert waited == waited_s
    assert ("own" in [one.model_id for one in client.models]) == (used == "own")
