import numpy as np
import pytest

from harness.statistics.codes import distinct, renumbered


@pytest.mark.parametrize("largest", [0, 5, 1000, 2**40])
@pytest.mark.parametrize("num", [0, 1, 50])
def test_as_numpy_unique(num: int, largest: int) -> None:
    code = np.random.default_rng(num).integers(0, largest + 1, num)
    values, place = np.unique(code, return_inverse=True)
    found, places = renumbered(code)
    assert np.array_equal(distinct(code), values)
    assert np.array_equal(found, values)
    assert np.array_equal(places, place)
