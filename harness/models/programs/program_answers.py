"""A line that a program answered → what is measured; one that cannot be read is an outcome with its reason."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from harness.arrays import Floats
from harness.cards.facts import ModelCard
from harness.errors import Reason, Unscored
from harness.files import json_value
from harness.models.own_words import label_of
from harness.models.stating_model import StatingModel
from harness.wording import printable

MAX_SHOWN = 60
"""Characters of the program's own words in a reason."""


class WrongId(Exception):  # noqa: N818 (an event that the caller handles)
    """The line answers another request."""

    def __init__(self, found: object) -> None:
        super().__init__(found)
        self.found = found


def read_answer(line: bytes, request_id: str, model: StatingModel[Any], words: Mapping[str, str]) -> Floats:
    """The vector of the answer to a request.

    Args:
        line: what the program wrote.
        request_id: of the request.
        model: makes vectors of what is stated, by the labels and dimensions of its card.
        words: the program's word for a label → the card's, where they differ.

    Raises:
        WrongId: it answers another request.
        Unscored: the program declines (abstained), failed, or what it wrote cannot be read.
    """
    answer = _object(line)
    if answer.get("id") != request_id:
        raise WrongId(answer.get("id"))
    if (why := answer.get("refused")) is not None:
        raise Unscored(Reason.REFUSED, _words(why), abstained=True)
    if (why := answer.get("error")) is not None:
        raise Unscored(Reason.NO_ANSWER, _words(why))
    scores = _scores(answer.get("scores"), model.card, words)
    dimensions: dict[str, float] = {
        name: _dimension(name, answer[name]) for name in model.card.dimensions if answer.get(name) is not None
    }
    word = answer.get("label")
    label = None if word is None else label_of(word, words, model.card.labels)
    if label is None and scores is not None:
        label = max(model.card.labels, key=lambda name: scores[name])
    if label is None and not dimensions:
        raise unreadable("it states nothing")
    return model.stated(label, scores, dimensions)


def unreadable(detail: str) -> Unscored:
    """What a line is that says nothing that can be measured."""
    return Unscored(Reason.UNREADABLE_ANSWER, detail)


def _object(line: bytes) -> dict[str, Any]:
    try:
        answer = json_value(line.decode())
    except UnicodeDecodeError:
        raise unreadable("not UTF-8") from None
    except ValueError as error:
        is_json = type(error) is ValueError  # ours: it says what is not allowed, not where the text breaks off
        raise unreadable(_words(str(error)) if is_json else "not JSON") from None
    if not isinstance(answer, dict):
        raise unreadable("not a JSON object")
    return answer


def _scores(found: object, card: ModelCard, words: Mapping[str, str]) -> dict[str, float] | None:
    if found is None:
        return None
    if not isinstance(found, dict):
        raise unreadable("scores are not a JSON object")
    scores: dict[str, float] = {}
    for word, value in found.items():
        label = label_of(word, words, card.labels)
        if label in scores:
            raise unreadable(f"two scores for {label}")
        scores[label] = _number(f"the score of {label}", value)
    missing = [label for label in card.labels if label not in scores]
    if missing:
        raise unreadable(f"no score for {missing[0]}")
    return scores


def _dimension(name: str, value: object) -> float:
    number = _number(name, value)
    if not -1.0 <= number <= 1.0:
        raise unreadable(f"{name} is not from -1 to 1")
    return number


def _number(name: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise unreadable(f"{name} is not a finite number")
    return float(value)


def _words(said: object) -> str:
    """The program's own words, within a bound and without what moves a cursor."""
    text = printable(said if isinstance(said, str) else type(said).__name__)
    return " ".join(text.split())[:MAX_SHOWN]
