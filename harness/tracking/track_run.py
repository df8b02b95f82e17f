"""A finished run into MLflow: one MLflow run per study, whole or marked as failed, and never twice.

MLflow gets the plan as parameters, 20 to 50 headline metrics in one batch, the tables and the report as artifacts,
the dataset under its full SHA-256 and the system as a LoggedModel, to which metrics from all datasets gather. It
gets no media, and no name of a subject (`harness.evidence.pseudonyms`).
"""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.errors import HarnessError
from harness.evidence.pseudonyms import pseudonymise
from harness.evidence.run_folder import RunFolder
from harness.files import canonical_hash, sha256_file, write_json
from harness.resources import Configured
from harness.tables.versions import read_table, write_table
from harness.tracking.mlflow_store import Store, open_store, public_uri
from harness.tracking.tracked_values import metrics, parameters, tags

if TYPE_CHECKING:
    from mlflow.entities import Dataset

AS_THEY_ARE = ("results.parquet", "results.csv", "curves.parquet", "report.html", "plan.yaml", "run.json")
"""The files that are sent unchanged: they hold no name of a subject and no path of the machine."""

RUN_TAG = "harness.run_sha256"


@dataclass(frozen=True)
class TrackedRun:
    """Where MLflow keeps the run: a page of the server, or the database that ``mlflow ui`` can show."""

    run_id: str
    url: str


def track(out: Path, *, uri: str | None = None, experiment: str | None = None, timeout_s: int = 5) -> TrackedRun:
    """Send a finished run folder to MLflow, and note in ``out/tracking.json`` where it went.

    A run that is already there is found again by the hash of its ``run.json``; one that was sent half is replaced.

    Args:
        out: the folder of a finished run.
        uri: ``sqlite:////absolute/path.db``, ``http://…`` or ``https://…``; None: ``mlflow.db`` in the data
            folder.
        experiment: the name of MLflow's experiment, made where it is absent; None: that of ``configs/run.yaml``.
        timeout_s: how long to wait for a server's first answer. Two attempts are made.

    Raises:
        HarnessError: the folder is not that of a finished, unchanged run; the server does not answer or refuses;
            the database cannot be written.
    """
    folder = RunFolder(out)
    run = _finished(folder)
    plan = folder.read_plan().plan
    experiment = experiment or str(Configured("tracking.experiment")())
    with open_store(uri, experiment, timeout_s) as store:
        key = sha256_file(folder / "run.json")
        run_id = store.finished_run(RUN_TAG, key) or _send(store, folder, plan, run, key)
        tracked = TrackedRun(run_id, store.url(run_id))
    note = {"uri": public_uri(store.uri), "experiment": experiment, **asdict(tracked)}
    write_json(note, folder / "tracking.json")
    return tracked


def _finished(folder: RunFolder) -> dict[str, Any]:
    run = folder.read_run()
    if run is None:
        raise HarnessError(f"{folder.path}: there is no run.json, so the run is not finished. Finish it first.")
    if changed := folder.changed_files():
        raise HarnessError(f"{folder.path}: changed after the run was finished: {', '.join(changed)}. Not sent.")
    return run


def _send(store: Store, folder: RunFolder, plan: Mapping[str, Any], run: Mapping[str, Any], key: str) -> str:
    name = f"{plan['model']['name']} on {plan['dataset']['name']}"
    run_id = store.new_run(name, {**tags(plan, run), RUN_TAG: key})
    with store.failing(run_id):
        _send_values(store, run_id, folder, plan)
        with tempfile.TemporaryDirectory() as public:
            _write_public(folder, Path(public))
            store.client.log_artifacts(run_id, public)
    store.finish(run_id)
    return run_id


def _send_values(store: Store, run_id: str, folder: RunFolder, plan: Mapping[str, Any]) -> None:
    from mlflow.entities import DatasetInput, InputTag, LoggedModelInput, Metric, Param

    dataset = _dataset(plan["dataset"])
    context = [
        InputTag("mlflow.data.context", "evaluation"),
        InputTag("sha256", plan["dataset"]["samples_sha256"]),
    ]
    model_id = store.model(plan["model"]["name"], *_model(plan))
    store.client.log_inputs(run_id, [DatasetInput(dataset, context)], [LoggedModelInput(model_id)])
    values = metrics(read_table(folder / "results.parquet", "results").table, plan["model"]["name"])
    now = time.time_ns() // 1_000_000
    store.client.log_batch(
        run_id,
        metrics=[
            Metric(key, value, now, 0, model_id, dataset.name, dataset.digest, run_id)
            for key, value in values.items()
        ],
        params=[Param(key, value) for key, value in parameters(plan).items()],
    )


def _dataset(facts: Mapping[str, Any]) -> Dataset:
    """MLflow's digest has room for 36 characters; the full SHA-256 stands in the input's tags."""
    from mlflow.entities import Dataset

    counts = {name: facts[name] for name in ("num_samples", "num_subjects") if name in facts}
    return Dataset(
        name=facts["name"],
        digest=facts["samples_sha256"][:36],
        source_type="samples_table",
        source=json.dumps({"name": facts["name"], "sha256": facts["samples_sha256"]}),
        profile=json.dumps(counts),
    )


def _model(plan: Mapping[str, Any]) -> tuple[str, dict[str, str]]:
    """What tells one system from another (as a hash, and to read): the model, its options, how faces are found."""
    identity = {key: plan.get(key) for key in ("model", "face", "precision")}
    return canonical_hash(identity), parameters(identity)


def _write_public(folder: RunFolder, public: Path) -> None:
    samples, predictions = pseudonymise(
        read_table(folder / "samples.parquet", "samples").table,
        read_table(folder / "predictions.parquet", "predictions").table,
    )
    write_table(samples, "samples", public / "pseudonymous" / "samples.parquet")
    write_table(predictions, "predictions", public / "pseudonymous" / "predictions.parquet")
    for name in AS_THEY_ARE:
        if (folder / name).is_file():
            (public / name).write_bytes((folder / name).read_bytes())
