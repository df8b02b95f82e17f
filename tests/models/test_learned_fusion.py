"""Weights are learned from other subjects than the one whose samples are fused."""

from __future__ import annotations

import numpy as np
import pytest
from fused_systems import CLASSES, sample_rows, simulated_scores

from harness.models.learned_fusion import learned_scores

NAMES = ["strong", "weak"]
ROWS = sample_rows(6)
SUBJECTS = [row["subject_id"] for row in ROWS]
NO_SPLIT = [None] * len(ROWS)
TRUTH = np.array([CLASSES.index(row["label"]) for row in ROWS])


def systems() -> np.ndarray:
    found = [simulated_scores(ROWS, skill, seed) for seed, skill in enumerate((2.0, 0.5))]
    return np.stack([np.array(of) for of in found], axis=1)


def test_a_subjects_labels_do_not_decide_how_its_samples_are_fused() -> None:
    own = np.array(SUBJECTS) == "s02"
    before, folds = learned_scores(systems(), TRUTH, SUBJECTS, NAMES, NO_SPLIT, max_folds=40, seed=0)
    other_truth = np.where(own, (TRUTH + 1) % 4, TRUTH)
    after, _ = learned_scores(systems(), other_truth, SUBJECTS, NAMES, NO_SPLIT, max_folds=40, seed=0)
    assert (before[own] == after[own]).all()
    assert (before[~own] != after[~own]).any(axis=1).all()  # its labels do decide for all others
    assert [fold.name for fold in folds] == [f"loso:s{number:02d}" for number in range(6)]
    assert all(not set(fold.train_subjects) & set(fold.test_subjects) for fold in folds)
    assert {fold.num_train for fold in folds} == {40}


def test_folds_are_grouped_beyond_the_largest_number() -> None:
    _, folds = learned_scores(systems(), TRUTH, SUBJECTS, NAMES, NO_SPLIT, max_folds=3, seed=0)
    assert [len(fold.test_subjects) for fold in folds] == [2, 2, 2]
    assert sorted(name for fold in folds for name in fold.test_subjects) == sorted(set(SUBJECTS))
    assert all(fold.weights["strong"] > fold.weights["weak"] for fold in folds)


def test_a_sample_without_a_label_is_fused_and_not_trained_on() -> None:
    truth = TRUTH.copy()
    truth[0] = -1
    scores, folds = learned_scores(systems(), truth, SUBJECTS, NAMES, NO_SPLIT, max_folds=40, seed=0)
    assert scores[0].sum() == pytest.approx(1)
    assert [fold.num_train for fold in folds] == [40, 39, 39, 39, 39, 39]


def test_what_only_one_subject_shows_cannot_be_learned() -> None:
    only = np.where(np.array(SUBJECTS) == "s00", TRUTH, -1)
    scores, folds = learned_scores(systems(), only, SUBJECTS, NAMES, NO_SPLIT, max_folds=40, seed=0)
    assert [fold.test_subjects for fold in folds] == [(f"s{number:02d}",) for number in range(1, 6)]
    assert np.isnan(scores[:8]).all()
    assert np.isfinite(scores[8:]).all()


def test_folds_are_those_of_the_datasets_split() -> None:
    fold_of = {f"s{number:02d}": f"fold:{1 + number % 2}" for number in range(6)}
    split = [fold_of[subject] for subject in SUBJECTS]
    scores, folds = learned_scores(systems(), TRUTH, SUBJECTS, NAMES, split, max_folds=40, seed=0)
    assert [(fold.name, fold.test_subjects, fold.train_subjects) for fold in folds] == [
        ("fold:1", ("s00", "s02", "s04"), ("s01", "s03", "s05")),
        ("fold:2", ("s01", "s03", "s05"), ("s00", "s02", "s04")),
    ]
    assert np.isfinite(scores).all()


def test_folds_that_share_a_person_say_so() -> None:
    split = [f"fold:{1 + place % 2}" for place in range(len(ROWS))]
    _, folds = learned_scores(systems(), TRUTH, SUBJECTS, NAMES, split, max_folds=40, seed=0)
    assert [fold.name for fold in folds] == ["fold:1", "fold:2"]
    assert all(set(fold.train_subjects) & set(fold.test_subjects) for fold in folds)
