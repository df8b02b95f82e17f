"""What a system gets because the user grants it: asked for at once, with all that is missing, ready to paste."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from pydantic import ValidationError

from harness.cards.facts import model_card
from harness.errors import HarnessError
from harness.models.granted import Needed, granted_options, written_option
from harness.models.model import Model, ModelOptions
from harness.study.assembly import kind_of
from harness.study.config import ModelChoices


def require_granted(model: ModelChoices, stated: Collection[str]) -> None:
    """Check that a system gets what only the user grants because the user says so, and not a config.

    A config can say it in more ways than can be seen in its text, such as by naming another key, so what is
    checked is what was composed.

    Args:
        model: as composed.
        stated: the options that the user stated.

    Raises:
        HarnessError: a config grants something; the message says what to add to the command line, also for what
            the card asks for besides.
    """
    marks = granted_options(kind_of(model.name).Options)
    by_config = [name for name in marks if model.options.get(name) and name not in stated]
    if not by_config:
        return
    several = len(by_config) > 1
    whats = " and ".join(marks[name].what for name in by_config)
    besides = _needed(model)
    said = {name: model.options[name] for name in by_config} | {need.option: need.value for need in besides}
    raise HarnessError(
        f"model {model.name}: {' and '.join(by_config)} {'are' if several else 'is'} in a config, but {whats} "
        f"{'are decisions' if several else 'is a decision'} of who runs the study."
        f"{f' Besides, {_clauses(besides)}.' if besides else ''} Remove the line{'s' if several else ''}, and if "
        f"you want it, say so on the command line: {_options(said)}"
    )


def require_needed(system: Model[Any]) -> None:
    """Check before a system is asked that the user has granted what its card asks for.

    Raises:
        HarnessError: something is missing; the message lists all of it.
    """
    needed = system.needed_grants(system.card, system.options)
    if needed:
        raise HarnessError(
            f"model {system.name}: {_clauses(needed)}; if you want that, say so on the command line: "
            f"{_options({need.option: need.value for need in needed})}"
        )


def stated_options(overrides: Iterable[str]) -> set[str]:
    """The options of the system that overrides of the command line state."""
    keys = (override.partition("=")[0].lstrip("+") for override in overrides)
    return {key.removeprefix("model.") for key in keys if key.startswith("model.")}


def _needed(model: ModelChoices) -> list[Needed]:
    """What a card asks for besides what a config grants; nothing if the options are wrong, which is said later."""
    kind: type[Model[ModelOptions]] = kind_of(model.name)
    known = {name: value for name, value in model.options.items() if name in kind.Options.model_fields}
    try:
        return kind.needed_grants(model_card(model.name), kind.Options.model_validate(known))
    except ValidationError:
        return []


def _clauses(needed: Iterable[Needed]) -> str:
    return ", and ".join(need.why for need in needed)


def _options(values: Mapping[str, object]) -> str:
    return " ".join(written_option(name, value) for name, value in values.items())
