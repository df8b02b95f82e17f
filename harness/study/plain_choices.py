"""Options as they stand in a plan."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel


def choices(options: BaseModel) -> dict[str, Any]:
    """The options without paths: a file is identified by its hash (in the facts), not by its path."""
    paths = {name for name, value in options if _has_paths(value)}
    return options.model_dump(mode="json", exclude=paths)


def _has_paths(value: object) -> bool:
    members = value.values() if isinstance(value, Mapping) else value if isinstance(value, tuple) else (value,)
    return any(isinstance(member, Path) for member in members)
