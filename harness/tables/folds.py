"""Cross-validation folds of a study: training and test subjects, as stored in `folds.json`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from harness.errors import HarnessError
from harness.tables.validation import require_texts

LOSO = "loso:"
"""Prefix of the name of a fold that leaves one subject out; the subject's id follows."""


@dataclass(frozen=True)
class Fold:
    """One fold. No subject is both in the training and the test part."""

    name: str
    train_subjects: tuple[str, ...]
    test_subjects: tuple[str, ...]
    num_train: int


def read_folds(path: Path) -> dict[str, list[Fold]]:
    """The folds by model.

    Raises:
        HarnessError: the file is not readable or contains something else.
    """
    try:
        folds = json.loads(path.read_text(encoding="utf-8"))
        return {model: [_fold(**fold) for fold in of_model] for model, of_model in folds.items()}
    except (OSError, ValueError, TypeError, AttributeError, RecursionError):
        raise HarnessError(f"{path}: not the folds of a run.") from None


def _fold(name: str, train_subjects: list[str], test_subjects: list[str], num_train: int) -> Fold:
    return Fold(name, tuple(require_texts(train_subjects)), tuple(require_texts(test_subjects)), num_train)
