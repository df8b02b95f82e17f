"""The study that a pack's plan describes, to be run again by somebody else with their own paths and cards.

A plan states every choice and no path: where data, weights and the file of attributes are, only whoever runs it
knows. A received plan is not trusted: what it states is validated like a config, a path in it is refused, and what
only the user grants a system (that its code runs, which hosts it reaches) counts only if they say so themselves.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, get_args

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.errors import HydraException
from pydantic import BaseModel

from harness.cards import registry
from harness.cards.facts import card_names, dataset_card
from harness.datasets.reader import Reader, ReaderOptions
from harness.errors import HarnessError
from harness.evidence.pseudonyms import has_pseudonym
from harness.models.granted import granted_options
from harness.signals.face_options import FaceOptions
from harness.study.assembly import kind_of, open_reader
from harness.study.compose import with_facts_quoted
from harness.study.config import StudyConfig, study_config
from harness.study.grants import require_granted, stated_options
from harness.wording import listed

_FREE = ("device", "tracking")
"""What the plan or the harness proposes, and whoever runs it again may choose otherwise."""

_SPEECH = ("detector", "min_score", "min_speech_s")
_PROTOCOL = ("folds", "allow_leak")
_BEFORE_PROTOCOLS = {"folds": "auto", "allow_leak": True}
"""Plans without the section are of a time when any split was taken."""
_ABSENT = object()


def planned_study(plan: Mapping[str, Any], given: Sequence[str], out: Path) -> StudyConfig:
    """The config of a study with the choices of a plan.

    Args:
        plan: of a pack that was verified.
        given: overrides as on the command line of ``harness run``, of what the plan does not decide.
        out: the folder of the run.

    Raises:
        HarnessError: a path that the plan needs is not given; an override contradicts the plan; the system or the
            dataset has no card here; or the plan states what this version of the harness does not know.
    """
    try:
        choices = planned_choices(plan)
        schemas = _schemas(plan)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise HarnessError(f"The plan of the pack cannot be run again by this version ({error!r:.200}).") from None
    _require_no_paths(choices, schemas)
    granted = {f"model.{name}" for name in granted_options(schemas["model"])}
    for key, value in _values(given):
        _put(choices, key, value, free=key in granted or key.split(".")[0] in _FREE)
    if needed := list(_needed(plan, choices, schemas)):
        raise HarnessError(f"A plan states no paths and no names of people. Give {listed(needed, most=20)}.")
    config = study_config({**choices, "out": str(out)})
    require_granted(config.model, stated_options(given))
    return config


def planned_reader(plan: Mapping[str, Any], given: Sequence[str]) -> Reader[ReaderOptions]:
    """The reader of a plan's dataset, with the paths of whoever reads it again.

    Args:
        plan: of this version, see `harness.evidence.run_folder.RunFolder.read_plan`.
        given: overrides such as ``dataset.root=PATH``; of the dataset alone.

    Raises:
        HarnessError: a path that the dataset needs is not given; an override contradicts the plan or is not of the
            dataset; the dataset has no card here.
    """
    name, options = str(plan["dataset"]["name"]), dict(plan["dataset"]["options"])
    kind = _reader_of(plan)
    choices: dict[str, Any] = {"dataset": options}
    _require_no_paths(choices, {"dataset": kind.Options})
    for key, value in _values(given):
        if not key.startswith("dataset."):
            raise HarnessError(f"{key}: only the dataset is read. Give dataset.root=PATH and the like.")
        _put(choices, key, value, free=False)
    if kind.needs_root and options.get("root") is None:
        raise HarnessError("A plan states no paths. Give dataset.root=PATH.")
    root = options.pop("root", None)
    return open_reader(name, None if root is None else Path(str(root)), options)


def planned_choices(plan: Mapping[str, Any]) -> dict[str, Any]:
    """The choices of a plan as the sections of ``configs/run.yaml``, without paths; not validated.

    Args:
        plan: of this version, see `harness.evidence.run_folder.RunFolder.read_plan`.
    """
    dataset, model, attributes = plan["dataset"], plan["model"], plan["attributes"]
    speech, protocol = plan.get("speech"), plan.get("protocol", _BEFORE_PROTOCOLS)
    sections = {
        "face": plan["face"],
        "speech": None if speech is None else {name: speech[name] for name in _SPEECH},
    }
    return {
        "dataset": {"name": dataset["name"], **dataset["options"]},
        "model": {"name": model["card"], **model["options"]},
        "limit": dataset["limit"],
        **{name: plan[name] for name in ("seed", "device", "precision", "batch_size", "timeout_s", "repeats")},
        "conditions": [condition["name"] for condition in plan["conditions"]],
        "baselines": [baseline["card"] for baseline in plan["baselines"]],
        **{name: dict(section) for name, section in sections.items() if section is not None},
        "protocol": {name: protocol[name] for name in _PROTOCOL},
        "labels": {"merge": dict(plan["labels"]["merge"]) or None, "only": plan["labels"]["only"]},
        "attributes": {
            "axes": attributes["axes"] or None,  # a dataset may have no attributes
            "bands": attributes["bands"],
            "sources": {name: of["source"] for name, of in attributes["sources"].items()},
            "estimate": [name for name, of in attributes["sources"].items() if of["origin"] == "signal"],
        },
        "measure": {name: value for name, value in plan["measure"].items() if name != "metrics"},
        "power": {name: plan["power"]["assumed"][name] for name in ("rate", "icc", "power")},
        "checks": dict(plan["checks"]),
        "tracking": {"enabled": False},
    }


def _schemas(plan: Mapping[str, Any]) -> dict[str, type[BaseModel]]:
    """The options of each section that may hold paths, as they are here."""
    reader = _reader_of(plan)
    return {
        "dataset": reader.Options,
        "model": kind_of(_card_here("models", plan["model"]["card"])).Options,
        **({} if plan["face"] is None else {"face": FaceOptions}),
    }


def _reader_of(plan: Mapping[str, Any]) -> type[Reader[ReaderOptions]]:
    card = dataset_card(_card_here("datasets", plan["dataset"]["name"]))
    reader: type[Reader[ReaderOptions]] = registry.find("readers", card.reader)
    return reader


def _card_here(kind: Literal["datasets", "models"], name: object) -> str:
    """The name of a card of the plan.

    Raises:
        HarnessError: there is no such card here.
    """
    if name not in card_names(kind):
        raise HarnessError(
            f"There is no card {kind}/{str(name)[:100]} here. Give the folder of cards that has it: --config-dir "
            f"FOLDER, in which it is FOLDER/{kind}/NAME/card.yaml."
        )
    return str(name)


def _paths(schema: type[BaseModel]) -> list[str]:
    """The options that hold paths."""
    return [name for name, field in schema.model_fields.items() if _mentions_path(field.annotation)]


def _mentions_path(annotation: object) -> bool:
    return annotation is Path or any(_mentions_path(part) for part in get_args(annotation))


def _require_no_paths(choices: Mapping[str, Any], schemas: Mapping[str, type[BaseModel]]) -> None:
    named = [
        f"{section}.{name}"
        for section, schema in schemas.items()
        for name in ("root", *_paths(schema))
        if choices[section].get(name) is not None
    ]
    if named:
        raise HarnessError(
            f"The plan of the pack names files ({listed(named)}), which no plan of the harness does. They are not "
            "opened, and the pack is not run again."
        )


def _values(given: Iterable[str]) -> Iterator[tuple[str, Any]]:
    """Key and value of each override."""
    parser = OverridesParser.create()
    for text in with_facts_quoted(list(given)):
        try:
            override = parser.parse_override(text)
        except HydraException:
            raise HarnessError(
                f"{text!r} is not readable. Write key=value, and quote a text: key='\"a, b\"'."
            ) from None
        if override.is_delete() or override.is_sweep_override():
            raise HarnessError(f"{text}: give one value, as in key=value.")
        key = override.key_or_group
        if key == "out" or key.startswith("hydra"):
            raise HarnessError(f"{text}: the folder of the run is chosen with --into DIR, and nothing of Hydra's.")
        yield key, override.value()


def _put(choices: dict[str, Any], key: str, value: Any, *, free: bool) -> None:
    """Add what the plan does not decide; what it decides may be said again."""
    *sections, last = key.split(".")
    section = choices
    for name in sections:
        section = section.setdefault(name, {})
        if not isinstance(section, dict):
            raise HarnessError(f"{key}: there is no such choice.")
    planned = section.get(last, _ABSENT)
    if not free and planned is not _ABSENT and planned != value and not has_pseudonym(planned):
        raise HarnessError(
            f"{key}={value}: the plan decides it ({planned}). A study with other choices is another one: run it "
            "with harness run, and compare the two with harness compare."
        )
    section[last] = value


def _needed(
    plan: Mapping[str, Any], choices: Mapping[str, Any], schemas: Mapping[str, type[BaseModel]]
) -> Iterator[str]:
    """What whoever runs it again must still give, as overrides."""
    reader = _reader_of(plan)
    if reader.needs_root and choices["dataset"].get("root") is None:
        yield "dataset.root=PATH"
    for section, schema in schemas.items():
        planned = _planned_options(plan, section)
        for name in _paths(schema):
            if name not in planned and choices[section].get(name) is None:
                yield f"{section}.{name}=PATH"
    if plan["attributes"].get("file_sha256") is not None and choices["attributes"].get("file") is None:
        yield f"attributes.file=PATH (SHA-256 {plan['attributes']['file_sha256']})"
    others = [of["dataset"] for of in plan.get("protocol", {}).get("training", []) if not _is_own(plan, of)]
    if others and not choices["protocol"].get("train_on"):
        yield f"protocol.train_on=[{', '.join(f'{{name: {name}, root: PATH}}' for name in others)}]"
    for section in ("dataset", "model"):
        for name, value in choices[section].items():
            if has_pseudonym(value):
                yield f"{section}.{name}=NAMES (the pack has pseudonyms in their place)"


def _is_own(plan: Mapping[str, Any], training: Mapping[str, Any]) -> bool:
    """Whether what was trained on is a part of the tested dataset."""
    return bool(plan["protocol"]["folds"] == "partition" and training["dataset"] == plan["dataset"]["name"])


def _planned_options(plan: Mapping[str, Any], section: str) -> Mapping[str, Any]:
    options: Mapping[str, Any] = plan["face"] if section == "face" else plan[section]["options"]
    return options
