from __future__ import annotations

import numpy as np
import pytest

from harness.metrics.nominal_agreement import alpha, coincidences

OBSERVERS = [
    [1, 2, 3, 3, 2, 1, 4, 1, 2, 0, 0, 0],
    [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, 0, 3],
    [0, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, 0],
    [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, 0],
]
"""Four observers, twelve units, 0 for no judgement: Krippendorff (2011), section C; nominal alpha 0.743."""


def counts(judgements: list[list[int]], num_labels: int) -> np.ndarray:
    units = np.array(judgements).T
    return np.stack([(units == label).sum(1) for label in range(1, num_labels + 1)], axis=1)


def test_alpha_is_that_of_the_published_example() -> None:
    found = coincidences(counts(OBSERVERS, 5))
    assert found.sum() == pytest.approx(40)
    assert np.diag(found.sum(0)).tolist() == pytest.approx([7, 10, 8, 4, 3])
    assert float(alpha(found.sum(0))) == pytest.approx(0.743, abs=0.0005)


def test_two_people_who_always_agree_have_an_alpha_of_one_and_without_variation_none() -> None:
    agreed = coincidences(np.array([[2, 0], [0, 2], [2, 0]]))
    assert float(alpha(agreed.sum(0))) == 1.0
    assert np.isnan(alpha(coincidences(np.array([[2, 0], [2, 0]])).sum(0)))


def test_one_judgement_alone_makes_no_pair() -> None:
    assert coincidences(np.array([[1, 0], [0, 0]])).sum() == 0.0
