"""What documents say, as data: sentences in each language, terms and their meanings, published error rates."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

from harness.plain_yaml import parse_yaml


@cache
def read_words(name: str) -> Any:
    """The contents of a file of this package.

    Args:
        name: without its suffix.
    """
    return parse_yaml(files(__name__).joinpath(f"{name}.yaml").read_text(encoding="utf-8"))
