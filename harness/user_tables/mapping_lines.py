"""A mapping as one override that can be pasted into a command, and read back whatever its names contain.

Hydra reads ``key={name: value}`` only with plain names. Others stand in a text that holds the mapping in YAML:
``key="{größe: attr.size}"``.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping

from harness.plain_yaml import parse_yaml

_PLAIN = re.compile(
    r"(?!(?:null|true|false|nan|inf)$)[A-Za-z_][\w./+-]*(?: [\w./+-]+)*|0|[1-9]\d*", re.ASCII | re.IGNORECASE
)


def mapping_line(option: str, mapping: Mapping[str, str | None]) -> str:
    """An override for a shell, such as ``'labels.merge={calm: neutral}'``."""
    words = [word for pair in mapping.items() for word in pair if word is not None]
    if all(_PLAIN.fullmatch(word) for word in words):
        return shlex.quote(f"{option}={_flow(mapping)}")
    text = re.sub(
        r'(\\*)"', r'\1\1\\"', _flow(mapping, quoted=True)
    )  # to Hydra a backslash is one but before a quote
    return shlex.quote(f'{option}="{text}"')


def read_mapping(given: object) -> object:
    """A mapping from a config: names that look like numbers are names, and a text in braces is the mapping in it.

    Raises:
        ValueError: a text in braces is no YAML.
    """
    if isinstance(given, str) and given.startswith("{"):
        given = parse_yaml(given)
    if not isinstance(given, Mapping):
        return given
    return {str(name): None if value is None else str(value) for name, value in given.items()}


def _flow(mapping: Mapping[str, str | None], *, quoted: bool = False) -> str:
    pairs = ", ".join(f"{_word(name, quoted)}: {_word(value, quoted)}" for name, value in mapping.items())
    return f"{{{pairs}}}"


def _word(word: str | None, quoted: bool) -> str:
    if word is None:
        return "null"
    return json.dumps(word, ensure_ascii=False) if quoted and not _PLAIN.fullmatch(word) else word
