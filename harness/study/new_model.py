"""The card, the config and the README of a system of a known kind, to fill in.

They are written from the schemas of the kind, so that they name every key there is and no other.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel

from harness.cards import registry
from harness.cards.described import TO_FILL, comment, descriptions, template_lines
from harness.cards.facts import Licence, ModelCard, Weights
from harness.cards.modality import Modality
from harness.errors import HarnessError
from harness.models.granted import granted_options
from harness.models.model import CrossFittedModel, Model, ModelOptions, TableModel
from harness.study.new_files import require_name, write_new

_HEAD = f"""\
# Facts about the system. Replace every {TO_FILL}, and take out of its comment what else you know.
# What is not stated is shown as not stated.
"""


@dataclass(frozen=True)
class NewModel:
    """What was written.

    Attributes:
        name: of the model.
        folder: as given, for ``--config-dir``.
        files: in the order in which they are filled in.
        trust: whether the kind asks for the user's trust.
    """

    name: str
    folder: Path
    files: tuple[Path, ...]
    trust: bool


def write_new_model(kind: str, folder: Path, modality: str | None = None, name: str | None = None) -> NewModel:
    """Write the files of a new system.

    Args:
        kind: a name in the registry of models.
        folder: where ``models/<name>/`` and ``configs/model/<name>.yaml`` are written.
        modality: what the system reads; by default what systems of the kind usually do.
        name: of the model; by default that of the folder.

    Raises:
        HarnessError: there is no such kind or modality, the name cannot be used, or a file exists already.
    """
    adapter: type[Model[ModelOptions]] = registry.find("models", kind)
    name = folder.absolute().name.lower().replace("-", "_") if name is None else name
    require_name(name, "a model")
    modality = adapter.usual_modality if modality is None else modality
    if modality not in set(Modality) - {Modality.NOT_STATED}:
        known = ", ".join(each for each in Modality if each != Modality.NOT_STATED)
        raise HarnessError(f"There is no modality {modality!r}. Known: {known}.")
    home = folder / "models" / name
    texts = {
        home / "card.yaml": _card(kind, adapter, name, modality),
        folder / "configs" / "model" / f"{name}.yaml": _config(adapter, name),
        **{home / file: text for file, text in adapter.starter_files.items()},
        home / "README.md": _readme(kind, name, folder, _asks_for_trust(adapter)),
    }
    write_new(texts)
    return NewModel(name, folder, tuple(texts), _asks_for_trust(adapter))


def _card(kind: str, adapter: type[Model[ModelOptions]], name: str, modality: str) -> str:
    reads_media = not issubclass(adapter, TableModel)
    given: dict[str, Any] = {
        "name": name,
        "kind": kind,
        "modalities": [str(modality)] if reads_media else [],
        "training": _training(adapter),
    }
    if _training(adapter) == "pretrained":
        given["labels"] = TO_FILL
    sections: dict[str, type[BaseModel]] = {
        "input": adapter.input_schema(_blank_card(given)),
        "output": adapter.Output,
        "connection": adapter.Connection,
    }
    given["input"] = adapter.usual_input.get(sections["input"], {})
    if "weights" in adapter.Options.model_fields:
        sections["weights"] = Weights
        given["weights"] = {"source": "file", "path": TO_FILL}
    lines = template_lines(ModelCard, given, sections, optional="in comments")
    return f"{_HEAD}\n{_document(lines)}"


def _config(adapter: type[Model[ModelOptions]], name: str) -> str:
    head = f"# Choices; each can be overridden on the command line: model.<key>=<value>.\nname: {name}\n\n"
    granted = granted_options(adapter.Options)
    given = {"system": name} if "system" in adapter.Options.model_fields else {}
    return head + _document(template_lines(adapter.Options, given, without=granted)) + _left_out(adapter, granted)


def _left_out(adapter: type[Model[ModelOptions]], granted: Iterable[str]) -> str:
    """Options that do not count in a config, as comments."""
    meanings = descriptions(adapter.Options)
    lines = [line for option in granted for line in comment(f"model.{option}: {meanings[option]}")]
    why = "\n# Only on the command line, because a config may come with the system:\n"
    return why + "".join(f"{line}\n" for line in lines) if lines else ""


def _document(lines: Iterable[str]) -> str:
    """One text, with a blank line before what is said of each key at the top."""
    text = "".join(f"{line}\n" for line in lines)
    return re.sub(r"(?m)^(?!# )(.*\n)(?=# )", r"\1\n", text)


def _readme(kind: str, name: str, folder: Path, trust: bool) -> str:
    return f"""\
# {name}

A system of the kind `{kind}`. Say here what it is, who provides it and how somebody else gets it.

Fill in `card.yaml` (facts) and `configs/model/{name}.yaml` (choices), then:

```
{next_command(name, folder, trust=trust)}
```
"""


def next_command(name: str, folder: Path, *, trust: bool) -> str:
    """The command that measures the system once its files are filled in."""
    trusted = " model.trust=true" if trust else ""
    return f"harness run --config-dir {folder} dataset=NAME dataset.root=PATH model={name}{trusted}"


def _asks_for_trust(adapter: type[Model[ModelOptions]]) -> bool:
    """Whether nothing can be measured without trust: a program runs, whatever it is."""
    return adapter.needs_trust


def _training(adapter: type[Model[ModelOptions]]) -> Literal["none", "cross_fitted", "pretrained"]:
    if issubclass(adapter, TableModel):
        return "none"
    return "cross_fitted" if issubclass(adapter, CrossFittedModel) else "pretrained"


def _blank_card(given: dict[str, Any]) -> ModelCard:
    """A card that says no more than the kind and the modality, for a kind whose input depends on them."""
    facts = {**given, "labels": [], "title": "", "description": "", "purpose": "", "limitations": []}
    return ModelCard.model_validate({**facts, "licence": Licence(name="")})
