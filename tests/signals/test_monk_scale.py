"""The Monk scale against values computed elsewhere from the published colours."""

from __future__ import annotations

import numpy as np
import pytest

from harness.signals.colour import hue_deg, ita_deg
from harness.signals.monk_scale import MONK_LAB, MONK_SKIN_TONES, nearest_monk

L_ITA_HUE = [
    *((94.2, 83.0, 74.5), (92.3, 80.2, 74.2), (93.1, 71.7, 89.1), (87.6, 64.7, 88.5), (77.9, 50.3, 81.5)),
    *((55.1, 10.9, 73.8), (42.5, -20.1, 59.0), (30.7, -55.4, 48.8), (21.1, -78.3, 65.7), (14.6, -84.3, 67.2)),
]


def test_lightness_typology_angle_and_hue_of_the_reference_colours() -> None:
    found = np.column_stack([MONK_LAB[:, 0], ita_deg(MONK_LAB), hue_deg(MONK_LAB)])
    np.testing.assert_allclose(found, L_ITA_HUE, atol=0.06)


def test_each_reference_colour_is_nearest_to_itself() -> None:
    tones, differences = nearest_monk(MONK_LAB)
    assert tones.tolist() == list(range(1, 11))
    np.testing.assert_allclose(differences, 0.0, atol=1e-9)
    assert list(MONK_SKIN_TONES) == [f"monk_{tone:02}" for tone in tones]


@pytest.mark.parametrize(("lab", "tone"), [((65.0, 8.0, 24.0), 6), ((36.0, 15.0, 18.0), 8), ((99.0, 0.0, 3.0), 1)])
def test_a_colour_between_goes_to_the_nearer(lab: tuple[float, float, float], tone: int) -> None:
    assert nearest_monk(lab)[0] == tone
