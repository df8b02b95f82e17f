"""Answers of a model that is right with a given probability and guesses otherwise."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def simulated_answers(
    labels: Sequence[str], recall: float, *, subjects: int, clips: int, seed: int = 0
) -> tuple[list[int], list[str], list[str]]:
    """Subject, label and answer of every sample: so many clips of each label per subject."""
    rng = np.random.default_rng(seed)
    people = np.repeat(np.arange(subjects), clips * len(labels)).tolist()
    truth = list(labels) * clips * subjects
    answer = [label if rng.random() < recall else str(rng.choice(labels)) for label in truth]
    return people, truth, answer
