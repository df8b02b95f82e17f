"""Appeals of answers to contested theory, such as that a face shows an inner state for certain.

The phrases are data: ``contested_theories.yaml``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

import numpy as np

from harness.arrays import Bools
from harness.errors import Unscored
from harness.models.chat.chat_answer import said
from harness.plain_yaml import read_yaml


def appeals_in(raw: Sequence[str]) -> dict[str, Bools]:
    """Theory → ``[N]``, whether an answer appeals to it; nothing if there are no words.

    Args:
        raw: N answers as an endpoint sent them; empty where they are not kept.
    """
    texts = [_said(one) for one in raw]
    if not any(texts):
        return {}
    return {
        theory: np.array([pattern.search(text) is not None for text in texts], np.bool_)
        for theory, pattern in _theories().items()
    }


def _said(raw: str) -> str:
    """What an endpoint's answer says; empty if it is none."""
    try:
        return said(json.loads(raw)) if raw else ""
    except (Unscored, ValueError):
        return ""


@cache
def _theories() -> dict[str, re.Pattern[str]]:
    phrases: Mapping[str, Sequence[str]] = read_yaml(Path(__file__).with_name("contested_theories.yaml"))
    return {theory: re.compile("|".join(map(_pattern, of)), re.IGNORECASE) for theory, of in phrases.items()}


def _pattern(phrase: str) -> str:
    return rf"\b{re.escape(phrase.removesuffix('*'))}" + ("" if phrase.endswith("*") else r"\b")
