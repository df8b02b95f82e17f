from __future__ import annotations

import numpy as np
import pytest

from harness.conditions.levels import as_loud_as, mixed, of_length, rms, within_scale


def test_levels_by_hand() -> None:
    square = np.array([0.5, -0.5, 0.5, -0.5], np.float32)
    assert rms(square) == 0.5
    np.testing.assert_allclose(as_loud_as(square, np.array([0.1, -0.1, 0.1, 0.1])), [0.5, -0.5, 0.5, 0.5])
    # 1.5 would be needed: as loud as full scale allows.
    np.testing.assert_allclose(as_loud_as(square * 1.5, np.array([0.0, 0.0, 1.0, 0.0])), [0, 0, 1, 0])
    np.testing.assert_allclose(within_scale(np.array([0.5, -2.0])), [0.25, -1.0])
    np.testing.assert_array_equal(within_scale(square), square)
    np.testing.assert_array_equal(as_loud_as(square, np.zeros(3)), np.zeros(3))


def test_a_mixture_by_hand() -> None:
    """Orthogonal, 20 dB apart: amplitudes of 1 and 0.1, then brought to the level of the first."""
    speech, noise = np.array([0.5, 0.5, -0.5, -0.5], np.float32), np.array([9.0, -9.0, 9.0, -9.0])
    expected = (speech + 0.05 * np.sign(noise)) / np.sqrt(1.01)
    np.testing.assert_allclose(mixed(speech, noise, 20.0), expected, rtol=1e-6)


@pytest.mark.parametrize(("num_samples", "expected"), [(2, [1, 2]), (3, [1, 2, 3]), (5, [1, 2, 3, 0, 0])])
def test_a_waveform_is_brought_to_a_length(num_samples: int, expected: list[float]) -> None:
    np.testing.assert_array_equal(of_length(np.array([1, 2, 3], np.float32), num_samples), expected)
