"""Creates readers, models and conditions from cards, the registry and validated options."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from harness.cards import registry
from harness.cards.facts import dataset_card, model_card, validation_problems
from harness.conditions.composed import MAX_PARTS, Composed
from harness.conditions.condition import Condition
from harness.conditions.given_files import GivenFiles, given_files
from harness.datasets.reader import Reader, ReaderOptions
from harness.errors import HarnessError
from harness.models.granted import granted_options
from harness.models.model import CrossFittedModel, MediaModel, Model, ModelOptions, RunSettings
from harness.tables.condition_names import JOINT
from harness.tables.schemas import CLEAN


def open_reader(name: str, root: Path | None, options: dict[str, Any]) -> Reader[ReaderOptions]:
    """The reader of a dataset.

    Raises:
        HarnessError: there is no such card or reader, an option is unknown or out of range, or the root is not a
            folder.
    """
    card = dataset_card(name)
    kind: type[Reader[ReaderOptions]] = registry.find("readers", card.reader)
    return kind(card, root, _options(kind.Options, options, f"dataset {name}"))


def open_model(name: str, options: dict[str, Any], settings: RunSettings) -> Model[ModelOptions]:
    """The adapter of a model.

    Raises:
        HarnessError: there is no such card or kind, or an option is unknown or out of range.
    """
    card, kind = model_card(name), kind_of(name)
    if issubclass(kind, MediaModel) and issubclass(kind, CrossFittedModel) != (card.training == "cross_fitted"):
        raise HarnessError(f"model {name}: its card says training: {card.training}, which {card.kind} is not.")
    return kind(card, _options(kind.Options, _of_kind(kind, options), f"model {name}"), settings)


def kind_of(name: str) -> type[Model[ModelOptions]]:
    """The class of a model.

    Raises:
        HarnessError: there is no such card or kind.
    """
    kind: type[Model[ModelOptions]] = registry.find("models", model_card(name).kind)
    return kind


def _of_kind(kind: type[Model[ModelOptions]], options: Mapping[str, Any]) -> dict[str, Any]:
    """The options without what the user grants once for all systems of a sweep, and this kind has no use for."""
    unknown, granted = set(options) - set(kind.Options.model_fields), set[str]()
    for each in registry.names("models") if unknown else ():
        if unknown <= granted:
            break  # some kinds take long to import
        granted |= granted_options(registry.find("models", each).Options).keys()
    return {option: value for option, value in options.items() if option not in unknown & granted}


def open_conditions(names: Iterable[str], folders: Mapping[str, Path] | None = None) -> list[Condition]:
    """The conditions of these names, such as ``face/grey``, ``voice/gain@2`` or ``face/grey+face/mirror``.

    Args:
        names: of families, with their severities.
        folders: family → the folder with the files that it needs; those of other families are passed over.

    Raises:
        HarnessError: there is no such family, it has no such severity, or `clean` is joined with others; a family
            lacks its files, is given some that it does not take, or cannot use them.
    """
    folders = folders or {}
    for family in folders:
        if registry.find("conditions", family).files is None:
            raise HarnessError(f"condition_files: condition {family} takes no files. Leave it out.")
    given: dict[str, GivenFiles] = {}  # read once for all severities
    return [_joined(name, folders, given) for name in names]


def condition_modules(names: Iterable[str]) -> list[str]:
    """The modules that define conditions, for workers to import before they are asked for them.

    Raises:
        HarnessError: there is no such family.
    """
    families = {part.partition("@")[0] for name in names for part in name.split(JOINT)}
    return sorted({registry.find("conditions", family).__module__ for family in families})


def open_condition(name: str, folders: Mapping[str, Path] | None = None) -> Condition:
    """One condition, see `open_conditions`."""
    (condition,) = open_conditions([name], folders)
    return condition


def _joined(name: str, folders: Mapping[str, Path], given: dict[str, GivenFiles]) -> Condition:
    parts = [_one_condition(part, folders, given) for part in name.split(JOINT, MAX_PARTS)]
    if len(parts) == 1:
        return parts[0]
    if len(parts) > MAX_PARTS:
        raise HarnessError(f"condition {name}: at most {MAX_PARTS} changes can be joined.")
    if CLEAN in (part.name for part in parts):
        raise HarnessError(f"condition {name}: {CLEAN} changes nothing; leave it out.")
    return Composed(parts)


def _one_condition(name: str, folders: Mapping[str, Path], given: dict[str, GivenFiles]) -> Condition:
    family, at, severity = name.partition("@")
    if at and not re.fullmatch("[1-9][0-9]?", severity):
        raise HarnessError(f"condition {name}: the severity after @ must be a whole number.")
    kind: type[Condition] = registry.find("conditions", family)
    strength = int(severity) if at else None
    if kind.files is None:
        return kind(family, strength)
    if family not in given:
        given[family] = given_files(family, kind.files, folders.get(family))
    return kind(family, strength, given[family])


def _options(schema: type[BaseModel], values: dict[str, Any], where: str) -> Any:
    try:
        return schema.model_validate(values)
    except ValidationError as error:
        known = ", ".join(schema.model_fields) or "none"
        raise HarnessError(f"{where}: {validation_problems(error)}. Its options: {known}.") from None
