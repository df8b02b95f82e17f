"""Colours against the published test pairs of ΔE00, scikit-image and the CIE's own examples."""

from __future__ import annotations

import numpy as np
import pytest

from harness.signals.colour import ciede2000, hue_deg, ita_deg, lab_of, pixels_of

SHARMA_2005 = """
50 2.6772 -79.7751 50 0 -82.7485 2.0425
50 3.1571 -77.2803 50 0 -82.7485 2.8615
50 2.8361 -74.0200 50 0 -82.7485 3.4412
50 -1.3802 -84.2814 50 0 -82.7485 1.0000
50 -1.1848 -84.8006 50 0 -82.7485 1.0000
50 -0.9009 -85.5211 50 0 -82.7485 1.0000
50 0 0 50 -1 2 2.3669
50 -1 2 50 0 0 2.3669
50 2.4900 -0.0010 50 -2.4900 0.0009 7.1792
50 2.4900 -0.0010 50 -2.4900 0.0010 7.1792
50 2.4900 -0.0010 50 -2.4900 0.0011 7.2195
50 2.4900 -0.0010 50 -2.4900 0.0012 7.2195
50 -0.0010 2.4900 50 0.0009 -2.4900 4.8045
50 -0.0010 2.4900 50 0.0010 -2.4900 4.8045
50 -0.0010 2.4900 50 0.0011 -2.4900 4.7461
50 2.5 0 50 0 -2.5 4.3065
50 2.5 0 73 25 -18 27.1492
50 2.5 0 61 -5 29 22.8977
50 2.5 0 56 -27 -3 31.9030
50 2.5 0 58 24 15 19.4535
50 2.5 0 50 3.1736 0.5854 1.0000
50 2.5 0 50 3.2972 0 1.0000
50 2.5 0 50 1.8634 0.5757 1.0000
50 2.5 0 50 3.2592 0.3350 1.0000
60.2574 -34.0099 36.2677 60.4626 -34.1751 39.4387 1.2644
63.0109 -31.0961 -5.8663 62.8187 -29.7946 -4.0864 1.2630
61.2901 3.7196 -5.3901 61.4292 2.2480 -4.9620 1.8731
35.0831 -44.1164 3.7933 35.0232 -40.0716 1.5901 1.8645
22.7233 20.0904 -46.6940 23.0331 14.9730 -42.5619 2.0373
36.4612 47.8580 18.3852 36.2715 50.5065 21.2231 1.4146
90.8027 -2.0831 1.4410 91.1528 -1.6435 0.0447 1.4441
90.9257 -0.5406 -0.9208 88.6381 -0.8985 -0.7239 1.5381
6.7747 -0.2908 -2.4247 5.8714 -0.0985 -2.2286 0.6377
2.0776 0.0795 -1.1350 0.9033 -0.0636 -0.5514 0.9082
"""
"""Table 1 of Sharma, Wu & Dalal 2005: two colours in CIELAB, and their ΔE00."""

SCIKIT_IMAGE = {
    (0, 0, 0): (0.0, 0.0, 0.0),
    (255, 255, 255): (100.0, -0.0025, 0.0047),
    (255, 0, 0): (53.2406, 80.0923, 67.2028),
    (0, 255, 0): (87.7351, -86.183, 83.1797),
    (0, 0, 255): (32.2957, 79.1856, -107.8573),
    (128, 128, 128): (53.585, -0.0015, 0.0028),
    (200, 150, 120): (66.0978, 14.8498, 23.1328),
    (60, 40, 30): (18.2419, 7.8633, 10.3177),
    (10, 5, 2): (1.6031, 0.8903, 1.5961),
}
"""What skimage.color.rgb2lab 0.26.0 gives; its white differs from ours in the fifth digit."""


def test_differences_are_those_of_the_published_pairs_either_way() -> None:
    table = np.array([line.split() for line in SHARMA_2005.split("\n") if line], float)
    assert len(table) == 34
    np.testing.assert_allclose(ciede2000(table[:, :3], table[:, 3:6]), table[:, 6], atol=5.1e-5)
    np.testing.assert_allclose(ciede2000(table[:, 3:6], table[:, :3]), table[:, 6], atol=5.1e-5)


@pytest.mark.parametrize("rgb", list(SCIKIT_IMAGE))
def test_cielab_is_that_of_scikit_image(rgb: tuple[int, int, int]) -> None:
    np.testing.assert_allclose(lab_of(np.array(rgb, np.uint8)), SCIKIT_IMAGE[rgb], atol=0.02)


def test_every_colour_comes_back() -> None:
    cube = np.stack(np.meshgrid(*[np.arange(0, 256, 5, dtype=np.uint8)] * 3), axis=-1)
    np.testing.assert_array_equal(pixels_of(lab_of(cube)), cube)


def test_colours_outside_of_srgb_are_clipped() -> None:
    assert pixels_of(np.array([150.0, 0.0, 0.0], np.float32)).tolist() == [255, 255, 255]
    assert pixels_of(np.array([50.0, 0.0, -120.0], np.float32)).tolist()[2] == 255


def test_angles_of_a_colour_by_hand() -> None:
    lab = [60.0, 10.0, 10.0]
    assert float(hue_deg(lab)) == pytest.approx(45.0)
    assert float(ita_deg(lab)) == pytest.approx(45.0)
    assert float(ita_deg([50.0 - 10.0 * np.sqrt(3.0), 5.0, 10.0])) == pytest.approx(-60.0)
