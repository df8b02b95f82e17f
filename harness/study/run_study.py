"""The flow of one run: dataset → samples → predictions → results → report → MLflow.

Only this module knows all stages. Stages share nothing but the tables.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from harness.datasets.reader import Reader
from harness.errors import HarnessError
from harness.evidence import provenance
from harness.evidence.media_identity import media_identity
from harness.evidence.run_folder import OtherPlanError, RunFolder
from harness.evidence.system_files import SECTION
from harness.files import canonical_hash
from harness.inference.executor import gpus_elsewhere, open_executor
from harness.inference.lock import locked
from harness.inference.part import Part
from harness.models.model import MediaModel, Model
from harness.progress import Share
from harness.scoring.score_run import score
from harness.study.answer_times import answer_times
from harness.study.ask_system import AskedSystem, ask_system
from harness.study.assembly import condition_modules
from harness.study.build_plan import answers_key
from harness.study.config import StudyConfig, TrackingChoices
from harness.study.grants import require_needed
from harness.study.observer import Observer
from harness.study.part_of_run import require_divisible
from harness.study.prepared_study import Prepared, open_study, prepare
from harness.study.repeated_run import repeat
from harness.study.run_at_address import kept_at
from harness.study.run_clock import RunClock
from harness.study.same_files import differing_samples
from harness.study.training_media import MEDIA
from harness.study.where_counted import where_run_is_counted
from harness.tables.file_table import files_of
from harness.tables.freed_memory import give_back
from harness.tables.schemas import RESULTS
from harness.tables.versions import read_table
from harness.tracking.delivery import Sender

_FOR_CHECKS = "harness.probing.recipes"
"""Imports what workers need to make something for the checks."""


@dataclass(frozen=True)
class Study:
    """A study that has been run.

    Attributes:
        folder: of the run.
        plan: of the study.
        results: empty if a part was answered.
        was_finished: whether it had been finished before.
        profile: where its profile is, if it has one.
        part: that was answered, where it was not the whole study: nothing is measured yet.
    """

    folder: RunFolder
    plan: dict[str, Any]
    results: pa.Table
    was_finished: bool = False
    profile: Path | None = None
    part: Part | None = None


Begun = Callable[[Path], None]


def run(config: StudyConfig, observer: Observer, begun: Begun | None = None) -> Study:
    """Measure one system on one dataset. An interrupted run is continued, a finished one is not repeated.

    Args:
        config: all choices.
        observer: receives the progress.
        begun: called with the folder of the run before anything is written there.

    Raises:
        HarnessError: the config, the dataset or the model cannot be used; the folder contains a run that has read
            different files.
    """
    reader, system = open_study(config)
    return run_opened(config, reader, system, observer, begun)


def run_opened(
    config: StudyConfig, reader: Reader[Any], system: Model[Any], observer: Observer, begun: Begun | None = None
) -> Study:
    """Measure a system that is already open on a dataset that is already open; see `run`.

    Args:
        config: all other choices.
        reader: of the dataset.
        system: the system under test.
        observer: receives the progress.
        begun: see `run`.
    """
    if not config.profile:
        return _run(config, reader, system, observer, begun)
    from harness.study.profiled_run import profiled, write_profile

    with profiled() as profile:
        study = _run(config, reader, system, observer, begun)
    seconds = (study.folder.read_run() or {})["seconds"]
    return replace(study, profile=write_profile(profile, seconds, study.folder.path))


def _run(
    config: StudyConfig, reader: Reader[Any], system: Model[Any], observer: Observer, begun: Begun | None
) -> Study:
    clock = RunClock()
    observer.stage("listing samples")
    _start_workers_server(config, reader, system)
    prepared = prepare(config, reader, system, observer)
    if config.part is not None:
        require_divisible(config, prepared.system)
    with kept_at(config.out, observer.note) as out, Sender() as sender:
        folder = RunFolder(out or _of_part(prepared.default_folder, config.part))
        return _run_in(folder, config, reader, prepared, observer, begun, clock, sender)


def _run_in(
    folder: RunFolder,
    config: StudyConfig,
    reader: Reader[Any],
    prepared: Prepared,
    observer: Observer,
    begun: Begun | None,
    clock: RunClock,
    sender: Sender,
) -> Study:
    """Run what is prepared in a folder of this machine."""
    system, samples, plan = prepared.system, prepared.samples, prepared.plan
    if begun is not None:
        begun(folder.path)
    folder.require_own()
    if folder.read_run() is None:
        require_needed(system)
    with locked(folder.path):
        folder.tidy()
        _write_plan(folder, plan, samples)
        finished = folder.read_run() is not None
        was_whole = finished and repeat(folder, reader, observer)
        if not finished:
            asked = ask_system(folder, config, reader, prepared, clock, observer)
            if asked is None:
                return Study(folder, plan, RESULTS.empty_table(), part=config.part)
            if config.tracking.enabled:
                sender.start(config.tracking.uri)
            _measure(folder, config, prepared, asked, clock, observer)
        shutil.rmtree(folder.journal, ignore_errors=True)
    if config.tracking.enabled and not (finished and (folder / "tracking.json").is_file()):
        _track(folder, config.tracking, observer, sender)
    return Study(folder, plan, read_table(folder / "results.parquet", "results").table, was_whole)


def _measure(
    folder: RunFolder,
    config: StudyConfig,
    prepared: Prepared,
    asked: AskedSystem,
    clock: RunClock,
    observer: Observer,
) -> None:
    """Measure what was answered, and write the record, which finishes the run."""
    observer.stage("measuring")
    give_back()  # what the answers have used: measuring needs other memory
    times = answer_times(folder, prepared.samples, prepared.plan, asked.throughput)
    score(
        folder,
        started=clock.started.isoformat(timespec="seconds"),
        times=times,
        seconds=clock.measured,
        files=asked.system_files,
        spread=where_run_is_counted(config, folder.path, observer.note),
        progress=Share(observer.share),
    )
    folder.write_run({**_record(prepared.plan, clock, config, asked), "latency": [asdict(one) for one in times]})


def _of_part(folder: Path, part: Part | None) -> Path:
    """The folder of a part of the run that has this folder."""
    return folder if part is None else folder.with_name(f"{folder.name}-{part.index}of{part.num_parts}")


def _start_workers_server(config: StudyConfig, reader: Reader[Any], system: Model[Any]) -> None:
    """Have what reads the samples imported while they are listed, if that is done here."""
    elsewhere = gpus_elsewhere(open_executor(config.executor.name, config.executor.options)) is not None
    if config.workers and isinstance(system, MediaModel) and not elsewhere:
        from harness.inference.worker_server import start_server

        others = [*condition_modules(config.conditions), *([_FOR_CHECKS] if config.checks.enabled else [])]
        start_server(reader.load, system.preparer(), *others)


def _write_plan(folder: RunFolder, plan: dict[str, Any], samples: pa.Table) -> None:
    try:
        folder.write_plan(plan)
    except OtherPlanError as error:
        raise OtherPlanError(
            f"{error}{differing_samples(folder, samples)}{_answers_that_hold(folder, plan)}", error.sha256
        ) from None


def _answers_that_hold(folder: RunFolder, plan: dict[str, Any]) -> str:
    """That the answers of an interrupted run hold for another plan, too: a sentence, or nothing."""
    if not folder.journal.is_dir() or answers_key(folder.read_plan().plan) != answers_key(plan):
        return ""
    return (
        f" The answers that the run has got so far hold for this plan, too: copy {folder.journal} into the new "
        "folder, and they are not asked for again."
    )


def _record(plan: dict[str, Any], clock: RunClock, config: StudyConfig, asked: AskedSystem) -> dict[str, Any]:
    record = {
        "status": "complete",
        "plan_sha256": canonical_hash(plan),
        "media": media_identity(files_of(asked.files.table()), simulated=bool(plan["dataset"]["simulated"])),
        "started": clock.started.isoformat(timespec="seconds"),
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
        "seconds": clock.seconds(),
        "seed": config.seed,
        "workers": config.workers,
        "environment": provenance.environment(),
        "git": provenance.git_state(),
    }
    if asked.system_files is not None:
        record[SECTION] = asked.system_files.model_dump()
    if asked.training is not None and (others := asked.training.identity()):
        record[MEDIA] = others
    return record


def _track(folder: RunFolder, choices: TrackingChoices, observer: Observer, sender: Sender) -> None:
    from harness.tracking.track_run import track  # and all that an untracked run does without

    observer.stage("logging to MLflow")
    try:
        track(
            folder.path,
            uri=choices.uri,
            experiment=choices.experiment,
            timeout_s=choices.timeout_s,
            sender=sender,
        )
    except HarnessError as error:
        observer.warn(f"{error} The run is complete on disk; log it later with `harness track {folder.path}`.")
