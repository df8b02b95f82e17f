"""The plan of a study: everything that determines its numbers, resolved before the first prediction.

AI Act Art. 9(8) requires prior defined metrics and thresholds. What does not affect the numbers (where the data
are, how many workers read them, where the run is logged) is not part of the plan.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from harness import __version__
from harness.attributes.attribute_plan import attribute_plan
from harness.attributes.grouping import Grouping
from harness.attributes.people import People
from harness.cards import registry
from harness.cards.registry import Extension
from harness.checks.control_choices import require_columns
from harness.conditions.condition import Condition
from harness.datasets.reader import Reader, ReaderOptions
from harness.files import canonical_hash, own_sources_sha256
from harness.known_metrics import metric_facts
from harness.models.frame_pooling import FramePooling
from harness.models.model import MediaModel, Model, ModelOptions
from harness.models.speech_detection import speech_gate
from harness.statistics.power import Assumptions
from harness.study.config import StudyConfig
from harness.study.plain_choices import choices
from harness.study.plan_missing import missing_answers
from harness.study.plan_power import power_plan
from harness.study.protocol import Protocol
from harness.tables.sample_codes import strata_of
from harness.tables.versions import KEY, schema_version
from harness.tables.votes import VOTES, classes_of_votes, voted_labels, votes_of


def build_plan(
    config: StudyConfig,
    *,
    reader: Reader[ReaderOptions],
    people: People,
    protocol: Protocol,
    samples_sha256: str,
    system: Model[ModelOptions],
    baselines: Sequence[Model[ModelOptions]],
    conditions: Sequence[Condition],
) -> dict[str, Any]:
    """Build the plan, from plain JSON values only. A batch size of ``auto`` is still to become a number."""
    plan = {
        KEY: schema_version("plan"),
        "harness": __version__,
        "code_sha256": own_sources_sha256(),
        "dataset": {
            "name": reader.card.name,
            "options": choices(reader.options),
            "simulated": reader.card.simulated,
            "num_samples": people.samples.num_rows,
            "num_subjects": len(people.samples["subject_id"].unique()),
            "samples_sha256": samples_sha256,
            "limit": config.limit,
            **({"facts": facts} if (facts := reader.facts()) else {}),
        },
        "model": _model(system),
        "baselines": [_model(model) for model in baselines],
        "conditions": [condition.plain() for condition in conditions],
        "repeats": config.repeats,
        "face": choices(config.face) if "face" in system.card.modalities else None,
        **_speech(config, system),
        **({"video": choices(config.video)} if isinstance(system, FramePooling) else {}),
        "seed": config.seed,
        "device": system.settings.device,
        "precision": config.precision,
        "batch_size": config.batch_size,
        "timeout_s": config.timeout_s,
        "protocol": protocol.plain(),
        "labels": {"merge": config.labels.merge or {}, "only": config.labels.only},
        **group_plan(config, reader=reader, people=people, system=system),
        "measure": {
            **choices(config.measure),
            "metrics": [facts.name for facts in metric_facts()],
        },
        "checks": choices(config.checks),
        "extensions": [extension.plain() for extension in _extensions(reader, (system, *baselines))],
        "cards": {
            "dataset": protocol.stated_in(reader.card).model_dump(mode="json"),
            "models": [model.card.model_dump(mode="json") for model in (system, *baselines)],
        },
    }
    resolved: dict[str, Any] = json.loads(json.dumps(plan))
    return resolved


def _speech(config: StudyConfig, system: Model[ModelOptions]) -> dict[str, Any]:
    """The section ``speech``, where speech is searched for."""
    gate = speech_gate(config.speech) if isinstance(system, MediaModel) else None
    return {} if gate is None else {"speech": gate.facts()}


def default_folder(plan: Mapping[str, Any]) -> Path:
    """Where the run of a plan goes if no folder is given."""
    system = plan["model"]["name"].replace(" ", "_")
    return Path("outputs") / f"{plan['dataset']['name']}-{system}-{canonical_hash(plan)[:8]}"


def answers_key(plan: dict[str, Any]) -> str:
    """The hash of what decides the predictions of a plan: what else is planned may change, and answers still hold.

    Args:
        plan: as `build_plan` makes it.
    """
    deciding = {name: section for name, section in plan.items() if name not in _MEASURING}
    packages = [package for package in plan.get("extensions", []) if package["kind"] not in ("metrics", "checks")]
    return canonical_hash({**deciding, "extensions": packages})


_MEASURING = ("labels", "attributes", "power", "missing_answers", "measure", "checks", "repeats")
"""Sections of a plan that decide what is measured of the predictions, or what is asked besides. What they change
of the samples, such as the choice of labels or the columns of attributes, is in the hash of the samples."""


def group_plan(
    config: StudyConfig,
    *,
    reader: Reader[ReaderOptions],
    people: People,
    system: Model[ModelOptions] | None = None,
) -> dict[str, Any]:
    """The sections ``attributes`` and ``power``: the groups that are compared, and the power of the comparisons.

    Where the system combines others, also ``missing_answers``.

    Raises:
        HarnessError: a choice names an attribute or a column that the samples do not have.
    """
    if config.measure.match_on:
        strata_of(people.samples.slice(0, 0), config.measure.match_on)  # fail before anything is predicted
    if config.measure.votes:
        votes = votes_of(people.samples, config.measure.shares or VOTES)
        classes_of_votes(voted_labels(votes), config.labels.merge or {})
    for option in ("negative_control", "negative_outcomes"):
        require_columns(people.samples, getattr(config.checks, option), f"checks.{option}")
    attributes = attribute_plan(
        people,
        card=reader.card.attributes,
        axes=config.attributes.axes,
        bands=config.attributes.bands,
        sources=config.attributes.sources,
        errors=config.attributes.errors,
    )
    grouping, min_subjects = Grouping.of(attributes), config.measure.min_subjects
    power = power_plan(
        people.samples,
        grouping,
        assumed=Assumptions(**choices(config.power), level=config.measure.level),
        tolerance=config.measure.tolerance,
        min_subjects=min_subjects,
    )
    absent = {} if system is None else system.absent(people.samples)
    missing = missing_answers(absent, people.samples, grouping, min_subjects=min_subjects) if absent else None
    of_parts = {} if missing is None else {"missing_answers": missing.plain()}
    return {"attributes": attributes, "power": power.plain(), **of_parts}


def _extensions(reader: Reader[ReaderOptions], models: Sequence[Model[ModelOptions]]) -> list[Extension]:
    """The extensions in use: all installed metrics and checks, the reader and the models."""
    kinds = {model.card.kind for model in models}
    return [
        *registry.extensions("metrics"),
        *registry.extensions("checks"),
        *(each for each in registry.extensions("readers") if each.name == reader.card.reader),
        *(each for each in registry.extensions("models") if each.name in kinds),
    ]


def _model(model: Model[ModelOptions]) -> dict[str, Any]:
    return {
        "name": model.name,
        "card": model.card.name,
        "options": choices(model.options),
        "facts": model.facts(),
        "notes": model.notes(),
    }
