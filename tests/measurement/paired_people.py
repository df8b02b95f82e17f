"""Simulated people whom several models judge, as arrays: what the tests of paired comparisons share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from harness.arrays import Floats, Ints
from harness.attributes.group import Group
from harness.attributes.groups import Groups
from harness.cards.taxonomy import map_labels
from harness.measurement.model_counts import count_model
from harness.measurement.models.shared_metrics import ComparedModel
from harness.tables.alignment import Aligned

CLASSES = ("anger", "happiness", "neutral", "sadness")


@dataclass(frozen=True)
class Judge:
    """A model with its answers."""

    name: str
    aligned: Aligned

    def counts_along(self, *axes: Groups) -> ComparedModel:
        """Its answers counted along these axes."""
        return ComparedModel(self.name, count_model(self.aligned, axes))


def aligned(subject_N: Ints, truth_N: Ints, answer_N: Ints, scores_NU: Floats | None = None) -> Aligned:
    """Truth and answers as `harness.tables.alignment.align` gives them; -1 is an answer that is missing."""
    scored = answer_N >= 0
    return Aligned(
        mapping=map_labels(CLASSES, CLASSES),
        num_subjects=int(subject_N.max()) + 1,
        subject=subject_N,
        scored=scored,
        outcome=np.where(scored, 0, 2),
        reason=np.where(scored, -1, 0),
        reasons=("failed:no_face",),
        stratum=None,
        strata=(),
        truth=truth_N,
        answer=answer_N,
        class_scores=scores_NU,
        label_scores=scores_NU,
        dimensions={},
    )


def models(
    rng: np.random.Generator,
    *,
    num_subjects: int = 24,
    clips: int = 12,
    models: int = 2,
    worse_by: float = 0.0,
    for_subjects: Sequence[int] = (),
) -> list[Judge]:
    """Models that are alike in law, save that the last is worse by so much for some subjects.

    Half of what makes a clip difficult is the same for all models, and people differ in how well they are read.
    """
    subject_N = np.repeat(np.arange(num_subjects), clips)
    truth_N = np.tile(np.arange(clips) % len(CLASSES), num_subjects)
    skill_N = np.repeat(rng.beta(6, 4, num_subjects), clips)
    shared_N, is_shared_N = rng.random(len(subject_N)), rng.random(len(subject_N)) < 0.5
    found = []
    for model in range(models):
        difficulty_N = np.where(is_shared_N, shared_N, rng.random(len(subject_N)))
        penalty = worse_by if model == models - 1 else 0.0
        right = difficulty_N < skill_N - penalty * np.isin(subject_N, for_subjects)
        wrong_N = (truth_N + rng.integers(1, len(CLASSES), len(truth_N))) % len(CLASSES)
        found.append(Judge(f"m{model}", aligned(subject_N, truth_N, np.where(right, truth_N, wrong_N))))
    return found


def by_subject(axis: str, names: Sequence[str], group_S: Sequence[int], model: Judge) -> Groups:
    """An axis on which every subject is in one group."""
    return Groups((axis,), tuple(map(Group.of, names)), np.asarray(group_S, dtype=np.int64)[model.aligned.subject])


def right_by_subject(model: Judge, chosen_N: np.typing.NDArray[np.bool_] | None = None) -> Floats:
    """The share of right answers of every subject, over some of the samples."""
    of = model.aligned
    chosen = np.ones(len(of.truth), dtype=np.bool_) if chosen_N is None else chosen_N
    num = np.bincount(of.subject[chosen], minlength=of.num_subjects)
    return (
        np.bincount(of.subject[chosen], weights=(of.answer == of.truth)[chosen], minlength=of.num_subjects) / num
    )
