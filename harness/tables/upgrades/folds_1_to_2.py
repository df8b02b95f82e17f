"""The folds, from version 1 to 2: the version is stated, and the models are under a key of their own."""

from __future__ import annotations

from typing import Any


def folds_1_to_2(document: dict[str, Any]) -> dict[str, Any]:
    """Models at the top level move to ``folds``."""
    return {"schema": 2, "folds": document}
