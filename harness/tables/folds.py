"""Cross-validation folds of a study: training and test subjects, as stored in `folds.json`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from harness.errors import HarnessError
from harness.files import read_json
from harness.tables.validation import require_texts
from harness.tables.versions import KEY, schema_version, upgraded_document

LOSO = "loso:"
"""Prefix of the name of a fold that leaves one subject out; the subject's id follows."""


@dataclass(frozen=True)
class Fold:
    """One fold. A subject is in both its parts only if the study took a split that leaks people.

    ``weights``, of a fusion whose weights were learned, has the weight of each system.
    """

    name: str
    train_subjects: tuple[str, ...]
    test_subjects: tuple[str, ...]
    num_train: int
    weights: Mapping[str, float] = field(default_factory=dict)

    def plain(self) -> dict[str, Any]:
        """For the document: weights only if there are any."""
        return {name: value for name, value in asdict(self).items() if name != "weights" or value}


def folds_document(folds: Mapping[str, Sequence[Fold]]) -> dict[str, Any]:
    """The contents of `folds.json`: its version, and the folds by model."""
    return {
        KEY: schema_version("folds"),
        "folds": {model: [fold.plain() for fold in of_model] for model, of_model in folds.items()},
    }


@dataclass(frozen=True)
class ReadFolds:
    """The folds by model, and the steps by which an earlier version was upgraded, such as ``folds 1→2``."""

    folds: dict[str, list[Fold]]
    steps: tuple[str, ...]


def read_folds(path: Path) -> ReadFolds:
    """Read `folds.json`, of any version.

    Raises:
        HarnessError: the file is not readable or contains something else; or a newer harness wrote it.
    """
    try:
        document = read_json(path)
        if not isinstance(document, dict):
            raise TypeError(type(document))
        read = upgraded_document(document, "folds", path)
        folds = {model: [_fold(**fold) for fold in of_model] for model, of_model in read.document["folds"].items()}
    except (OSError, ValueError, TypeError, AttributeError, KeyError):
        raise HarnessError(f"{path}: not the folds of a run.") from None
    return ReadFolds(folds, read.steps)


def _fold(
    name: str,
    train_subjects: list[str],
    test_subjects: list[str],
    num_train: int,
    weights: Mapping[str, float] | None = None,
) -> Fold:
    sides = tuple(require_texts(train_subjects)), tuple(require_texts(test_subjects))
    return Fold(name, *sides, num_train, {name: float(weight) for name, weight in (weights or {}).items()})
