from __future__ import annotations

import numpy as np
import pytest

from harness.measurement.score_columns import ScoreColumns

NUM = 200


def options(num_wrong: int, pieces: int = 1) -> dict[str, object]:
    """Of 200 rows of scores, of which the first few sum to 1.1."""
    rng = np.random.default_rng(0)
    scores = rng.dirichlet(np.ones(3), NUM)
    scores[:num_wrong] *= 1.1
    columns = ScoreColumns(num_subjects=20, num_classes=3)
    for rows in np.array_split(np.arange(NUM), pieces):
        columns.add(rows % 20, rows % 3, scores[rows], scores[rows])
    return columns.options()


def test_a_few_rows_that_are_no_probabilities_do_not_stop_the_others() -> None:
    assert options(0)["probabilities"] is True
    assert options(2)["probabilities"] is True
    assert "probabilities" not in options(3)


@pytest.mark.parametrize("num_wrong", [0, 2])
def test_pieces_give_the_same_options(num_wrong: int) -> None:
    whole, parts = options(num_wrong), options(num_wrong, pieces=7)
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
