"""The choices of swept studies as they are sent: none that may name a person, a recording or a folder.

What a study is called is what was typed: ``dataset.root=/home/anna/data``, ``dataset.subjects=[anna,bert]``. A
choice is sent as it was typed if the plan that the study has sent, without names, says the same. A study that
failed has sent no plan: of it, names of cards and numbers are sent. Anything else becomes a keyed hash, by which
studies stay distinct.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from harness.cards.facts import card_names
from harness.evidence.pseudonyms import Pseudonym
from harness.plain_yaml import parse_yaml
from harness.resources import run_config

HASH_SHOWN = 12
_OPTIONS = ("dataset", "model", "bias")
_NOWHERE = object()

Choice = tuple[str, str]
"""A key and the text of its value."""


def sent_names(
    choices: Sequence[Mapping[str, str]], plans: Sequence[Mapping[str, Any] | None], pseudonym: Pseudonym
) -> list[str]:
    """What each study is called in what is sent.

    Args:
        choices: of each study: the swept keys and the text of their values.
        plans: of each study as it was sent; None if it failed.
        pseudonym: the keyed hash of this machine.
    """
    stated = {
        (key, text): _shown(value)
        for study, plan in zip(choices, plans, strict=True)
        if plan is not None
        for key, text in study.items()
        if (value := _in_plan(plan, key)) == _value(text)
    }
    keys = _known_keys() | {key for key, _ in stated}
    return [" ".join(_sent(choice, stated, keys, pseudonym) for choice in study.items()) for study in choices]


def sent_key(key: str, pseudonym: Pseudonym) -> str:
    """A key, if it is one of the harness's own; otherwise its keyed hash."""
    return key if key in _known_keys() else pseudonym("key", key)[:HASH_SHOWN]


def _sent(choice: Choice, stated: Mapping[Choice, str], keys: set[str], pseudonym: Pseudonym) -> str:
    key, text = choice
    if choice in stated:
        return f"{key}={stated[choice]}"
    is_sent = _is_card(key, text) or (key in keys and _is_setting(key, text))
    shown_key = key if key in keys else pseudonym("key", key)[:HASH_SHOWN]
    return f"{shown_key}={text if is_sent else pseudonym('value', text)[:HASH_SHOWN]}"


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _is_card(key: str, text: str) -> bool:
    return (key == "dataset" and text in card_names("datasets")) or (
        key == "model" and text in card_names("models")
    )


def _is_setting(key: str, text: str) -> bool:
    """Whether it is a number, yes, no or nothing, for another key than an option of a dataset or a system."""
    return key.partition(".")[0] not in _OPTIONS and (
        text in ("true", "false", "null") or _number(text) is not None
    )


def _known_keys() -> set[str]:
    """The keys of ``configs/run.yaml``, and those that every dataset has."""
    config = run_config()
    inner = {f"{top}.{key}" for top, value in config.items() if isinstance(value, dict) for key in value}
    return {*config, *inner, "dataset", "model", "dataset.root"} - {"defaults", "hydra"}


def _in_plan(plan: Mapping[str, Any], key: str) -> Any:
    """What a plan states for a key of the config."""
    top, *rest = key.split(".")
    path = [top, *rest]
    if top in _OPTIONS[:2]:
        path = [top, "options", *rest] if rest else [top, "name"]
    elif top == "bias":
        path = ["dataset", "options", *path]
    found: Any = plan
    for name in path:
        found = found.get(name, _NOWHERE) if isinstance(found, Mapping) else _NOWHERE
    return found


def _value(text: str) -> Any:
    """The value that a text on the command line means."""
    found = _number(text)
    if found is not None or "#" in text:  # to YAML alone, a comment begins there
        return text if found is None else found
    try:
        return parse_yaml(text)
    except ValueError:
        return text


def _number(text: str) -> int | float | None:
    for kind in (int, float):
        with suppress(ValueError):
            return kind(text)
    return None
