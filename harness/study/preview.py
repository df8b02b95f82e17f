"""A preview of what a study can show, before it is run; only the list of samples is read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import pyarrow as pa

from harness.datasets.reader import Reader, ReaderOptions
from harness.errors import HarnessError
from harness.models.model import RunSettings
from harness.study.assembly import open_model, open_reader
from harness.study.build_plan import group_plan
from harness.study.config import StudyConfig
from harness.study.label_fit import lost_in_mapping, require_labels_meet, system_side, without_no_labels
from harness.study.planned_calls import PlannedCalls, planned_calls
from harness.study.protocol import in_protocol, with_training
from harness.study.sample_list import chosen_people

ANY_MODEL = "majority"
"""The system that is used if none is named: power does not depend on it."""


@dataclass(frozen=True)
class Preview:
    """The people of a study, and the gaps between groups that can be detected with them.

    Attributes:
        config: the study.
        simulated: whether the dataset is simulated.
        num_samples: the samples of the study.
        num_subjects: their subjects.
        groups: per axis, the plan's section ``attributes.groups``.
        power: per axis, the plan's section ``power.axes``.
        warnings: that a run would begin with: about the file of people, the labels of both sides, and what would
            stop it.
        notes: that it would begin with besides: what is lost between the labels.
        calls: what a service would be asked; None for a system that is computed here.
    """

    config: StudyConfig
    simulated: bool
    num_samples: int
    num_subjects: int
    groups: dict[str, dict[str, Any]]
    power: dict[str, dict[str, Any]]
    warnings: list[str]
    calls: PlannedCalls | None = None
    notes: Sequence[str] = ()


def preview(config: StudyConfig) -> Preview:
    """Compute the preview of a study.

    Raises:
        HarnessError: the dataset cannot be listed, or a choice names an attribute that it does not have.
    """
    reader = open_reader(config.dataset.name, config.dataset.root, config.dataset.options)
    listed = reader.samples()
    people = chosen_people(config, reader, listed, _model_labels(config, listed))
    protocol = in_protocol(listed, people.samples, config.protocol, card=reader.card, seed=config.seed)
    protocol = with_training(protocol, reader, listed, config.labels.merge)
    people = replace(people, samples=protocol.samples)
    plan = group_plan(config, reader=reader, people=people)
    warnings, notes = _of_labels(config, reader, listed, people.samples)
    return Preview(
        config=config,
        simulated=bool(reader.card.simulated),
        num_samples=people.samples.num_rows,
        num_subjects=len(people.samples["subject_id"].unique()),
        groups=plan["attributes"]["groups"],
        power=plan["power"]["axes"],
        warnings=[*reader.remarks, *protocol.warnings, *people.warnings(), *warnings],
        calls=planned_calls(config, people.samples),
        notes=notes,
    )


def _of_labels(
    config: StudyConfig, reader: Reader[ReaderOptions], listed: pa.Table, samples: pa.Table
) -> tuple[list[str], list[str]]:
    """What a run would say of the labels of dataset and system before it asks: warnings and notes."""
    if config.model.name == ANY_MODEL:
        return [], []
    places, merge = reader.label_places, config.labels.merge
    try:
        model = open_model(config.model.name, config.model.options, RunSettings(face=config.face))
        system = system_side(model, listed, places, config)
        labelled, unlabelled = without_no_labels(samples, merge)
        meeting = require_labels_meet(labelled, places, system, config)
        return [*model.remarks, *unlabelled, *meeting], lost_in_mapping(labelled, system, merge)
    except HarnessError as error:
        return [f"A run would stop here. {error}"], []


def _model_labels(config: StudyConfig, listed: pa.Table) -> list[str]:
    """What the model can answer, where the study keeps only these labels; a file of answers is read for it."""
    if config.labels.only != "model":
        return []
    return open_model(config.model.name, config.model.options, RunSettings(face=config.face)).labels_for(listed)
