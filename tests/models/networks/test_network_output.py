from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.special import softmax as reference

from harness.cards.facts import ModelCard, model_card
from harness.errors import HarnessError
from harness.models.networks.network_output import NetworkOutput, require_meaning, softmax, vectors

LOGITS = np.array([[1.0, 2.0, -1.0], [0.0, 0.0, 100.0]])


def card(**facts: Any) -> ModelCard:
    return model_card("fer_mini_xception").model_copy(update={"labels": ["anger", "fear", "joy"], **facts})


def output(**facts: Any) -> NetworkOutput:
    return NetworkOutput.model_validate({"scores": "logits", **facts})


def test_logits_go_through_a_softmax_and_probabilities_do_not() -> None:
    np.testing.assert_allclose(vectors({"y": LOGITS}, card(), output()), reference(LOGITS, axis=1))
    as_they_are = np.array([[0.2, 0.9, 0.1]])
    assert (vectors({"y": as_they_are}, card(), output(scores="probabilities")) == as_they_are).all()


def test_what_is_not_finite_stays_so() -> None:
    odd = np.array([[np.nan, 0.0, 1.0], [np.inf, 0.0, 0.0], [-np.inf, 0.0, 0.0]])
    found = softmax(odd)
    assert np.isnan(found[0]).all()
    assert np.isnan(found[1]).any()
    np.testing.assert_allclose(found[2], [0.0, 0.5, 0.5])


def test_dimensions_are_further_columns_or_outputs_of_their_own() -> None:
    both = card(dimensions=["valence", "arousal"])
    columns = np.concatenate([LOGITS, [[0.5, -0.5], [1.0, 0.0]]], axis=1)
    np.testing.assert_allclose(vectors({"y": columns}, both, output())[:, 3:], [[0.5, -0.5], [1.0, 0.0]])
    heads = {"a": np.array([[7.0], [1.0]]), "y": LOGITS, "v": np.array([4.0, 2.5])}
    found = vectors(heads, both, output(name="y", dimensions=["v", "a"], dimension_range=[1, 7]))
    np.testing.assert_allclose(found[:, 3:], [[0.0, 1.0], [-0.5, -1.0]])
    alone = card(labels=[], dimensions=["valence"])
    only = NetworkOutput.model_validate({"dimension_range": [0, 1]})
    np.testing.assert_allclose(vectors({"y": np.array([[0.75]])}, alone, only), [[0.5]])


def test_the_output_that_the_card_names_is_taken() -> None:
    outputs = {"features": np.zeros((2, 512)), "y": LOGITS}
    np.testing.assert_allclose(vectors(outputs, card(), output(name="y")), reference(LOGITS, axis=1))
    with pytest.raises(HarnessError, match=r"512 numbers \('features' of shape \[512\]\).*'features', 'y'"):
        vectors(outputs, card(), output())
    with pytest.raises(HarnessError, match=r"no output 'scores', which its card names. It has 'features', 'y'"):
        vectors(outputs, card(), output(name="scores"))


def test_the_number_of_answers_is_that_of_the_card() -> None:
    with pytest.raises(HarnessError, match=r"has 3 labels and 0 dimensions.*answers 5 numbers"):
        vectors({"y": np.zeros((1, 5))}, card(), output())


@pytest.mark.parametrize(
    ("facts", "of_output", "message"),
    [
        ({}, {"scores": None}, "labels and output.scores in its card come together"),
        ({"labels": [], "dimensions": ["valence"]}, {}, "labels and output.scores in its card come together"),
        ({"labels": []}, {"scores": None}, "neither labels nor dimensions"),
    ],
)
def test_a_card_says_what_the_numbers_mean(facts: dict[str, Any], of_output: dict[str, Any], message: str) -> None:
    with pytest.raises(HarnessError, match=message):
        require_meaning(card(**facts), output(**of_output))


def test_a_range_rises() -> None:
    with pytest.raises(ValueError, match="dimension_range is"):
        output(dimension_range=[1, -1])
