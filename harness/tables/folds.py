"""Trainings within a study: who was trained on and who was tested, as `folds.json` keeps them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Fold:
    """One training within the study. No subject is ever on both sides."""

    name: str
    train_subjects: tuple[str, ...]
    test_subjects: tuple[str, ...]
    num_train: int
