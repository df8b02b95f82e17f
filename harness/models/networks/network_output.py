"""What a network's outputs mean: which holds the scores, which the dimensions, and on what scale.

Shapes: B samples, C labels, D dimensions.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, Self

import numpy as np
import numpy.typing as npt
from pydantic import Field, model_validator

from harness.cards.facts import Facts, ModelCard
from harness.errors import HarnessError

Outputs = Mapping[str, npt.NDArray[Any]]
"""The outputs of a network by name, in their order; the first axis of each are the samples."""


class NetworkOutput(Facts):
    """The ``output`` of the card of a network."""

    scores: Literal["probabilities", "logits"] | None = Field(
        default=None,
        description="what its scores of labels are: logits go through a softmax; null: it has none",
        json_schema_extra={"template": "???"},
    )
    name: str | None = Field(default=None, description="the output that holds the scores; null: the first")
    dimensions: tuple[str, ...] = Field(
        default=(),
        description="outputs whose columns are the card's dimensions; empty: the columns after the scores",
    )
    dimension_range: tuple[float, float] = Field(default=(-1.0, 1.0), description="what becomes -1 and 1")

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if not self.dimension_range[0] < self.dimension_range[1]:
            raise ValueError("dimension_range is [lowest, highest], rising")
        return self


def require_meaning(card: ModelCard, output: NetworkOutput) -> None:
    """Check that a card says what the network's numbers mean.

    Raises:
        HarnessError: labels without a word on their scores, or the other way round; or nothing is answered.
    """
    if not card.labels and not card.dimensions:
        raise HarnessError(f"model {card.name}: its card has neither labels nor dimensions.")
    if bool(card.labels) != (output.scores is not None):
        raise HarnessError(
            f"model {card.name}: labels and output.scores in its card come together: probabilities, or logits, "
            "which the harness takes through a softmax."
        )


def vectors(outputs: Outputs, card: ModelCard, output: NetworkOutput) -> npt.NDArray[np.float64]:
    """The outputs for a batch → scores of labels, then dimensions, shape (B, C + D).

    Raises:
        HarnessError: an output that the card names is not there, or their columns are not those of the card.
    """
    num_labels, num_dimensions = len(card.labels), len(card.dimensions)
    names = _named(outputs, card, output)
    columns_B = np.concatenate([_columns(outputs[name]) for name in names], axis=1)
    if columns_B.shape[1] != num_labels + num_dimensions:
        found = ", ".join(f"{name!r} of shape {list(outputs[name].shape[1:])}" for name in names)
        raise HarnessError(
            f"model {card.name}: its card has {num_labels} labels and {num_dimensions} dimensions, but of each "
            f"sample the network answers {columns_B.shape[1]} numbers ({found}). It has the outputs "
            f"{_listed(outputs)}: see output in the card."
        )
    scores_BC, values_BD = np.split(columns_B, [num_labels], axis=1)
    if output.scores == "logits":
        scores_BC = softmax(scores_BC)
    low, high = output.dimension_range
    return np.concatenate([scores_BC, (values_BD - low) / (high - low) * 2.0 - 1.0], axis=1)


def softmax(logits_BC: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Logits → probabilities; NaN where a row holds NaN or infinity above."""
    with np.errstate(invalid="ignore"):  # infinity minus infinity is a row that failed, which is told elsewhere
        odds_BC = np.exp(logits_BC - logits_BC.max(axis=1, keepdims=True))
        return np.asarray(odds_BC / odds_BC.sum(axis=1, keepdims=True), np.float64)


def _named(outputs: Outputs, card: ModelCard, output: NetworkOutput) -> list[str]:
    """The outputs that the card asks for, in the order of the vector."""
    of_scores = [output.name or next(iter(outputs))] if card.labels or not output.dimensions else []
    names = [*of_scores, *output.dimensions]
    for name in names:
        if name not in outputs:
            raise HarnessError(
                f"model {card.name}: the network has no output {name!r}, which its card names. It has "
                f"{_listed(outputs)}."
            )
    return names


def _columns(values: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    return values.reshape(len(values), -1).astype(np.float64)


def _listed(outputs: Outputs) -> str:
    return ", ".join(repr(name[:80]) for name in list(outputs)[:10])
