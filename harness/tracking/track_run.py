"""Logs a finished run to MLflow: one MLflow run per study, complete or marked as failed, and never twice.

MLflow gets the plan as parameters, 20 to 50 headline metrics in one batch, the tables and the report as artifacts,
the dataset with its SHA-256 and the Merkle root of its files, and the system as a LoggedModel, which collects
metrics from all datasets. It gets no media, and no names of subjects, samples or recordings: samples, predictions,
folds and plan are sent with pseudonyms (`harness.evidence.pseudonyms`); the list of files and the tables on media,
probes and timings are not sent.
"""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.attributes.grouping import Grouping
from harness.errors import HarnessError
from harness.evidence.names_in_plan import id_pieces, plan_by_pseudonyms
from harness.evidence.pseudonyms import load_pseudonym, pseudonymise, pseudonymise_folds
from harness.evidence.run_folder import RunFolder
from harness.files import canonical_hash, sha256_file, write_bytes, write_json
from harness.resources import Configured
from harness.tables.folds import folds_document, read_folds
from harness.tables.versions import read_table, write_table
from harness.tracking.mlflow_store import Store, open_store, public_uri
from harness.tracking.tracked_values import metrics, parameters, tags

if TYPE_CHECKING:
    from mlflow.entities import Dataset

AS_THEY_ARE = ("results.parquet", "results.csv", "curves.parquet", "report.html", "run.json")
"""The files that are sent unchanged: they contain no names of subjects and no paths of the machine."""

RUN_TAG = "harness.run_sha256"


@dataclass(frozen=True)
class TrackedRun:
    """The run in MLflow: its page on the server, or the database that ``mlflow ui`` can show."""

    run_id: str
    url: str


def track(out: Path, *, uri: str | None = None, experiment: str | None = None, timeout_s: int = 5) -> TrackedRun:
    """Log a finished run folder to MLflow, and record in ``out/tracking.json`` where it is.

    A run that is already there is recognised by the hash of its ``run.json``; an incomplete one is replaced.

    Args:
        out: the folder of a finished run.
        uri: ``sqlite:////absolute/path.db``, ``http://…`` or ``https://…``; None: ``mlflow.db`` in the data
            folder.
        experiment: the name of the MLflow experiment, created if necessary; None: that of ``configs/run.yaml``.
        timeout_s: how long to wait for a server's first answer. Two attempts are made.

    Raises:
        HarnessError: the folder is not that of a finished, unchanged run; the server does not answer or refuses;
            the database cannot be written.
    """
    folder = RunFolder(out)
    run = _finished(folder)
    plan = _public_plan(folder)
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
        _send_values(store, run_id, folder, plan, run)
        with tempfile.TemporaryDirectory() as public:
            _write_public(folder, plan, Path(public))
            store.client.log_artifacts(run_id, public)
    store.finish(run_id)
    return run_id


def _send_values(
    store: Store, run_id: str, folder: RunFolder, plan: Mapping[str, Any], run: Mapping[str, Any]
) -> None:
    from mlflow.entities import DatasetInput, InputTag, LoggedModelInput, Metric, Param

    media = run.get("media") or {}
    dataset = _dataset(plan["dataset"], media)
    context = [
        InputTag("mlflow.data.context", "evaluation"),
        InputTag("sha256", plan["dataset"]["samples_sha256"]),
        *(InputTag(f"media.{key}", str(value)) for key, value in media.items()),
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


def _dataset(facts: Mapping[str, Any], media: Mapping[str, Any]) -> Dataset:
    """The dataset, with a digest of samples and files. A digest has 36 characters; full hashes are in the tags."""
    from mlflow.entities import Dataset

    samples, root = facts["samples_sha256"], media.get("merkle_root")
    digest = canonical_hash({"samples_sha256": samples, "merkle_root": root}) if root else samples
    counts = {name: facts[name] for name in ("num_samples", "num_subjects") if name in facts}
    return Dataset(
        name=facts["name"],
        digest=digest[:36],
        source_type="samples_table",
        source=json.dumps({"name": facts["name"], "sha256": samples, **({"merkle_root": root} if root else {})}),
        profile=json.dumps(counts),
    )


def _model(plan: Mapping[str, Any]) -> tuple[str, dict[str, str]]:
    """The identity of a system, as a hash and as parameters: the model, its options, and face detection."""
    identity = {key: plan.get(key) for key in ("model", "face", "precision")}
    return canonical_hash(identity), parameters(identity)


def _public_plan(folder: RunFolder) -> dict[str, Any]:
    samples = id_pieces(folder / "samples.parquet")
    return plan_by_pseudonyms(folder.read_plan().plan, samples, load_pseudonym())


def _write_public(folder: RunFolder, plan: Mapping[str, Any], public: Path) -> None:
    samples, predictions = pseudonymise(
        read_table(folder / "samples.parquet", "samples").table,
        read_table(folder / "predictions.parquet", "predictions").table,
        _grouping(plan, folder),
    )
    write_table(samples, "samples", public / "pseudonymous" / "samples.parquet")
    write_table(predictions, "predictions", public / "pseudonymous" / "predictions.parquet")
    folds = pseudonymise_folds(read_folds(folder / "folds.json").folds)
    write_json(folds_document(folds), public / "pseudonymous" / "folds.json")
    if plan == folder.read_plan().plan:
        write_bytes((folder / "plan.yaml").read_bytes(), public / "plan.yaml")
    else:
        RunFolder(public).write_plan(dict(plan))
    for name in AS_THEY_ARE:
        if (folder / name).is_file():
            (public / name).write_bytes((folder / name).read_bytes())


def _grouping(plan: Mapping[str, Any], folder: RunFolder) -> Grouping:
    try:
        return Grouping.of(plan["attributes"])
    except (KeyError, TypeError, ValueError) as error:
        raise HarnessError(
            f"{folder / 'plan.yaml'}: the section attributes is malformed ({error!r:.200})."
        ) from None
