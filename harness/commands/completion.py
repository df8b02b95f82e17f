"""What the shell offers at Tab: names of datasets and systems, and choices with their defaults."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import typer

_OF_HYDRA = ("defaults", "hydra")
_NAMED = ("dataset", "model", "executor")
"""The keys whose values are names."""


def complete_override(context: typer.Context, incomplete: str) -> list[str]:
    """The overrides of ``harness run`` that begin like an unfinished one.

    Bash breaks words at the sign of equality and replaces only what follows it; other shells do not.

    Args:
        context: of the command, with the finished words.
        incomplete: the unfinished word; empty if it is a sign of equality alone.
    """
    finished = context.params.get("overrides") or []
    if finished and finished[-1] in _NAMED:
        return _values(finished[-1], incomplete)
    if len(finished) > 1 and finished[-1] == "=":
        return _values(finished[-2], incomplete)
    key, equals, value = incomplete.partition("=")
    if equals:
        return [f"{key}={found}" for found in _values(key, value)]
    named = [f"{key}={name}" for key in ("dataset", "model") for name in _values(key, "")]
    return [override for override in [*named, *_defaults()] if override.startswith(incomplete)]


def complete_dataset(incomplete: str) -> list[str]:
    """The names of datasets that begin like an unfinished one."""
    return _values("dataset", incomplete)


def complete_card(context: typer.Context, incomplete: str) -> list[str]:
    """The names of datasets or models, whichever the word before says, that begin like an unfinished one."""
    return _values(str(context.params.get("kind")), incomplete)


def _values(key: str, begun: str) -> list[str]:
    return [name for name in _names(key) if name.startswith(begun)]


def _names(key: str) -> Iterable[str]:
    from harness.cards import registry
    from harness.cards.facts import card_names

    if key == "executor":
        return registry.names("executors")
    if key == "dataset":
        return card_names("datasets")
    return card_names("models") if key == "model" else []


def _defaults() -> Iterator[str]:
    """Every key of ``configs/run.yaml`` with its value."""
    from harness.resources import run_config

    for key, value in run_config().items():
        if key not in _OF_HYDRA:
            yield from _written(key, value)


def _written(key: str, value: Any) -> Iterator[str]:
    if isinstance(value, Mapping) and value:
        for inner, of_inner in value.items():
            yield from _written(f"{key}.{inner}", of_inner)
    elif isinstance(value, list):
        yield f"{key}=[{','.join(map(str, value))}]"
    else:
        yield f"{key}={_WORDS.get(value, value) if isinstance(value, bool | None) else value}"


_WORDS = {None: "null", True: "true", False: "false"}
