"""Names that every MLflow server accepts, without giving two things one name.

A name that MLflow accepts stays as it is. In any other, what is not accepted is replaced, and the start of the
hash of the whole name is appended, so that ``a+b`` and ``a_b`` have different names in every run.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TypeVar

from harness.files import sha256_bytes

MAX_KEY = 250
MAX_MODEL_NAME = 200

Value = TypeVar("Value")


def key(*parts: str) -> str:
    """The name of a metric or parameter: its parts, joined by slashes, which they do not contain."""
    name = "/".join(_accepted(part, r"[^\w. -]") for part in parts)
    return name if len(name) <= MAX_KEY else _marked(name[:MAX_KEY], "/".join(parts), MAX_KEY)


def metric_key(*parts: str) -> str:
    """The name of a metric of which the last part is that of the harness: ``recall:anger`` → ``recall/anger``."""
    return key(*parts[:-1], *parts[-1].split(":", maxsplit=1))


def model_name(name: str) -> str:
    """The name of a logged model, without dots and slashes: ``acme-2.1`` → ``acme-2_1-8ed74a``."""
    return _accepted(name, r"[^\w -]", MAX_MODEL_NAME)


def named(values: Iterable[tuple[str, Value]]) -> dict[str, Value]:
    """Values by name; one that differs from another only by case, which some servers ignore, is marked, too."""
    found: dict[str, Value] = {}
    taken: set[str] = set()
    for name, value in values:
        place = 0
        unique = name
        while unique.casefold() in taken:
            place += 1
            unique = _marked(name, f"{name} {place}", MAX_KEY)
        taken.add(unique.casefold())
        found[unique] = value
    return found


def _accepted(text: str, refused: str, most: int = MAX_KEY) -> str:
    clean = re.sub(refused, "_", text)[:most].strip(". ") or "_"
    return clean if clean == text else _marked(clean, text, most)


def _marked(name: str, text: str, most: int) -> str:
    mark = sha256_bytes(text.encode("utf-8", "surrogatepass"))[:6]
    return f"{name[: most - len(mark) - 1].rstrip('/. ')}-{mark}"
