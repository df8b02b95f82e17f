"""What documents say, as data: sentences in each language, terms and their meanings, published error rates."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from harness.plain_yaml import read_yaml


@cache
def read_words(name: str) -> Any:
    """The contents of a file of this package.

    Args:
        name: without its suffix.
    """
    return read_yaml(Path(__file__).parent / f"{name}.yaml")
