"""Logs a finished run to MLflow: one MLflow run per study, complete or not there, and never twice.

MLflow gets the choices of the plan as parameters, 20 to 50 headline metrics and those of groups in one batch, the
verdicts as tags, the tables and the report as artifacts, the dataset with its SHA-256 and the Merkle root of its
files, and the system as a LoggedModel, which collects metrics from all datasets. It gets no media, and no names of
subjects, samples or recordings: samples, predictions, folds and plan are sent with pseudonyms
(`harness.evidence.pseudonyms`); the list of files and the tables on media, probes and timings are not sent.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from harness.cards.stated_facts import stated_title
from harness.errors import HarnessError, ending, error_code, without_head
from harness.evidence.public_tables import (
    public_plan,
    validated_tables,
    write_public_plan,
    write_public_tables,
)
from harness.evidence.run_folder import RunFolder
from harness.files import canonical_hash, sha256_file, write_json
from harness.report.claims import measured_claims
from harness.resources import Configured
from harness.scoring.recorded_times import recorded_times
from harness.scoring.stored_plan import require_whole
from harness.tables.versions import read_table
from harness.tracking.delivery import (
    ARTIFACTS,
    Delivery,
    Sender,
    SentDataset,
    SentModel,
    deliver,
    public_uri,
    store_uri,
)
from harness.tracking.mlflow_names import model_name
from harness.tracking.run_description import mlflow_tags
from harness.tracking.tracked_groups import tracked_groups
from harness.tracking.tracked_values import metrics, parameters, tags
from harness.tracking.verified_copy import verified_copy
from harness.wording import printable

AS_THEY_ARE = ("results.parquet", "results.csv", "curves.parquet", "report.html", "run.json")
"""The files that are sent unchanged: they contain no names of subjects and no paths of the machine."""

RUN_TAG = "harness.run_sha256"
MAX_NAME = 500


@dataclass(frozen=True)
class TrackedRun:
    """The run in MLflow: its page on the server, or the database that ``mlflow ui`` can show."""

    run_id: str
    url: str


def track(
    out: Path,
    *,
    uri: str | None = None,
    experiment: str | None = None,
    timeout_s: float | None = None,
    sender: Sender | None = None,
) -> TrackedRun:
    """Log a finished run folder to MLflow, and record in ``out/tracking.json`` where it is.

    A run that is already there is recognised by the hash of its ``run.json``; an incomplete one is replaced. Only
    files are sent that ``run.json`` names and whose hash is the one that it names.

    Args:
        out: the folder of a finished run.
        uri: ``sqlite:////absolute/path.db``, ``http://…`` or ``https://…``; None: ``mlflow.db`` in the data
            folder.
        experiment: the name of the MLflow experiment, created if necessary; None: that of ``configs/run.yaml``.
        timeout_s: when the attempt is over, whatever the server does; None: as in ``configs/run.yaml``.
        sender: that may have been started already.

    Raises:
        HarnessError: the folder is not that of a finished, unchanged run; the server does not answer in time or
            refuses; the database cannot be written; there is no room for a copy of what is sent.
    """
    uri, experiment, timeout_s = configured(uri, experiment, timeout_s)
    with (
        _lacks_as_reasons(out),
        Sender() if sender is None else nullcontext(sender) as sender,
        tempfile.TemporaryDirectory(prefix="harness-track-") as private,
    ):
        sender.start(uri)
        received, sent = Path(private) / "run", Path(private) / "sent"
        received.mkdir()
        try:
            folder = verified_copy(RunFolder(out), received)
            require_whole(folder.read_plan().plan, out / "plan.yaml")
            samples, predictions = validated_tables(folder)
            plan = public_plan(folder)
            _write_public(folder, plan, samples, predictions, sent / ARTIFACTS)
            delivery = run_delivery(folder, plan, uri, experiment)
        except HarnessError as error:  # what was found in the copy is so in the run's folder
            raise HarnessError(str(error).replace(str(received), str(out))) from None
        tracked = TrackedRun(**deliver(sender, delivery, sent, timeout_s))
    note = {"uri": public_uri(uri), "experiment": experiment, **asdict(tracked)}
    write_json(note, out / "tracking.json")
    return tracked


@contextmanager
def _lacks_as_reasons(out: Path) -> Iterator[None]:
    """Tell what this machine lacks for sending, such as space, as a reason why a whole run is not sent."""
    try:
        yield
    except (OSError, MemoryError) as error:
        code = error_code(error)
        if code is None:
            raise
        reason = HarnessError(f"{out}: not sent to MLflow. {without_head(ending(error)[1])}")
        reason.code = code
        raise reason from None


def configured(uri: str | None, experiment: str | None, timeout_s: float | None) -> tuple[str, str, float]:
    """Where a run is sent, and for how long that is tried: what is None is taken from ``configs/run.yaml``.

    Raises:
        HarnessError: the URI is neither that of a database of SQLite nor of a server.
    """
    return (
        store_uri(uri),
        experiment or str(Configured("tracking.experiment")()),
        float(Configured("tracking.timeout_s")()) if timeout_s is None else timeout_s,
    )


def run_key(folder: RunFolder) -> tuple[str, str]:
    """The tag and its value by which a finished run is recognised in MLflow."""
    return RUN_TAG, sha256_file(folder / "run.json")


def _name(plan: Mapping[str, Any], run: Mapping[str, Any]) -> str:
    """The start of the plan's hash, as in the name of a default folder; system and dataset.

    MLflow's table and the legends of its charts show the first twenty characters, which are to tell runs apart.
    """
    titled = printable(f"{plan['model']['name']} on {stated_title(plan['dataset'])}")[:MAX_NAME]
    stated = run.get("plan_sha256")
    return f"{printable(stated)[:8]} {titled}" if isinstance(stated, str) else titled


def run_delivery(
    folder: RunFolder, plan: Mapping[str, Any], uri: str, experiment: str, report: str = "report.html"
) -> Delivery:
    """A finished run as MLflow gets it.

    Args:
        folder: of the run, verified.
        plan: as it is sent, without names.
        uri: of the store.
        experiment: its name.
        report: where the report is among the artifacts.

    Raises:
        HarnessError: a file is missing or malformed.
    """
    run = folder.read_run() or {}
    results = read_table(folder / "results.parquet", "results").table
    claims = measured_claims(plan, results)
    system = plan["model"]["name"]
    of_groups = tracked_groups(results, system, _min_subjects(plan, folder))
    of_run = metrics(results, system, claims=claims, times=recorded_times(run))
    return Delivery(
        uri=uri,
        experiment=experiment,
        key=run_key(folder),
        name=_name(plan, run),
        tags={**of_groups.tags, **tags(plan, run), **mlflow_tags(plan, run, results, claims, report)},
        started_ms=_milliseconds(run.get("started")),
        finished_ms=_milliseconds(run.get("finished")),
        metrics={**of_groups.metrics, **of_run},
        parameters=parameters(plan),
        dataset=_dataset(plan["dataset"], run.get("media") or {}),
        model=_model(plan),
    )


def _min_subjects(plan: Mapping[str, Any], folder: RunFolder) -> int:
    stated = plan["measure"].get("min_subjects") if isinstance(plan["measure"], Mapping) else None
    if not isinstance(stated, int) or stated < 1:
        raise HarnessError(f"{folder / 'plan.yaml'}: measure.min_subjects is not a number of people.")
    return stated


def _milliseconds(time: object) -> int:
    """Of a time in the record of a run; if it states none that can be read, the present."""
    try:
        return int(datetime.fromisoformat(str(time)).timestamp() * 1000)
    except (ValueError, OverflowError, OSError):
        return int(datetime.now().timestamp() * 1000)


def _dataset(facts: Mapping[str, Any], media: Mapping[str, Any]) -> SentDataset:
    """The dataset, with a digest of samples and files."""
    samples, root = facts["samples_sha256"], media.get("merkle_root")
    digest = canonical_hash({"samples_sha256": samples, "merkle_root": root}) if root else samples
    counts = {name: facts[name] for name in ("num_samples", "num_subjects") if name in facts}
    return SentDataset(
        name=facts["name"][:MAX_NAME],
        digest=digest[:36],
        source=json.dumps({"name": facts["name"], "sha256": samples, **({"merkle_root": root} if root else {})}),
        profile=json.dumps(counts),
        tags={
            "mlflow.data.context": "evaluation",
            "sha256": samples,
            **{f"media.{name}": str(value) for name, value in media.items()},
        },
    )


def _model(plan: Mapping[str, Any]) -> SentModel:
    """The identity of a system: the model, its options, and face detection."""
    identity = {name: plan.get(name) for name in ("model", "face", "precision")}
    return SentModel(model_name(plan["model"]["name"]), canonical_hash(identity), parameters(identity))


def _write_public(
    folder: RunFolder, plan: Mapping[str, Any], samples: pa.Table, predictions: pa.Table, public: Path
) -> None:
    write_public_tables(folder, plan, samples, predictions, public / "pseudonymous")
    write_public_plan(folder, plan, public)
    for name in AS_THEY_ARE:
        if (folder / name).is_file():
            (public / name).write_bytes((folder / name).read_bytes())
