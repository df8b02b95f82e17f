from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from harness.cards.facts import Licence, ModelCard
from harness.models.model import ModelOptions, RunSettings, Vectors
from harness.models.scoring_model import ScoringModel
from harness.models.stating_model import StatingModel

CARD = ModelCard(
    name="toy",
    title="Toy",
    kind="toy",
    modalities=[],
    description="",
    licence=Licence(name="MIT"),
    purpose="",
    labels=["anger", "fear"],
    dimensions=["valence"],
    training="pretrained",
    limitations=[],
)


class Stating(StatingModel[ModelOptions]):
    preparer = open = forward = None  # type: ignore[assignment]


class Scoring(ScoringModel[ModelOptions]):
    preparer = open = forward = None  # type: ignore[assignment]


SAMPLES = pa.table({"sample_id": ["a", "b", "c"]})


def made(kind: type) -> object:
    return type("Made", (kind,), {"__abstractmethods__": frozenset()})(CARD, ModelOptions(), RunSettings(seed=0))


def test_what_is_stated_is_measured_even_against_the_scores() -> None:
    model = made(Stating)
    vectors = np.stack(
        [
            model.stated("fear", {"anger": 0.75, "fear": 0.25}),  # type: ignore[attr-defined]
            model.stated(None, None, {"valence": -0.5}),  # type: ignore[attr-defined]
            model.stated("anger"),  # type: ignore[attr-defined]
        ]
    )
    found = model.conclude(SAMPLES, Vectors(vectors, ["scored"] * 3, [None] * 3)).predictions  # type: ignore[attr-defined]
    assert found["label"].to_pylist() == ["fear", None, "anger"]
    assert found["scores"].to_pylist() == [[0.75, 0.25], None, None]
    assert found["valence"].to_pylist() == [None, -0.5, None]


def test_a_label_that_the_card_does_not_have_cannot_be_stated() -> None:
    with pytest.raises(ValueError, match="joy"):
        made(Stating).stated("joy")  # type: ignore[attr-defined]


def test_the_highest_score_is_the_label_and_dimensions_follow_the_scores() -> None:
    vectors = Vectors(
        np.array([[0.25, 0.75, 0.5], [0.5, 0.5, -1.0], [np.nan] * 3]),
        ["scored", "scored", "failed"],
        [None, None, "crashed"],
    )
    found = made(Scoring).conclude(SAMPLES, vectors).predictions  # type: ignore[attr-defined]
    assert found["label"].to_pylist() == ["fear", "anger", None]
    assert found["scores"].to_pylist() == [[0.25, 0.75], [0.5, 0.5], None]
    assert found["valence"].to_pylist() == [0.5, -1.0, None]
    assert found["reason"].to_pylist() == [None, None, "crashed"]
