"""The whole flow of one run on one page: dataset → samples → predictions → results → report → MLflow.

Only this module knows all stages. Side by side, stages share nothing but the tables.
"""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa

from harness import tables
from harness.assembly import open_model, open_reader
from harness.attributes.facts import origins
from harness.cards import DatasetCard, ModelCard
from harness.checks.examine import Evidence, examine
from harness.config import StudyConfig, TrackingChoices
from harness.datasets.base import Reader, ReaderOptions
from harness.errors import HarnessError
from harness.evidence import provenance, report, tracking
from harness.files import canonical_hash, sha256_bytes, write_bytes, write_json
from harness.inference.device import resolve_device
from harness.inference.engine import collect
from harness.inference.lock import locked
from harness.inference.settings import InferenceSettings
from harness.large import score_large
from harness.listing import list_people
from harness.measurement.measure import measure
from harness.measurement.settings import MeasureSettings
from harness.measurement.streaming import is_large
from harness.models.base import Conclusion, Fold, MediaModel, Model, ModelOptions, RunSettings, TableModel
from harness.planning.plan import build_plan
from harness.planning.stored import measure_settings, require_whole, unmeasurable
from harness.probe_tables import validate_media, validate_probes
from harness.probing.collector import Collector
from harness.probing.media_facts import media_table
from harness.probing.probe import Answered, ProbeSettings, probes_table
from harness.run_folder import RunFolder

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
    samples_file = tables.parquet_bytes(samples)
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
    return Study(folder, plan, tables.read_parquet(folder / "results.parquet"), was_finished)


def score(folder: RunFolder, into: Path | None = None) -> pa.Table:
    """Measure from the stored tables, without model or data, and write results and report.

    Args:
        folder: holds the plan, the samples and the predictions.
        into: where to write; the folder itself if not given.

    Raises:
        HarnessError: a table is missing or does not fit the plan.
    """
    plan = folder.read_plan()
    settings, dataset_card, model_cards = _understood(plan, folder / "plan.yaml")
    target = into or folder.path
    if is_large(folder / "predictions.parquet"):
        return score_large(folder, plan, settings, target)
    samples = tables.read_parquet(folder / "samples.parquet")
    predictions = tables.read_parquet(folder / "predictions.parquet")
    samples = tables.validate_samples(samples, rows_independent=True)
    predictions = tables.validate_predictions(predictions, samples)
    results = measure(samples, predictions, dataset=plan["dataset"]["name"], settings=settings)
    folds = _folds(folder / "folds.json")
    findings = examine(
        Evidence(
            samples=samples,
            predictions=predictions,
            model_cards=model_cards,
            folds=folds,
            media=_if_there(folder / "media.parquet", validate_media, samples),
            probes=_if_there(folder / "probes.parquet", validate_probes, samples),
        ),
        dataset=plan["dataset"]["name"],
        model=plan["model"]["name"],
        merge=settings.merge,
        grouping=settings.grouping,
        seed=settings.seed,
        level=settings.level,
        min_subjects=settings.min_subjects,
    )
    results = pa.concat_tables([results, tables.results_table(findings)])
    tables.write_parquet(results, target / "results.parquet")
    tables.write_csv(results, target / "results.csv")
    page = report.render(
        report.Report(
            plan=plan,
            plan_sha256=canonical_hash(plan),
            dataset_card=dataset_card,
            model_cards=model_cards,
            samples=samples,
            predictions=predictions,
            results=results,
            folds=folds,
        )
    )
    write_bytes(page.encode(), target / "report.html")
    return results


def _understood(plan: dict[str, Any], path: Path) -> tuple[MeasureSettings, DatasetCard, list[ModelCard]]:
    """What measuring needs of a plan, which may come from elsewhere: its bounds hold here as for a config."""
    require_whole(plan, path)
    settings = measure_settings(plan, path)
    try:
        _ = origins(plan["attributes"])
        dataset_card = DatasetCard.model_validate(plan["cards"]["dataset"])
        models = (plan["model"], *plan["baselines"])
        cards = [ModelCard.model_validate(card) for _, card in zip(models, plan["cards"]["models"], strict=True)]
        return settings, dataset_card, cards
    except (KeyError, TypeError, ValueError) as error:
        raise unmeasurable(path, error) from None


def _if_there(
    path: Path, validate: Callable[[pa.Table, pa.Table], pa.Table], samples: pa.Table
) -> pa.Table | None:
    """A table that a run has only where its system reads media."""
    return validate(tables.read_parquet(path), samples) if path.is_file() else None


def _folds(path: Path) -> dict[str, Any]:
    try:
        folds: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return {model: [asdict(Fold(**fold)) for fold in of_model] for model, of_model in folds.items()}
    except (OSError, ValueError, TypeError, AttributeError, RecursionError):
        raise HarnessError(f"{path}: not the folds of a run.") from None


def _baselines(config: StudyConfig, samples: pa.Table) -> list[str]:
    if config.baselines != "auto":
        return [name for name in dict.fromkeys(config.baselines) if name != config.model.name]
    labelled = samples["label"].null_count < samples.num_rows
    # Where observers' votes made the label, the raters would be compared with themselves.
    sources = samples["label_source"].unique().to_pylist()
    judged = samples["votes"].null_count < samples.num_rows and "observer" not in sources
    names = [*(CHANCE if labelled else ()), *(["human_raters"] if labelled and judged else [])]
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
    timings: list[pa.Table] = [tables.TIMINGS.empty_table()]
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
    predictions = tables.concat_predictions([conclusion.predictions for conclusion in conclusions])
    tables.write_parquet(tables.validate_predictions(predictions, samples), folder / "predictions.parquet")
    tables.write_parquet(pa.concat_tables(timings), folder / "timings.parquet")
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
        tables.write_parquet(media_table(answered.samples, answered.reader, collector), folder / "media.parquet")
    observer.stage("asking the system again")
    amount = ProbeSettings(config.checks.max_probes, config.checks.max_inputs, config.seed)
    tables.write_parquet(probes_table(answered, amount, collector), folder / "probes.parquet")


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
