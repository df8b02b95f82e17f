"""The stages of a run that need system and data: the answers, and those that the checks ask for besides."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from harness.datasets.reader import Reader
from harness.evidence.run_folder import RunFolder
from harness.evidence.system_files import SystemFiles, file_hashes
from harness.files import write_bytes
from harness.inference.file_log import FileLog
from harness.inference.inference_settings import InferenceSettings
from harness.models.frame_pooling import FramePooling, frames_without_answer
from harness.models.model import MediaModel, Model
from harness.probing.answered import Answered
from harness.probing.collector import Collector
from harness.study.build_plan import answers_key
from harness.study.config import StudyConfig
from harness.study.faces_not_found import faces_not_found
from harness.study.observer import Observer
from harness.study.part_of_run import note_part
from harness.study.predict import Asking, answer_part, predict
from harness.study.prepared_study import Prepared
from harness.study.run_clock import RunClock
from harness.study.same_files import listed_files, require_files_of_interrupted
from harness.study.shared_failure import shared_failure
from harness.study.training_media import TrainingMedia
from harness.wording import listed

if TYPE_CHECKING:
    from harness.probing.made_beside import MadeBeside


@dataclass(frozen=True)
class AskedSystem:
    """What is known once a system has given all its answers, beside the tables in the folder of the run.

    Attributes:
        throughput: of the system by the clock, in samples a second; None where it was not measured.
        files: that were read of the dataset.
        system_files: of the system, before and afterwards; None of a system without any.
        training: what it was trained on here, if not on the samples.
    """

    throughput: float | None
    files: FileLog
    system_files: SystemFiles | None
    training: TrainingMedia | None


def ask_system(
    folder: RunFolder,
    config: StudyConfig,
    reader: Reader[Any],
    prepared: Prepared,
    clock: RunClock,
    observer: Observer,
) -> AskedSystem | None:
    """Get the answers of the system and of what it is compared with, for the whole study or a part.

    Args:
        folder: of the run, with its plan; what an interrupted run has answered there is not asked again.
        config: all choices.
        reader: of the dataset.
        prepared: the study.
        clock: of the run, in its first stage.
        observer: receives the progress.

    Returns:
        None if a part was answered: nothing can be measured yet.

    Raises:
        HarnessError: the folder contains a run that has read different files, or the system cannot be asked.
    """
    system, samples, plan = prepared.system, prepared.samples, prepared.plan
    system.settings.budget.keep_in(folder.journal / "budget.jsonl")
    files = _files_so_far(folder, reader, observer)
    files.add(prepared.listed.values())
    write_bytes(prepared.samples_file, folder / "samples.parquet")
    clock.lap("listing")
    settings = _inference(config, plan, observer.note)
    collector = Collector(folder.journal / "probing", answers_key(plan), settings, observer.progress)
    of_system = system.files()
    before = file_hashes(of_system)
    training = TrainingMedia.of(prepared.training, folder, files, config.protocol.allow_leak, observer)
    models = [system, *prepared.baselines]
    asking = Asking(
        samples,
        reader,
        prepared.conditions,
        repeats=config.repeats,
        answers_key=answers_key(plan),
        seed=config.seed,
        settings=settings,
        files=files,
        progress=observer.progress,
        spent=clock.inference,
        beside=_beside(config, system, samples, collector),
        training=training,
    )
    if config.part is not None:
        note_part(folder, config.part)
        answer_part(models, asking, folder, observer.stage)
        return None
    answered = predict(models, asking, folder, observer.stage)
    clock.lap("predicting")
    throughput = None
    if answered is not None:
        throughput = answered.own.throughput
        _warn_of_failures(answered, config, observer)
        _probe(config, folder, answered, collector, observer)
    system_files = _compared(of_system, before, observer)
    clock.lap("checking")
    return AskedSystem(throughput, files, system_files, training)


def _files_so_far(folder: RunFolder, reader: Reader[Any], observer: Observer) -> FileLog:
    """What an interrupted run has read, after a check that the files are still the same."""
    files = FileLog(folder.journal / "files.jsonl", reader if reader.needs_root else None)
    read = files.files or listed_files(folder)
    if read:
        observer.stage("checking that the files are those read before")
        require_files_of_interrupted(folder, read, reader, observer.progress)
    return files


def _inference(config: StudyConfig, plan: dict[str, Any], tell: Callable[[str], None]) -> InferenceSettings:
    return InferenceSettings(
        plan["batch_size"],
        config.workers,
        config.timeout_s,
        executor=config.executor.name,
        executor_options=config.executor.options,
        tell=tell,
        part=config.part,
    )


def _warn_of_failures(answered: Answered, config: StudyConfig, observer: Observer) -> None:
    own = answered.own
    for warning in (faces_not_found(own.reasons(), config.face), shared_failure(own.reasons())):
        if warning:
            observer.warn(warning)
    if isinstance(answered.model, FramePooling):
        pieces = (vectors for _, vectors in own.pieces())
        if note := frames_without_answer(pieces, own.num_samples):
            observer.note(note)


def _beside(config: StudyConfig, system: Model[Any], samples: pa.Table, collector: Collector) -> MadeBeside | None:
    if not isinstance(system, MediaModel) or not config.checks.enabled:
        return None
    from harness.study.ask_again import made_while_open  # and the decoders, which a table of answers does not need

    return made_while_open(config, system, samples, collector)


def _probe(
    config: StudyConfig, folder: RunFolder, answered: Answered, collector: Collector, observer: Observer
) -> None:
    if not config.checks.enabled:
        return
    from harness.study.ask_again import ask_again

    ask_again(config, folder, answered, collector, observer)


def _compared(files: Mapping[str, Path], before: dict[str, str], observer: Observer) -> SystemFiles | None:
    """The files of the system before and now, after a warning if they differ; None of a system without any."""
    if not files:
        return None
    found = SystemFiles(weights_before=before, weights_after=file_hashes(files))
    if changed := found.changed():
        observer.warn(
            f"The system changed while it was measured: its files differ before and after ({listed(changed)}). "
            "The figures are of no single system; see the check `frozen` in the report."
        )
    return found
