"""The flow of one run: dataset → samples → predictions → results → report → MLflow.

Only this module knows all stages. Stages share nothing but the tables.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from harness.cards import registry
from harness.datasets.reader import Reader
from harness.datasets.recorded_files import noted_files
from harness.errors import HarnessError
from harness.evidence import provenance
from harness.evidence.media_identity import media_identity
from harness.evidence.run_folder import RunFolder
from harness.files import canonical_hash, sha256_bytes, write_bytes
from harness.inference.device import resolve_device
from harness.inference.file_log import FileLog
from harness.inference.inference_settings import InferenceSettings
from harness.inference.lock import locked
from harness.models.budget import Budget
from harness.models.model import MediaModel, Model, RunSettings
from harness.probing.answered import Answered
from harness.probing.collector import Collector
from harness.scoring.score_run import score
from harness.study.answer_times import answer_times
from harness.study.assembly import kind_of, open_condition, open_model, open_reader
from harness.study.build_plan import answers_key, build_plan
from harness.study.config import StudyConfig, TrackingChoices
from harness.study.faces_not_found import faces_not_found
from harness.study.fitting import (
    require_conditions,
    require_heard,
    require_modality,
    require_names_apart,
    require_repeats,
)
from harness.study.grants import require_needed
from harness.study.label_fit import lost_in_mapping, require_labels_meet, system_side, without_no_labels
from harness.study.observer import Observer
from harness.study.predict import Asking, predict
from harness.study.repeated_run import repeat
from harness.study.run_clock import RunClock
from harness.study.same_files import differing_samples, listed_files, require_files_of_interrupted
from harness.study.sample_list import chosen_people
from harness.study.shared_failure import shared_failure
from harness.tables.file_table import FileRead, files_of
from harness.tables.schemas import RATERS
from harness.tables.versions import read_table, table_bytes
from harness.tracking import track_run as tracking

if TYPE_CHECKING:
    from harness.probing.made_beside import MadeBeside

_FOR_CHECKS = "harness.probing.recipes"
"""Imports what workers need to make something for the checks."""

CHANCE = ("majority", "stratified_random")


@dataclass(frozen=True)
class Study:
    """A finished study: its folder, plan and results, whether it had been finished before, and its profile."""

    folder: RunFolder
    plan: dict[str, Any]
    results: pa.Table
    was_finished: bool = False
    profile: Path | None = None


def run(config: StudyConfig, observer: Observer) -> Study:
    """Measure one system on one dataset. An interrupted run is continued, a finished one is not repeated.

    Raises:
        HarnessError: the config, the dataset or the model cannot be used; the folder contains a run that has read
            different files.
    """
    reader = open_reader(config.dataset.name, config.dataset.root, config.dataset.options)
    device = resolve_device(config.device, kind_of(config.model.name).num_gpus)
    budget = Budget(config.budget.max_calls, config.budget.max_cost)
    settings = RunSettings(
        config.seed, device, config.precision, config.face, config.speech, budget, config.batch_timeout_s
    )
    system = open_model(config.model.name, config.model.options, settings)
    return run_opened(config, reader, system, observer)


def run_opened(config: StudyConfig, reader: Reader[Any], system: Model[Any], observer: Observer) -> Study:
    """Measure a system that is already open on a dataset that is already open; see `run`.

    Args:
        config: all other choices.
        reader: of the dataset.
        system: the system under test.
        observer: receives the progress.
    """
    if not config.profile:
        return _run(config, reader, system, observer)
    from harness.study.profiled_run import profiled, write_profile

    with profiled() as profile:
        study = _run(config, reader, system, observer)
    seconds = (study.folder.read_run() or {})["seconds"]
    return replace(study, profile=write_profile(profile, seconds, study.folder.path))


def _run(config: StudyConfig, reader: Reader[Any], system: Model[Any], observer: Observer) -> Study:
    started, clock = datetime.now(UTC), RunClock()
    observer.stage("listing samples")
    _start_workers_server(config, reader, system)
    settings = system.settings
    listing = reader.recording()
    with noted_files() as listed:
        all_samples = _listed(listing, system)
    answerable = system_side(system, all_samples, listing.label_places, config)
    people = chosen_people(config, listing, all_samples, answerable.labels)
    samples, unlabelled = without_no_labels(people.samples, config.labels.merge)
    people = replace(people, samples=samples)
    system.require_answers(samples)
    meeting = require_labels_meet(samples, listing.label_places, answerable, config)
    for text in (*listing.remarks, *system.remarks, *people.warnings(), *unlabelled, *meeting):
        observer.warn(text)
    for text in lost_in_mapping(samples, answerable, config.labels.merge):
        observer.note(text)
    samples_file = table_bytes(samples, "samples")
    baselines = [open_model(name, {}, settings) for name in _baselines(config, samples)]
    conditions = [open_condition(name) for name in config.conditions]
    registry.find("executors", config.executor)  # one that is not there is named before anything is written
    require_names_apart(system, baselines)
    require_modality(reader, system, samples)
    require_heard(system, config.speech)
    require_conditions(conditions, system, samples)
    require_repeats(config.repeats, system)
    plan = build_plan(
        config,
        reader=reader,
        people=people,
        samples_sha256=sha256_bytes(samples_file),
        system=system,
        baselines=baselines,
        conditions=conditions,
    )
    folder = RunFolder(config.out or _default_folder(plan))
    folder.require_own()
    if folder.read_run() is None:
        require_needed(system)
    with locked(folder.path):
        folder.tidy()
        _write_plan(folder, plan, samples)
        finished = folder.read_run() is not None
        was_whole = finished and repeat(folder, reader, observer)
        if not finished:
            settings.budget.keep_in(folder.journal / "budget.jsonl")
            files = _files_so_far(folder, reader, observer)
            files.add(listed.values())
            write_bytes(samples_file, folder / "samples.parquet")
            clock.lap("listing")
            collector = Collector(
                folder.journal / "probing", answers_key(plan), _inference(config), observer.progress
            )
            asking = Asking(
                samples,
                reader,
                conditions,
                repeats=config.repeats,
                answers_key=answers_key(plan),
                seed=config.seed,
                settings=_inference(config),
                files=files,
                progress=observer.progress,
                spent=clock.inference,
                beside=_beside(config, system, samples, collector),
            )
            answered = predict([system, *baselines], asking, folder, observer.stage)
            clock.lap("predicting")
            _warn_of_failures(answered, config, observer)
            _probe(config, folder, answered, collector, observer)
            clock.lap("checking")
            observer.stage("measuring")
            throughput = answered.own.throughput if answered is not None else None
            times = answer_times(folder, samples, plan, throughput)
            score(folder, started=started.isoformat(timespec="seconds"), times=times)
            clock.lap("measuring")
            record = _record(plan, started, clock, config, files_of(files.table()))
            folder.write_run({**record, "latency": [asdict(one) for one in times]})
        shutil.rmtree(folder.journal, ignore_errors=True)
    if config.tracking.enabled and not (finished and (folder / "tracking.json").is_file()):
        _track(folder, config.tracking, observer)
    return Study(folder, plan, read_table(folder / "results.parquet", "results").table, was_whole)


def _listed(listing: Reader[Any], system: Model[Any]) -> pa.Table:
    """All samples of the dataset.

    Raises:
        HarnessError: they cannot be listed; the message says as well what is to be mended of the system's files.
    """
    try:
        return listing.samples()
    except HarnessError as error:
        raise HarnessError("\n".join([str(error), *system.own_problems()])) from None


def _start_workers_server(config: StudyConfig, reader: Reader[Any], system: Model[Any]) -> None:
    """Have what reads the samples imported while they are listed."""
    if config.workers and isinstance(system, MediaModel):
        from harness.inference.worker_server import start_server

        start_server(reader.load, system.preparer(), *([_FOR_CHECKS] if config.checks.enabled else []))


def _baselines(config: StudyConfig, samples: pa.Table) -> list[str]:
    if config.baselines != "auto":
        return [name for name in dict.fromkeys(config.baselines) if name != config.model.name]
    labelled = samples["label"].null_count < samples.num_rows
    # If observers' votes determined the label, the raters would be compared with themselves.
    sources = samples["label_source"].unique().to_pylist()
    judged = samples["votes"].null_count < samples.num_rows and "observer" not in sources
    names = [*(CHANCE if labelled else ()), *([RATERS] if labelled and judged else [])]
    return [name for name in names if name != config.model.name]


def _default_folder(plan: dict[str, Any]) -> Path:
    system = plan["model"]["name"].replace(" ", "_")
    return Path("outputs") / f"{plan['dataset']['name']}-{system}-{canonical_hash(plan)[:8]}"


def _write_plan(folder: RunFolder, plan: dict[str, Any], samples: pa.Table) -> None:
    try:
        folder.write_plan(plan)
    except HarnessError as error:
        raise HarnessError(
            f"{error}{differing_samples(folder, samples)}{_answers_that_hold(folder, plan)}"
        ) from None


def _answers_that_hold(folder: RunFolder, plan: dict[str, Any]) -> str:
    """That the answers of an interrupted run hold for another plan, too: a sentence, or nothing."""
    if not folder.journal.is_dir() or answers_key(folder.read_plan().plan) != answers_key(plan):
        return ""
    return (
        f" The answers that the run has got so far hold for this plan, too: copy {folder.journal} into the new "
        "folder, and they are not asked for again."
    )


def _files_so_far(folder: RunFolder, reader: Reader[Any], observer: Observer) -> FileLog:
    """What an interrupted run has read, after a check that the files are still the same."""
    files = FileLog(folder.journal / "files.jsonl")
    read = files.files or listed_files(folder)
    if read:
        observer.stage("checking that the files are those read before")
        require_files_of_interrupted(folder, read, reader, observer.progress)
    return files


def _inference(config: StudyConfig) -> InferenceSettings:
    return InferenceSettings(config.batch_size, config.workers, config.timeout_s, executor=config.executor)


def _warn_of_failures(answered: Answered | None, config: StudyConfig, observer: Observer) -> None:
    if answered is None:
        return
    own = answered.own
    for warning in (faces_not_found(own.reasons(), config.face), shared_failure(own.reasons())):
        if warning:
            observer.warn(warning)


def _beside(config: StudyConfig, system: Model[Any], samples: pa.Table, collector: Collector) -> MadeBeside | None:
    if not isinstance(system, MediaModel) or not config.checks.enabled:
        return None
    from harness.study.ask_again import made_while_open  # and the decoders, which a table of answers does not need

    return made_while_open(config, system, samples, collector)


def _probe(
    config: StudyConfig, folder: RunFolder, answered: Answered | None, collector: Collector, observer: Observer
) -> None:
    if answered is None or not config.checks.enabled:
        return
    from harness.study.ask_again import ask_again

    ask_again(config, folder, answered, collector, observer)


def _record(
    plan: dict[str, Any], started: datetime, clock: RunClock, config: StudyConfig, files: Sequence[FileRead]
) -> dict[str, Any]:
    return {
        "status": "complete",
        "plan_sha256": canonical_hash(plan),
        "media": media_identity(files, simulated=bool(plan["dataset"]["simulated"])),
        "started": started.isoformat(timespec="seconds"),
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
        "seconds": clock.seconds(),
        "seed": config.seed,
        "workers": config.workers,
        "environment": provenance.environment(),
        "git": provenance.git_state(),
    }


def _track(folder: RunFolder, choices: TrackingChoices, observer: Observer) -> None:
    observer.stage("logging to MLflow")
    try:
        tracking.track(folder.path, uri=choices.uri, experiment=choices.experiment, timeout_s=choices.timeout_s)
    except HarnessError as error:
        observer.warn(f"{error} The run is complete on disk; log it later with `harness track {folder.path}`.")
