"""The choices of a plan as short texts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

MAX_SETTING = 200


def settings(options: Mapping[str, Any] | None, prefix: str = "") -> list[tuple[str, str]]:
    """The options that are set, as pairs of a name, such as ``bias.effect``, and a short text."""
    pairs: list[tuple[str, str]] = []
    for name, value in (options or {}).items():
        if isinstance(value, Mapping):
            pairs += settings(value, f"{prefix}{name}.")
        elif value is not None:
            pairs.append((f"{prefix}{name}", _cut(_text(value))))
    return pairs


def _text(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(_text, value)) or "none"
    return value if isinstance(value, str) else json.dumps(value)


def _cut(text: str) -> str:
    return text if len(text) <= MAX_SETTING else f"{text[: MAX_SETTING - 1]}…"
