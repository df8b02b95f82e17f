"""Parsing of untrusted YAML, such as cards, plans and options, into plain values."""

from __future__ import annotations

from typing import Any

import yaml

MAX_CHARACTERS = 16 * 2**20


def parse_yaml(text: str) -> Any:
    """Untrusted YAML as plain values.

    Raises:
        ValueError: it is not valid, over 16 Mi characters, nested too deep, or has tags or aliases.
    """
    if len(text) > MAX_CHARACTERS:
        raise ValueError(f"over {MAX_CHARACTERS:,} characters")
    try:
        return yaml.load(text, _PlainLoader)  # noqa: S506 (it is a safe loader)
    except yaml.YAMLError as error:
        raise ValueError(" ".join(str(error).split())[:300]) from None
    except RecursionError:
        raise ValueError("nested too deep") from None


class _PlainLoader(yaml.SafeLoader):
    """Refuses aliases, with which a small file can expand into a huge value."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("aliases (*name) are not allowed")
        return super().compose_node(parent, index)
