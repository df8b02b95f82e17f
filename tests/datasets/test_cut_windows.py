"""Stretches of equal labels, and windows inside them."""

from __future__ import annotations

import numpy as np
import pytest

from harness.datasets.cut_windows import Stretch, WindowOptions, stretches, windows


def test_stretches_of_equal_values() -> None:
    found = stretches(np.array([[0], [0], [1], [1], [np.nan], [0]]), rate_hz=2.0)
    assert found == [Stretch(0, 0.0, 1.0), Stretch(1, 1.0, 2.0), Stretch(-1, 2.0, 2.5), Stretch(0, 2.5, 3.0)]
    assert stretches(np.array([]), 2.0) == []


def test_what_is_no_whole_number_is_no_label() -> None:
    found = stretches(np.array([1.0, 1.2, 1.9, np.inf, 1e300, 2.0]), rate_hz=1.0)
    assert found == [Stretch(1, 0.0, 1.0), Stretch(-1, 1.0, 5.0), Stretch(2, 5.0, 6.0)]


@pytest.mark.parametrize(
    ("span", "expected"),
    [
        ((1.0, 4.0), [(1000, 3000), (2000, 4000)]),
        ((1.0, 2.999), []),
        ((0.1234, 2.1234), [(123, 2123)]),
    ],
)
def test_windows_lie_wholly_inside(span: tuple[float, float], expected: list[tuple[int, int]]) -> None:
    assert list(windows(*span, WindowOptions(window_s=2.0, stride_s=1.0))) == expected
