from __future__ import annotations

from dataclasses import astuple

import numpy as np
import pytest

from harness.datasets.simulated.voice_manner import PROFILES, SPREAD, manner


@pytest.mark.parametrize("strength", [0.0, 0.5, 1.0])
def test_a_manner_lies_around_its_profile_by_the_spread(strength: float) -> None:
    rng = np.random.default_rng(0)
    drawn = np.array([astuple(manner("anger", strength, rng)) for _ in range(4000)])
    expected, spread = strength * np.array(astuple(PROFILES["anger"])), np.array(astuple(SPREAD))
    np.testing.assert_allclose(drawn.mean(0), expected, atol=(4 * spread / np.sqrt(4000)).max())
    np.testing.assert_allclose(drawn.std(0), spread, rtol=0.05)


def test_directions_are_those_of_the_literature() -> None:
    """Banse & Scherer 1996; Juslin & Laukka 2003: higher or lower than neutral in pitch, speed and loudness."""
    signs = {label: (np.sign(p.f0), np.sign(p.rate), np.sign(p.level)) for label, p in PROFILES.items()}
    assert signs["anger"] == (1, 1, 1)
    assert signs["sadness"] == (-1, -1, -1)
    assert signs["fear"][:2] == (1, 1)
    assert signs["happiness"] == (1, 1, 1)
    assert signs["disgust"][:2] == (-1, -1)
    assert signs["neutral"] == (0, 0, 0)
