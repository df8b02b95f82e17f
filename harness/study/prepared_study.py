"""Everything that is decided before the first prediction: the samples, the systems, and the plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pyarrow as pa

from harness.conditions.condition import Condition
from harness.datasets.reader import Reader
from harness.datasets.recorded_files import noted_files
from harness.errors import HarnessError
from harness.files import sha256_bytes
from harness.inference.device import resolve_device
from harness.inference.executor import gpus_elsewhere, open_executor
from harness.models.budget import Budget
from harness.models.frame_pooling import for_films
from harness.models.model import Model, RunSettings, TableModel
from harness.progress import Share
from harness.study.assembly import kind_of, open_conditions, open_model, open_reader
from harness.study.batch_size import planned_batch_size
from harness.study.build_plan import build_plan, default_folder
from harness.study.config import StudyConfig
from harness.study.fitting import (
    require_conditions,
    require_heard,
    require_modality,
    require_names_apart,
    require_repeats,
)
from harness.study.label_fit import lost_in_mapping, require_labels_meet, system_side, without_no_labels
from harness.study.observer import Observer
from harness.study.protocol import in_protocol, require_trained_here, with_training
from harness.study.sample_list import chosen_people
from harness.study.training_corpora import TrainingCorpus
from harness.tables.file_table import FileRead
from harness.tables.schemas import RATERS
from harness.tables.versions import table_bytes

CHANCE = ("majority", "stratified_random")

LISTED, ANSWERED, PLANNED = 4, 4, 2
"""What it costs in comparison to list the samples, to read the answers of a table of them, and to plan."""


@dataclass(frozen=True)
class Prepared:
    """A study of which nothing has been asked yet.

    Attributes:
        system: under test; of films, what asks it about their frames.
        samples: that are measured.
        samples_file: the bytes of their table.
        baselines: what the system is compared with.
        conditions: under which it is asked.
        plan: of all of it.
        listed: the files that were read to list the samples, by path.
        training: what a system that is trained here is trained on, if not on the samples.
    """

    system: Model[Any]
    samples: pa.Table
    samples_file: bytes
    baselines: Sequence[Model[Any]]
    conditions: Sequence[Condition]
    plan: dict[str, Any]
    listed: Mapping[str, FileRead]
    training: Sequence[TrainingCorpus] = ()

    @property
    def default_folder(self) -> Path:
        """Where the run goes if no folder is given."""
        return default_folder(self.plan)


def open_study(config: StudyConfig) -> tuple[Reader[Any], Model[Any]]:
    """The reader of the dataset, and the system under test.

    Raises:
        HarnessError: the dataset or the model cannot be used.
    """
    reader = open_reader(config.dataset.name, config.dataset.root, config.dataset.options)
    device = _device(config)
    budget = Budget(config.budget.max_calls, config.budget.max_cost)
    settings = RunSettings(
        config.seed, device, config.precision, config.face, config.speech, budget, config.batch_timeout_s
    )
    return reader, open_model(config.model.name, config.model.options, settings)


def _device(config: StudyConfig) -> str:
    """The device on which the system computes, wherever that is."""
    kind = kind_of(config.model.name)
    elsewhere = gpus_elsewhere(open_executor(config.executor.name, config.executor.options))
    if elsewhere is None:
        return resolve_device(config.device, kind.num_gpus)
    if elsewhere == 0 and config.device.startswith("cuda"):
        raise HarnessError(
            f"device={config.device}: no GPU is reserved for the system on the cluster. Add executor.num_gpus=1, "
            "or use device=cpu."
        )
    return resolve_device(config.device, lambda: None if kind.num_gpus() is None else elsewhere)


def prepare(config: StudyConfig, reader: Reader[Any], system: Model[Any], observer: Observer) -> Prepared:
    """List the samples, open the baselines, and make the plan.

    Raises:
        HarnessError: the parts of the study do not fit each other.
    """
    reads_answers = isinstance(system, TableModel)
    of_listing, of_answers, planning = Share(observer.share).split(LISTED, ANSWERED * reads_answers, PLANNED)
    listing = reader.recording()
    with noted_files() as listed:
        all_samples = _listed(listing, system)
    of_listing.end()
    answerable = system_side(system, all_samples, listing.label_places, config)
    of_answers.end()
    people = chosen_people(config, listing, all_samples, answerable.labels)
    samples, unlabelled = without_no_labels(people.samples, config.labels.merge)
    protocol = in_protocol(all_samples, samples, config.protocol, card=reader.card, seed=config.seed)
    require_trained_here(config.protocol, system)
    protocol = with_training(protocol, listing, all_samples, config.labels.merge)
    samples = protocol.samples
    people = replace(people, samples=samples)
    system.require_answers(samples)
    meeting = require_labels_meet(samples, listing.label_places, answerable, config)
    of_data = (*listing.remarks, *protocol.warnings)
    for text in (*of_data, *system.remarks, *people.warnings(), *unlabelled, *meeting):
        observer.warn(text)
    for text in lost_in_mapping(samples, answerable, config.labels.merge):
        observer.note(text)
    samples_file = table_bytes(samples, "samples")
    baselines = [open_model(name, {}, system.settings) for name in _baselines(config, samples)]
    conditions = open_conditions(config.conditions, config.condition_files)
    require_names_apart(system, baselines)
    require_modality(reader, system, samples)
    for corpus in protocol.training:
        require_modality(corpus.reader, system, corpus.samples)
    system = for_films(system, samples, config.video)
    require_heard(system, config.speech)
    require_conditions(conditions, system, samples)
    require_repeats(config.repeats, system)
    plan = build_plan(
        config,
        reader=reader,
        people=people,
        protocol=protocol,
        samples_sha256=sha256_bytes(samples_file),
        system=system,
        baselines=baselines,
        conditions=conditions,
    )
    planning.end()
    plan["batch_size"] = planned_batch_size(config, plan, system, observer)
    return Prepared(system, samples, samples_file, baselines, conditions, plan, listed, protocol.training)


def _listed(listing: Reader[Any], system: Model[Any]) -> pa.Table:
    """All samples of the dataset.

    Raises:
        HarnessError: they cannot be listed; the message says as well what is to be mended of the system's files.
    """
    try:
        return listing.samples()
    except HarnessError as error:
        raise HarnessError("\n".join([str(error), *system.own_problems()])) from None


def _baselines(config: StudyConfig, samples: pa.Table) -> list[str]:
    if config.baselines != "auto":
        return [name for name in dict.fromkeys(config.baselines) if name != config.model.name]
    labelled = samples["label"].null_count < samples.num_rows
    # If observers' votes determined the label, the raters would be compared with themselves.
    sources = samples["label_source"].unique().to_pylist()
    judged = samples["votes"].null_count < samples.num_rows and "observer" not in sources
    names = [*(CHANCE if labelled else ()), *([RATERS] if labelled and judged else [])]
    return [name for name in names if name != config.model.name]
