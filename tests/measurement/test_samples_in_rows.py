from __future__ import annotations

import numpy as np
import pytest

from harness.measurement.samples_in_rows import _first_highest


@pytest.mark.parametrize("num_classes", [1, 2, 7, 300])
def test_the_first_of_the_highest_classes_is_that_of_argmax(num_classes: int) -> None:
    rng = np.random.default_rng(0)
    scores_MU = rng.integers(-3, 3, (500, num_classes)).astype(np.float32)
    scores_MU[::9] = np.nan
    for ordered in (scores_MU, np.asfortranarray(scores_MU)):
        np.testing.assert_array_equal(_first_highest(ordered), np.argmax(scores_MU, axis=1))
