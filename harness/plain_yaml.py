"""Parsing of untrusted YAML, such as cards, plans and options, into plain values."""

from __future__ import annotations

from collections.abc import Hashable
from pathlib import Path
from typing import Any

import yaml

from harness.files import read_text, whole_number

MAX_CHARACTERS = 16 * 2**20
MAX_DEPTH = 100


def read_yaml(path: Path) -> Any:
    """The value of an untrusted YAML file.

    Raises:
        OSError: it is absent or may not be read.
        ValueError: it is not a regular file, not UTF-8, or not such YAML, see `parse_yaml`.
    """
    return parse_yaml(read_text(path, 4 * MAX_CHARACTERS))


def parse_yaml(text: str) -> Any:
    """Untrusted YAML as plain values.

    Raises:
        ValueError: it is not valid, over 16 Mi characters, nested too deep, has tags or aliases, a key twice, or a
            whole number beyond 64 bits.
    """
    if len(text) > MAX_CHARACTERS:
        raise ValueError(f"over {MAX_CHARACTERS:,} characters")
    try:
        _require_flat(text)
        return yaml.load(text, _PlainLoader)  # noqa: S506 (it is a safe loader)
    except yaml.YAMLError as error:
        raise ValueError(" ".join(str(error).split())[:300]) from None
    except (ArithmeticError, AttributeError, LookupError) as error:  # such as a date that its tag promises
        raise ValueError(f"a value is not what its tag says ({error})"[:300]) from None


def _require_flat(text: str) -> None:
    """Refuse what the parser in C would follow without a bound: depth, and aliases that multiply."""
    depth = 0
    for event in yaml.parse(text, yaml.CSafeLoader):
        if isinstance(event, yaml.AliasEvent):
            raise ValueError("aliases (*name) are not allowed")
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_DEPTH:
            raise ValueError("nested too deep")


class _PlainLoader(yaml.CSafeLoader):
    """Refuses keys that stand twice, of which YAML's own loader keeps the last, and endless numbers."""

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Hashable, Any]:
        keys = [(key.tag, key.value) for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
        if len(set(keys)) < len(keys):
            raise ValueError(f"the key {next(key for key in keys if keys.count(key) > 1)[1]!r} stands twice")
        return super().construct_mapping(node, deep)

    def construct_yaml_int(self, node: Any) -> int:
        return whole_number(str(super().construct_yaml_int(node)))


_PlainLoader.add_constructor("tag:yaml.org,2002:int", _PlainLoader.construct_yaml_int)
