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
from harness.datasets.recorded_files import noted_files
from harness.errors import HarnessError
from harness.evidence import provenance
from harness.evidence.media_identity import media_identity
from harness.evidence.run_folder import RunFolder
from harness.files import canonical_hash, sha256_bytes, write_bytes, write_json
from harness.inference.device import resolve_device
from harness.inference.engine import collect
from harness.inference.file_log import FileLog
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
from harness.study.same_files import (
    differing_samples,
    note_unreported,
    require_files_of_finished,
    require_files_of_interrupted,
)
from harness.study.sample_list import list_people
from harness.tables.file_table import FileRead, files_of
from harness.tables.parquet_files import parquet_bytes, read_parquet, write_parquet
from harness.tables.predictions import concat_predictions, validate_predictions
from harness.tables.schemas import RATERS, TIMINGS
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
        HarnessError: the config, the dataset or the model is unusable; the folder holds a run that has read other
            files. The message says what to do.
    """
    started = datetime.now(UTC)
    observer.stage("listing samples")
    reader = open_reader(config.dataset.name, config.dataset.root, config.dataset.options)
    settings = RunSettings(config.seed, resolve_device(config.device), config.precision, config.face)
    system = open_model(config.model.name, config.model.options, settings)
    with noted_files() as listed:
        people = list_people(config, reader.recording(), system.card.labels)
    for text in people.warnings():
        observer.warn(text)
    samples = people.samples
    samples_file = parquet_bytes(samples)
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
        _write_plan(folder, plan, samples)
        was_finished = folder.read_run() is not None and not folder.changed_files()
        files = _files_so_far(folder, reader, was_finished, observer)
        if not was_finished:
            files.add(listed.values())
            write_bytes(samples_file, folder / "samples.parquet")
            clock = _Clock()
            answered = _predict(config, plan, folder, reader, files, samples, system, baselines, observer)
            clock.lap("predict")
            _probe(config, plan, folder, answered, observer)
            clock.lap("probe")
            observer.stage("measuring")
            score(folder)
            clock.lap("measure")
            folder.write_run(_record(plan, started, clock, config, files_of(files.table())))
        shutil.rmtree(folder.journal, ignore_errors=True)
    if config.tracking.enabled and not (was_finished and (folder / "tracking.json").is_file()):
        _track(folder, config.tracking, observer)
    return Study(folder, plan, read_parquet(folder / "results.parquet"), was_finished)


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


def _write_plan(folder: RunFolder, plan: dict[str, Any], samples: pa.Table) -> None:
    try:
        folder.write_plan(plan)
    except HarnessError as error:
        raise HarnessError(f"{error}{differing_samples(folder, samples)}") from None


def _files_so_far(
    folder: RunFolder, reader: Reader[ReaderOptions], was_finished: bool, observer: Observer
) -> FileLog:
    """What the folder's run has read, after a check that the files are still the same."""
    files = FileLog(folder.journal / "files.jsonl")
    if was_finished:
        observer.stage("comparing the files with those of the run")
        require_files_of_finished(folder, reader, observer.progress)
    elif files.files:
        observer.stage("comparing the files with those read before")
        require_files_of_interrupted(folder, files.files, reader, observer.progress)
    return files


def _predict(
    config: StudyConfig,
    plan: dict[str, Any],
    folder: RunFolder,
    reader: Reader[ReaderOptions],
    files: FileLog,
    samples: pa.Table,
    system: Model[ModelOptions],
    baselines: Sequence[Model[ModelOptions]],
    observer: Observer,
) -> Answered | None:
    """Write the predictions of the system and its baselines, the folds, the timings and the files that were read.

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
            reader.recording().load,
            model,
            journal=folder.journal / model.name,
            plan_hash=canonical_hash(plan),
            settings=InferenceSettings(config.batch_size, config.workers, config.timeout_s),
            files=files,
            progress=observer.progress,
        )
        note_unreported(samples, collected.vectors.reason, reader, files)
        timings.append(collected.timings)
        conclusions.append(model.conclude(samples, collected.vectors))
        if model is system:
            answered = Answered(model, reader, samples, collected.vectors)
    predictions = concat_predictions([conclusion.predictions for conclusion in conclusions])
    write_parquet(validate_predictions(predictions, samples), folder / "predictions.parquet")
    write_parquet(pa.concat_tables(timings), folder / "timings.parquet")
    folds = {
        m.name: [asdict(fold) for fold in c.folds] for m, c in zip((system, *baselines), conclusions, strict=True)
    }
    write_json(folds, folder / "folds.json")
    write_parquet(files.table(), folder / "files.parquet")
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
        write_parquet(media_table(answered.samples, answered.reader, collector), folder / "media.parquet")
    observer.stage("asking the system again")
    amount = ProbeSettings(config.checks.max_probes, config.checks.max_inputs, config.seed)
    write_parquet(probes_table(answered, amount, collector), folder / "probes.parquet")


class _Clock:
    """Seconds per stage, for run.json."""

    def __init__(self) -> None:
        self._last = time.perf_counter()
        self.seconds: dict[str, float] = {}

    def lap(self, stage: str) -> None:
        now = time.perf_counter()
        self.seconds[stage], self._last = round(now - self._last, 3), now


def _record(
    plan: dict[str, Any], started: datetime, clock: _Clock, config: StudyConfig, files: Sequence[FileRead]
) -> dict[str, Any]:
    return {
        "status": "complete",
        "plan_sha256": canonical_hash(plan),
        "media": media_identity(files, simulated=plan["dataset"]["simulated"]),
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
