"""Edges and thresholds from scores that come in pieces: those of `harness.metrics` on all that count."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from harness.arrays import Floats, Ints
from harness.measurement.score_columns import ScoreColumns, margin
from harness.metrics.calibration import NUM_CALIBRATION_BINS
from harness.metrics.conformal import thresholds
from harness.metrics.quantiles import equal_mass_edges
from harness.metrics.ranking import num_bins
from harness.metrics.selective import NUM_RISK_BINS
from harness.tables.alignment import NO_LABEL

SUBJECTS = 12


def samples(num: int, num_classes: int, seed: int = 0) -> tuple[Ints, Ints, Floats]:
    """Subject, truth and probabilities; of every seventh there is no label, of every fifth no answer."""
    rng = np.random.default_rng(seed)
    truth_N = np.where(np.arange(num) % 7 == 0, NO_LABEL, rng.integers(0, num_classes, num))
    scores_NU = rng.dirichlet(np.ones(num_classes), num)
    scores_NU[::5] = np.nan
    return rng.integers(0, SUBJECTS, num), truth_N, scores_NU


def options(pieces: list[tuple[Ints, Ints, Any]], num_classes: int) -> dict[str, Any]:
    columns = ScoreColumns(SUBJECTS, num_classes)
    for subject_N, truth_N, scores_NU in pieces:
        columns.add(subject_N, truth_N, scores_NU, scores_NU)
    return columns.options()


def parts(columns: tuple[Ints, Ints, Floats], size: int) -> list[tuple[Ints, Ints, Floats]]:
    subject_N, truth_N, scores_NU = columns
    return [
        (subject_N[start : start + size], truth_N[start : start + size], scores_NU[start : start + size])
        for start in range(0, len(subject_N), size)
    ]


@pytest.mark.parametrize("size", [400, 60, 1])
def test_they_are_taken_from_labelled_samples_with_an_answer(size: int) -> None:
    subject_N, truth_N, scores_NU = columns = samples(400, 3)
    found = options(parts(columns, size), 3)
    used = (truth_N != NO_LABEL) & ~np.isnan(scores_NU[:, 0])
    confidence_N, right_N = scores_NU[used].max(1), scores_NU[used, truth_N[used]]
    assert set(found) == {"scores", "probabilities", "confidence_edges", "risk_edges", "least_probability"}
    assert found["scores"] is found["probabilities"] is True
    np.testing.assert_array_equal(found["confidence_edges"], equal_mass_edges(confidence_N, NUM_CALIBRATION_BINS))
    np.testing.assert_array_equal(found["risk_edges"], equal_mass_edges(confidence_N, NUM_RISK_BINS))
    expected = thresholds(subject_N[used], right_N, num_subjects=SUBJECTS)
    np.testing.assert_array_equal(found["least_probability"], expected)


def test_two_classes_are_ranked_by_the_difference_of_their_scores() -> None:
    _, truth_N, scores_NU = columns = samples(300, 2)
    found = options(parts(columns, 70), 2)
    used = (truth_N != NO_LABEL) & ~np.isnan(scores_NU[:, 0])
    expected = equal_mass_edges(scores_NU[used, 1] - scores_NU[used, 0], num_bins(SUBJECTS))
    assert found["ranked"] is True
    np.testing.assert_array_equal(found["score_edges"][: len(expected)], expected)
    assert np.isinf(found["score_edges"][len(expected) :]).all()
    assert len(found["score_edges"]) == num_bins(SUBJECTS) - 1


def test_bins_that_stay_empty_have_infinite_edges() -> None:
    """Two different confidences have one edge between them."""
    scores_NU = np.tile([[0.9, 0.1, 0.0], [0.5, 0.25, 0.25]], (30, 1))
    found = options([(np.arange(60) % SUBJECTS, np.zeros(60, int), scores_NU)], 3)
    assert found["confidence_edges"].tolist() == [0.5, *[np.inf] * (NUM_CALIBRATION_BINS - 2)]
    assert found["risk_edges"].tolist() == [0.5, *[np.inf] * (NUM_RISK_BINS - 2)]


@pytest.mark.parametrize("place", [0, 1, 2])
def test_one_row_that_is_no_probability_makes_none_of_them_one(place: int) -> None:
    three = parts(samples(90, 2), 30)
    three[place][2][3] = [3.0, -1.0]
    found = options(three, 2)
    assert set(found) == {"scores", "ranked", "score_edges"}


def test_scores_of_labels_decide_whether_they_are_probabilities_and_those_of_classes_are_binned() -> None:
    columns = ScoreColumns(SUBJECTS, 3)
    per_label = np.tile([0.25, 0.25, 0.5], (20, 1))
    per_class = np.tile([0.5, 0.25, 0.0], (20, 1))  # a label that is of no class is in none
    columns.add(np.arange(20) % SUBJECTS, np.zeros(20, int), per_label, per_class)
    found = columns.options()
    assert found["probabilities"] is True
    assert np.isinf(found["confidence_edges"]).all()  # one confidence alone: 0.5


def test_without_scores_there_is_nothing_to_take() -> None:
    columns = ScoreColumns(SUBJECTS, 2)
    columns.add(np.zeros(3, int), np.zeros(3, int), None, None)
    assert columns.options() == {"scores": False}
    later = ScoreColumns(SUBJECTS, 3)
    later.add(np.zeros(3, int), np.zeros(3, int), None, None)
    later.add(np.arange(3), np.zeros(3, int), np.full((3, 3), 1 / 3), np.full((3, 3), 1 / 3))
    assert later.options()["probabilities"] is True


def test_the_margin_is_that_of_the_second_class_in_double_precision() -> None:
    scores = np.array([[0.25, 0.75], [0.9, 0.1]], np.float32)
    found = margin(scores)
    assert found.dtype == np.float64
    assert found.tolist() == [0.5, float(np.float32(0.1)) - float(np.float32(0.9))]


NUM = 200


def with_wrong_rows(num_wrong: int, pieces: int = 1) -> dict[str, Any]:
    """Of 200 rows of scores, of which the first few sum to 1.1."""
    rng = np.random.default_rng(0)
    scores = rng.dirichlet(np.ones(3), NUM)
    scores[:num_wrong] *= 1.1
    columns = ScoreColumns(num_subjects=20, num_classes=3)
    for rows in np.array_split(np.arange(NUM), pieces):
        columns.add(rows % 20, rows % 3, scores[rows], scores[rows])
    return columns.options()


def test_a_few_rows_that_are_no_probabilities_do_not_stop_the_others() -> None:
    assert with_wrong_rows(0)["probabilities"] is True
    assert with_wrong_rows(2)["probabilities"] is True
    assert "probabilities" not in with_wrong_rows(3)


@pytest.mark.parametrize("num_wrong", [0, 2])
def test_pieces_give_the_same_options(num_wrong: int) -> None:
    whole, parts = with_wrong_rows(num_wrong), with_wrong_rows(num_wrong, pieces=7)
    for name in ("confidence_edges", "risk_edges", "least_probability"):
        np.testing.assert_array_equal(whole[name], parts[name])


def test_wrong_rows_stand_in_no_bin() -> None:
    """With every confidence known, the edges are quantiles of the confidences of the other rows alone."""
    columns, others = ScoreColumns(2, 2), ScoreColumns(2, 2)
    scores = np.random.default_rng(1).dirichlet(np.ones(2), NUM)
    wrong = np.concatenate([scores, [[0.9, 0.9]]])
    columns.add(np.arange(NUM + 1) % 2, np.arange(NUM + 1) % 2, wrong, wrong)
    others.add(np.arange(NUM) % 2, np.arange(NUM) % 2, scores, scores)
    found, expected = columns.options()["confidence_edges"], others.options()["confidence_edges"]
    np.testing.assert_array_equal(found, expected)
