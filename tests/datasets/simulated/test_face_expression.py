from __future__ import annotations

from dataclasses import astuple, fields

import numpy as np
import pytest

from harness.datasets.simulated.face_expression import (
    EXAGGERATION,
    EXPRESSION_JITTER,
    FACE_LABELS,
    PROTOTYPES,
    Actions,
    actions_of,
)


def drawn(label: str, strength: float, num: int = 3000) -> np.ndarray:
    rng = np.random.default_rng(0)
    return np.array([astuple(actions_of(label, strength, rng)) for _ in range(num)])


@pytest.mark.parametrize("label", FACE_LABELS)
@pytest.mark.parametrize("strength", [0.0, 0.3])
def test_actions_vary_around_the_prototypes_which_are_equally_common(label: str, strength: float) -> None:
    """So weak that nothing is cut off at the strongest."""
    expected = np.mean([astuple(variant) for variant in PROTOTYPES[label]], axis=0) * EXAGGERATION * strength
    np.testing.assert_allclose(drawn(label, strength).mean(0), expected, atol=0.02)


def test_each_action_varies_by_its_share() -> None:
    found = drawn("neutral", 1.0)
    assert not found.any()
    smiles = drawn("happiness", 0.3)
    puller = [field.name for field in fields(Actions)].index("lip_corner_puller_12")
    assert smiles[:, puller].std() / smiles[:, puller].mean() == pytest.approx(EXPRESSION_JITTER, rel=0.05)


def test_nothing_is_stronger_than_what_actors_do_or_weaker_than_relaxed() -> None:
    found = drawn("surprise", 1.0)
    assert found.max() == EXAGGERATION
    assert found.min() >= 0.0


def test_the_label_does_not_change_what_is_drawn_afterwards() -> None:
    following = []
    for label in FACE_LABELS:
        rng = np.random.default_rng(7)
        actions_of(label, 0.5, rng)
        following.append(rng.random())
    assert len(set(following)) == 1


def test_actions_of_the_emotions_are_those_of_the_investigators_guide() -> None:
    """FACS 2002: 6 + 12 is happiness, 1 + 2 + 5 + 26 surprise, 9 or 10 disgust, 1 + 15 sadness, 4 + 7 anger."""
    needed = {
        "happiness": ("cheek_raiser_6", "lip_corner_puller_12"),
        "surprise": ("inner_brow_raiser_1", "outer_brow_raiser_2", "upper_lid_raiser_5", "jaw_drop_26"),
        "disgust": ("nose_wrinkler_9", "upper_lip_raiser_10"),
        "sadness": ("inner_brow_raiser_1", "lip_corner_depressor_15"),
        "anger": ("brow_lowerer_4", "lid_tightener_7", "lip_tightener_23"),
        "fear": ("inner_brow_raiser_1", "brow_lowerer_4", "lip_stretcher_20"),
    }
    for label, names in needed.items():
        for variant in PROTOTYPES[label]:
            assert all(getattr(variant, name) > 0 for name in names), label
