"""The whole flow of one run on one page: dataset → samples → predictions → results → report → MLflow.

Only this module knows all stages. Side by side, stages share nothing but the tables.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa

from harness.datasets.reader import Reader, ReaderOptions
from harness.errors import HarnessError
from harness.evidence import provenance
from harness.evidence.run_folder import RunFolder
from harness.files import canonical_hash, sha256_bytes, write_bytes, write_json
from harness.inference.device import resolve_device
from harness.inference.engine import collect
from harness.inference.inference_settings import InferenceSettings
from harness.inference.lock import locked
from harness.models.model import Conclusion, MediaModel, Model, ModelOptions, RunSettings, TableModel
from harness.probing.collector import Collector
from harness.probing.media_facts import media_table
from harness.probing.probe import Answered, ProbeSettings, probes_table
from harness.scoring.score_run import score
from harness.study.assembly import open_model, open_reader
from harness.study.build_plan import build_plan
from harness.study.config import StudyConfig, TrackingChoices
from harness.study.sample_list import list_people
from harness.tables.predictions import concat_predictions, validate_predictions
from harness.tables.schemas import RATERS, TIMINGS
from harness.tables.versions import read_table, table_bytes, write_table
from harness.tracking import track_run as tracking

CHANCE = ("majority", "stratified_random")


class Observer(Protocol):
    """Who watches a study: the terminal, or nobody."""

    def stage(self, text: str) -> None:
        """A stage begins."""

    def progress(self, done: int, total: int) -> None:
        """Samples are done, of so many in all."""

    def warn(self, text: str) -> None:
        """Something went wrong that does not stop the study."""


@dataclass(frozen=True)
class Study:
    """A finished study: its folder, its results, and whether it had been finished before."""

    folder: RunFolder
    plan: dict[str, Any]
    results: pa.Table
    was_finished: bool = False


def run(config: StudyConfig, observer: Observer) -> Study:
    """Measure one system on one dataset. An interrupted run is continued, a finished one is not repeated.

    Raises:
        HarnessError: the config, the dataset or the model is unusable; the message says what to do.
    """
    started = datetime.now(UTC)
    observer.stage("listing samples")
    reader = open_reader(config.dataset.name, config.dataset.root, config.dataset.options)
    settings = RunSettings(config.seed, resolve_device(config.device), config.precision, config.face)
    system = open_model(config.model.name, config.model.options, settings)
    people = list_people(config, reader, system.card.labels)
    for text in people.warnings():
        observer.warn(text)
    samples = people.samples
    samples_file = table_bytes(samples, "samples")
    baselines = [open_model(name, {}, settings) for name in _baselines(config, samples)]
    _require_modality(reader, system, samples)
    plan = build_plan(
        config,
        reader=reader,
        people=people,
        samples_sha256=sha256_bytes(samples_file),
        system=system,
        baselines=baselines,
    )
    folder = RunFolder(config.out or _default_folder(plan))
    folder.require_own()
    with locked(folder.path):
        folder.tidy()
        folder.write_plan(plan)
        was_finished = folder.read_run() is not None and not folder.changed_files()
        if not was_finished:
            write_bytes(samples_file, folder / "samples.parquet")
            clock = _Clock()
            answered = _predict(config, plan, folder, reader, samples, system, baselines, observer)
            clock.lap("predict")
            _probe(config, plan, folder, answered, observer)
            clock.lap("probe")
            observer.stage("measuring")
            score(folder)
            clock.lap("measure")
            folder.write_run(_record(plan, started, clock, config))
        shutil.rmtree(folder.journal, ignore_errors=True)
    if config.tracking.enabled and not (was_finished and (folder / "tracking.json").is_file()):
        _track(folder, config.tracking, observer)
    return Study(folder, plan, read_table(folder / "results.parquet", "results").table, was_finished)


def _baselines(config: StudyConfig, samples: pa.Table) -> list[str]:
    if config.baselines != "auto":
        return [name for name in dict.fromkeys(config.baselines) if name != config.model.name]
    labelled = samples["label"].null_count < samples.num_rows
    # Where observers' votes made the label, the raters would be compared with themselves.
    sources = samples["label_source"].unique().to_pylist()
    judged = samples["votes"].null_count < samples.num_rows and "observer" not in sources
    names = [*(CHANCE if labelled else ()), *([RATERS] if labelled and judged else [])]
    return [name for name in names if name != config.model.name]


def _require_modality(reader: Reader[ReaderOptions], system: Model[ModelOptions], samples: pa.Table) -> None:
    reads = system.card.modalities
    found = set(samples["modality"].unique().to_pylist())
    if reads and not found <= set(reads):
        raise HarnessError(
            f"model {system.card.name} reads {' or '.join(reads)}, but dataset {reader.card.name} holds "
            f"{' and '.join(sorted(found - set(reads)))} samples. See `harness list models`."
        )


def _default_folder(plan: dict[str, Any]) -> Path:
    return Path("outputs") / f"{plan['dataset']['name']}-{plan['model']['name']}-{canonical_hash(plan)[:8]}"


def _predict(
    config: StudyConfig,
    plan: dict[str, Any],
    folder: RunFolder,
    reader: Reader[ReaderOptions],
    samples: pa.Table,
    system: Model[ModelOptions],
    baselines: Sequence[Model[ModelOptions]],
    observer: Observer,
) -> Answered | None:
    """Write the predictions of the system and its baselines, the folds and the timings.

    Returns:
        What the system answered, if it reads media: it can be asked again.
    """
    answered: Answered | None = None
    conclusions: list[Conclusion] = []
    timings: list[pa.Table] = [TIMINGS.empty_table()]
    for model in (system, *baselines):
        observer.stage(f"predicting: {model.card.title}")
        if isinstance(model, TableModel):
            conclusions.append(model.predict(samples))
            continue
        assert isinstance(model, MediaModel)
        collected = collect(
            samples,
            reader.load,
            model,
            journal=folder.journal / model.name,
            plan_hash=canonical_hash(plan),
            settings=InferenceSettings(config.batch_size, config.workers, config.timeout_s),
            progress=observer.progress,
        )
        timings.append(collected.timings)
        conclusions.append(model.conclude(samples, collected.vectors))
        if model is system:
            answered = Answered(model, reader, samples, collected.vectors)
    predictions = concat_predictions([conclusion.predictions for conclusion in conclusions])
    write_table(validate_predictions(predictions, samples), "predictions", folder / "predictions.parquet")
    write_table(pa.concat_tables(timings), "timings", folder / "timings.parquet")
    folds = {
        m.name: [asdict(fold) for fold in c.folds] for m, c in zip((system, *baselines), conclusions, strict=True)
    }
    write_json(folds, folder / "folds.json")
    return answered


def _probe(
    config: StudyConfig, plan: dict[str, Any], folder: RunFolder, answered: Answered | None, observer: Observer
) -> None:
    """Write what checks on the test itself need of media and model: see `harness.probing`."""
    if answered is None or not config.checks.enabled:
        return
    collector = Collector(
        folder.journal / "probing",
        canonical_hash(plan),
        InferenceSettings(config.batch_size, config.workers, config.timeout_s),
        observer.progress,
    )
    if config.checks.media:
        observer.stage("describing the media")
        media = media_table(answered.samples, answered.reader, collector)
        write_table(media, "media", folder / "media.parquet")
    observer.stage("asking the system again")
    amount = ProbeSettings(config.checks.max_probes, config.checks.max_inputs, config.seed)
    write_table(probes_table(answered, amount, collector), "probes", folder / "probes.parquet")


class _Clock:
    """Seconds per stage, for run.json."""

    def __init__(self) -> None:
        self._last = time.perf_counter()
        self.seconds: dict[str, float] = {}

    def lap(self, stage: str) -> None:
        now = time.perf_counter()
        self.seconds[stage], self._last = round(now - self._last, 3), now


def _record(plan: dict[str, Any], started: datetime, clock: _Clock, config: StudyConfig) -> dict[str, Any]:
    return {
        "status": "complete",
        "plan_sha256": canonical_hash(plan),
        "started": started.isoformat(timespec="seconds"),
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
        "seconds": clock.seconds,
        "seed": config.seed,
        "workers": config.workers,
        "environment": provenance.environment(),
        "git": provenance.git_state(),
    }


def _track(folder: RunFolder, choices: TrackingChoices, observer: Observer) -> None:
    observer.stage("logging to MLflow")
    try:
        tracking.track(folder.path, uri=choices.uri, experiment=choices.experiment)
    except HarnessError as error:
        observer.warn(f"{error} The run is whole on disk; send it later with `harness track {folder.path}`.")
