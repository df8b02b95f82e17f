"""Runs the system and its baselines on every sample under every condition, and stores their predictions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from harness.conditions.condition import Condition
from harness.datasets.reader import Reader, ReaderOptions
from harness.evidence.run_folder import RunFolder
from harness.files import write_json
from harness.inference.collected import PIECE_ROWS, Collected
from harness.inference.engine import Progress, collect
from harness.inference.file_log import FileLog
from harness.inference.inference_settings import InferenceSettings
from harness.inference.loading import load_for
from harness.inference.time_spent import TimeSpent
from harness.models.model import (
    Conclusion,
    CrossFittedModel,
    MediaModel,
    Model,
    ModelOptions,
    PretrainedModel,
    TableModel,
    Training,
)
from harness.probing.answered import Answered
from harness.study.answers_file import write_answers
from harness.study.frames_file import write_frames
from harness.study.same_files import note_unreported
from harness.study.shared_reasons import with_shared_reasons
from harness.study.training_media import TrainingMedia, journal_of
from harness.tables.folds import Fold, folds_document
from harness.tables.prediction_pieces import PredictionPieces, write_predictions
from harness.tables.predictions import model_conditions, rows_of, under_condition
from harness.tables.repeat_pieces import RepeatPieces, write_repeats
from harness.tables.schemas import CLEAN, TIMINGS
from harness.tables.versions import write_pieces, write_table

if TYPE_CHECKING:  # it needs the decoders, which a table of answers does not
    from harness.probing.made_beside import MadeBeside


@dataclass(frozen=True)
class Asking:
    """The inputs and settings of the predictions.

    Attributes:
        samples: validated.
        reader: loads them, in workers.
        conditions: `clean` first.
        repeats: how often the system is asked about every clean sample.
        answers_key: identifies the predictions that the journal belongs to, see `build_plan.answers_key`.
        seed: the seed of random conditions.
        settings: of the inference.
        files: records the files that are read.
        progress: see `collect`.
        spent: see `collect`.
        beside: what is made of clean samples for the checks, while they are open for the system; None for nothing.
        training: what systems are trained on that are trained here; None: on the samples, in folds.
    """

    samples: pa.Table
    reader: Reader[ReaderOptions]
    conditions: Sequence[Condition]
    answers_key: str
    seed: int
    settings: InferenceSettings
    files: FileLog
    progress: Progress
    repeats: int = 1
    spent: TimeSpent = field(default_factory=TimeSpent)
    beside: MadeBeside | None = None
    training: TrainingMedia | None = None

    def collect(
        self, model: MediaModel[Any], condition: Condition, folder: RunFolder, repeat: int = 1
    ) -> Collected:
        """The answers of a model to every sample under one condition; a repeat is kept apart from the others.

        If the settings name a part, those to the samples of the part alone are there.
        """
        journal = folder.journal if repeat == 1 else folder.journal / "repeats" / str(repeat)
        model.repeat = repeat
        beside = self.beside if condition.name == CLEAN else None
        with beside.kept() if beside is not None else nullcontext() as keep:
            collected = collect(
                self.samples,
                load_for(
                    model,
                    self.reader.recording(),
                    condition,
                    self.seed,
                    opened=beside.reading if beside is not None else None,
                ),
                model,
                journal=journal / model.name / condition.name,
                plan_hash=self.answers_key,
                settings=self.settings,
                files=self.files,
                progress=self.progress,
                spent=self.spent,
                keep=keep,
            )
        if self.settings.part is None:
            note_unreported(self.samples, collected.reasons(), self.reader, self.files)
        return collected

    def collect_training(self, model: CrossFittedModel[Any], folder: RunFolder) -> Training | None:
        """What a model is trained on instead of the samples; None where it is trained on these."""
        if self.training is None:
            return None
        vectors = []
        for number, (corpus, files) in enumerate(
            zip(self.training.corpora, self.training.logs, strict=True), start=1
        ):
            collected = collect(
                corpus.samples,
                load_for(model, corpus.reader, seed=self.seed),
                model,
                journal=journal_of(folder, number) / model.name,
                plan_hash=self.answers_key,
                settings=self.settings,
                files=files,
                progress=self.progress,
                spent=self.spent,
            )
            note_unreported(corpus.samples, collected.reasons(), corpus.reader, files)
            vectors.append(collected.vectors())
        return self.training.training(vectors, self.files, self.samples)


def predict(
    models: Sequence[Model[ModelOptions]], asking: Asking, folder: RunFolder, stage: Callable[[str], None]
) -> Answered | None:
    """Write the predictions, the repeats, the folds, the timings, the files and, if there are any, raw answers.

    A model that reads no media answers only once, as conditions do not change its input.

    Args:
        models: the system under test, then its baselines.
        asking: the samples and conditions.
        folder: where they are written, and where the journal is.
        stage: called with the model and the condition before each step.

    Returns:
        The system's answers under `clean`, if it reads media, so that it can be queried again.

    Raises:
        HarnessError: a model cannot answer, or its answers do not match the samples.
    """
    others = replace(asking, beside=None)
    concluded = [
        _conclude(models[0], asking, folder, stage),
        *(_conclude(model, others, folder, stage) for model in models[1:]),
    ]
    repeats = _repeated(models[0], others, folder, stage)
    predictions = [pieces for one in concluded for pieces in one.predictions]
    write_predictions(predictions, asking.samples, folder / "predictions.parquet")
    if repeats:
        write_repeats([of.predictions for of in repeats], folder / "repeats.parquet")
    folds = {one.model.name: one.folds for one in concluded}
    write_json(folds_document(folds), folder / "folds.json")
    collected = [(of, one.model.name, name) for one in concluded for name, of in one.collected.items()]
    besides = [*collected, *((of.collected, models[0].name, f"repeat/{of.predictions.repeat}") for of in repeats)]
    timings = (piece for of, model, name in collected for piece in of.timings(model, name))
    write_pieces(timings, TIMINGS, "timings", folder / "timings.parquet")
    write_table(asking.files.table(), "files", folder / "files.parquet")
    write_answers((piece for of, model, name in besides for piece in of.answers(model, name)), folder)
    system = concluded[0]
    write_frames(system.model, system.collected, asking.samples, folder)
    if not isinstance(system.model, MediaModel):
        return None
    made = asking.beside.arrays if asking.beside is not None else {}
    return Answered(system.model, asking.reader, asking.samples, system.collected[CLEAN], made)


def answer_part(
    models: Sequence[Model[ModelOptions]], asking: Asking, folder: RunFolder, stage: Callable[[str], None]
) -> None:
    """Ask the models that read media about a part of the samples; the journal has the answers.

    Args:
        models: as for `predict`.
        asking: whose settings name the part.
        folder: where the journal is.
        stage: as for `predict`.

    Raises:
        HarnessError: a model cannot answer.
    """
    clean = next(condition for condition in asking.conditions if condition.name == CLEAN)
    for number, model in enumerate(models):
        if not isinstance(model, MediaModel):
            continue
        of_model = asking if number == 0 else replace(asking, beside=None)
        for condition in of_model.conditions:
            stage(_predicting(model, condition) + f", part {asking.settings.part}")
            of_model.collect(model, condition, folder)
    again = replace(asking, beside=None)
    for repeat in range(2, asking.repeats + 1):
        system = models[0]
        assert isinstance(system, MediaModel), "the study looks at the system before it begins"
        stage(f"{_predicting(system, clean)}, time {repeat} of {asking.repeats}, part {asking.settings.part}")
        again.collect(system, clean, folder, repeat)
        system.repeat = 1


def _predicting(model: Model[ModelOptions], condition: Condition) -> str:
    return f"predicting: {model.card.title}" + ("" if condition.name == CLEAN else f", {condition.name}")


@dataclass(frozen=True)
class _Concluded:
    """One model under every condition; `collected` is empty where it reads no media."""

    model: Model[ModelOptions]
    collected: dict[str, Collected]
    predictions: list[PredictionPieces]
    folds: Sequence[Fold] = ()


def _conclude(
    model: Model[ModelOptions], asking: Asking, folder: RunFolder, stage: Callable[[str], None]
) -> _Concluded:
    if isinstance(model, TableModel):
        stage(f"predicting: {model.card.title}")
        answered = model.predict(asking.samples)
        shared = with_shared_reasons(answered.predictions, asking.samples)
        return _whole(model, {}, replace(answered, predictions=shared))
    assert isinstance(model, MediaModel)
    collected = {}
    for condition in asking.conditions:
        stage(_predicting(model, condition))
        collected[condition.name] = asking.collect(model, condition, folder)
    if isinstance(model, PretrainedModel):
        return _Concluded(model, collected, [_in_pieces(model, asking.samples, *of) for of in collected.items()])
    assert isinstance(model, CrossFittedModel)
    vectors = {name: of.vectors() for name, of in collected.items()}
    if asking.training is not None:
        stage(f"reading what is trained on: {model.card.title}")
    training = asking.collect_training(model, folder)
    more = {} if training is None else {"training": training}
    return _whole(model, collected, model.conclude(asking.samples, vectors, **more))


@dataclass(frozen=True)
class _Repeated:
    """The answers of the system when it was asked again."""

    predictions: RepeatPieces
    collected: Collected


def _repeated(
    system: Model[ModelOptions], asking: Asking, folder: RunFolder, stage: Callable[[str], None]
) -> list[_Repeated]:
    """The answers to clean samples from the second time on, of a system whose answers vary."""
    if asking.repeats == 1:
        return []
    assert isinstance(system, PretrainedModel), "the study looks at the system before it begins"
    clean = next(condition for condition in asking.conditions if condition.name == CLEAN)
    found = []
    for repeat in range(2, asking.repeats + 1):
        stage(f"predicting: {system.card.title}, time {repeat} of {asking.repeats}")
        collected = asking.collect(system, clean, folder, repeat)
        pieces = _in_pieces(system, asking.samples, CLEAN, collected)
        found.append(_Repeated(RepeatPieces(repeat, pieces), collected))
    system.repeat = 1
    return found


def _in_pieces(
    model: PretrainedModel[Any], samples: pa.Table, condition: str, collected: Collected
) -> PredictionPieces:
    """Predictions made piece by piece as vectors are read from the journal."""

    def pieces() -> Iterator[pa.Table]:
        for start, vectors in collected.pieces():
            part = samples.slice(start, len(vectors.values))
            yield under_condition(model.conclude(part, vectors).predictions, condition)

    return PredictionPieces(model.name, condition, pieces)


def _whole(model: Model[ModelOptions], collected: dict[str, Collected], conclusion: Conclusion) -> _Concluded:
    """Predictions made at once for all conditions."""
    predictions = []
    for name, condition in model_conditions(conclusion.predictions):
        rows = rows_of(conclusion.predictions, name, condition)
        predictions.append(PredictionPieces(name, condition, partial(in_pieces, rows)))
    return _Concluded(model, collected, predictions, conclusion.folds)


def in_pieces(table: pa.Table) -> Iterator[pa.Table]:
    """Predictions that are in memory, in pieces of the lengths in which every run writes them."""
    for start in range(0, table.num_rows, PIECE_ROWS):
        yield table.slice(start, PIECE_ROWS)
