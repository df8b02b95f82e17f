"""What a service's JSON means, by the paths that its card states (JMESPath, jmespath.org).

The JSON is untrusted: whatever it holds is either one of the card's labels and finite numbers, or no answer.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from harness.cards.facts import Facts
from harness.errors import Reason, Unscored
from harness.models.own_words import OwnWords, label_of
from harness.models.services.bounded_paths import TooMuchWorkError, require_path, search
from harness.wording import printable

_LARGEST_SCORE = 1e6
_SHOWN = 40


def _valid_path(text: str) -> str:
    require_path(text)
    return text


JsonPath = Annotated[str, AfterValidator(_valid_path)]


class HttpOutput(Facts):
    """Where in the JSON what stands. Paths below a face begin at the face.

    Scores are an object {label: number}, a list of {label, score}, or a list of numbers in the order of the card's
    labels. Without `label` the one with the highest score is the answer, of several the first.
    """

    samples: JsonPath | None = Field(
        default=None, description="of a request about many: the list of answers (this and all below are JMESPath)"
    )
    faces: JsonPath | None = Field(default=None, description="the list of faces, where there may be several")
    choose: Literal["first", "largest", "surest"] = Field(
        default="first",
        description="of several faces: the first, that with the largest box, or of most confidence",
    )
    box: JsonPath | None = Field(default=None, description="of a face: [x, y, width, height]")
    box_corners: bool = Field(default=False, description="the box is [left, top, right, bottom]")
    confidence: JsonPath | None = Field(default=None, description="of a face")
    label: JsonPath | None = Field(
        default=None,
        description="its answer; null: that with the highest score",
        json_schema_extra={"template": "???"},
    )
    scores: JsonPath | None = Field(
        default=None, description="{label: number}, [{label: …, score: …}], or numbers in the order of the labels"
    )
    absent_score: float | None = Field(
        default=None, description="of labels that the scores leave out; null: such an answer is not used"
    )
    labels: OwnWords = Field(default={})
    valence: JsonPath | None = Field(default=None, description="where it is a dimension of the card")
    arousal: JsonPath | None = Field(default=None, description="likewise")
    dominance: JsonPath | None = Field(default=None, description="likewise")
    dimension_range: tuple[float, float] = Field(
        default=(-1.0, 1.0), description="lowest and highest of dimensions, which become -1 and 1"
    )
    refusal: JsonPath | None = Field(default=None, description="what it holds where the service declines")
    refused_status: tuple[int, ...] = Field(
        default=(), description="statuses that mean that it declines this file, such as 415"
    )
    version: JsonPath | None = Field(default=None, description="of the system that answered")
    version_header: str | None = Field(default=None, description="a header of the answer that names the version")
    tokens_in: JsonPath | None = Field(default=None, description="that the service counted of the request")
    tokens_out: JsonPath | None = Field(default=None, description="that it counted of its answer")

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if not self.dimension_range[0] < self.dimension_range[1]:
            raise ValueError("dimension_range is [lowest, highest], rising")
        needed = {"largest": self.box, "surest": self.confidence}
        if self.choose != "first" and (self.faces is None or needed[self.choose] is None):
            raise ValueError("choose: largest needs faces and box, choose: surest faces and confidence")
        return self


@dataclass(frozen=True)
class Stated:
    """What an answer states."""

    label: str | None
    scores: dict[str, float] | None
    dimensions: dict[str, float]


def refusal_in(document: Any, output: HttpOutput) -> Unscored | None:
    """That the service declines, with a short reason where it gives one."""
    found = None if output.refusal is None else _search(output.refusal, document)
    if not found:
        return None
    return Unscored(Reason.REFUSED, _shown(found) if isinstance(found, str) else "", abstained=True)


def samples_in(document: Any, output: HttpOutput, num: int) -> list[Any]:
    """The parts of an answer about several samples.

    Raises:
        Unscored: there is not one for each.
    """
    found = document if output.samples is None else _search(output.samples, document)
    if not isinstance(found, list):
        raise Unscored(Reason.UNREADABLE_ANSWER, "no list of answers")
    if len(found) != num:
        raise Unscored(Reason.UNREADABLE_ANSWER, "another number of answers than of samples")
    return found


def stated_in(document: Any, output: HttpOutput, labels: Sequence[str], dimensions: Sequence[str]) -> Stated:
    """What an answer about one sample states.

    Raises:
        Unscored: it states nothing that can be used; ``no_face`` where its list of faces is empty.
    """
    part = document if output.faces is None else _face(document, output)
    scores = None if output.scores is None else _scores(_search(output.scores, part), output, labels)
    label: str | None
    if output.label is not None:
        label = label_of(_search(output.label, part), output.labels, labels)
    else:
        label = None if scores is None else max(labels, key=scores.__getitem__)
    paths: dict[str, str | None] = {name: getattr(output, name) for name in dimensions}
    values = {name: _dimension(_search(path, part), output, name) for name, path in paths.items() if path}
    return Stated(label, scores, values)


def version_in(document: Any, headers: Mapping[str, str], output: HttpOutput) -> str | None:
    """The version that answered, as far as the service says."""
    if output.version_header is not None:
        return _shown(headers.get(output.version_header.lower(), "")) or None
    found = _search_aside(output.version, document)
    return _shown(str(found)) if isinstance(found, str | int | float) else None


def count_in(document: Any, path: str | None) -> int | None:
    """A whole number of tokens."""
    found = _search_aside(path, document)
    return found if isinstance(found, int) and not isinstance(found, bool) and 0 <= found < 2**31 else None


def _face(document: Any, output: HttpOutput) -> Any:
    assert output.faces is not None
    faces = _search(output.faces, document)
    if not isinstance(faces, list):
        raise Unscored(Reason.UNREADABLE_ANSWER, "no list of faces")
    if not faces:
        raise Unscored(Reason.NO_FACE, abstained=True)
    if output.choose == "first" or len(faces) == 1:
        return faces[0]
    of_face = _area if output.choose == "largest" else _confidence
    return max(faces, key=lambda face: of_face(face, output))


def _area(face: Any, output: HttpOutput) -> float:
    assert output.box is not None
    box = _search(output.box, face)
    if not isinstance(box, list) or len(box) != 4:
        raise Unscored(Reason.UNREADABLE_ANSWER, "a face without a box")
    left, top, third, fourth = (_number(value, "box") for value in box)
    return (third - left) * (fourth - top) if output.box_corners else third * fourth


def _confidence(face: Any, output: HttpOutput) -> float:
    assert output.confidence is not None
    return _number(_search(output.confidence, face), "confidence")


def _scores(found: Any, output: HttpOutput, labels: Sequence[str]) -> dict[str, float]:
    pairs = list(_pairs(found, labels))
    scores: dict[str, float] = {}
    for name, value in pairs:
        label = label_of(name, output.labels, labels)
        if label in scores:
            raise Unscored(Reason.UNREADABLE_ANSWER, "two scores for one label")
        scores[label] = _number(value, "score")
    if len(scores) < len(labels) and (output.absent_score is None or not scores):
        raise Unscored(Reason.UNREADABLE_ANSWER, f"scores of {len(scores)} of {len(labels)} labels")
    return {label: scores.get(label, output.absent_score or 0.0) for label in labels}


def _pairs(found: Any, labels: Sequence[str]) -> list[tuple[Any, Any]]:
    """The scores as (label, number), in whichever form they come."""
    if isinstance(found, Mapping):
        return list(found.items())
    if isinstance(found, list) and found:
        if all(isinstance(item, Mapping) and {"label", "score"} <= set(item) for item in found):
            return [(item["label"], item["score"]) for item in found]
        if len(found) == len(labels):
            return list(zip(labels, found, strict=True))
    raise Unscored(Reason.UNREADABLE_ANSWER, "no scores")


def _dimension(found: Any, output: HttpOutput, name: str) -> float:
    low, high = output.dimension_range
    value = (_number(found, name) - low) / (high - low) * 2.0 - 1.0
    if not -1.0 - 1e-6 <= value <= 1.0 + 1e-6:
        raise Unscored(Reason.UNREADABLE_ANSWER, f"{name} beyond its range")
    return min(1.0, max(-1.0, value))


def _number(found: Any, what: str) -> float:
    if isinstance(found, bool) or not isinstance(found, int | float):
        raise Unscored(Reason.UNREADABLE_ANSWER, f"{what} is no number")
    if abs(found) > _LARGEST_SCORE or not math.isfinite(found):
        raise Unscored(Reason.UNREADABLE_ANSWER, f"{what} is no number that a system gives")
    return float(found)


def _search(path: str, document: Any) -> Any:
    try:
        return search(path, document)
    except TooMuchWorkError:
        raise Unscored(Reason.UNREADABLE_ANSWER, "a path of the card that computes too much") from None


def _search_aside(path: str | None, document: Any) -> Any:
    """What decides no answer."""
    try:
        return None if path is None else search(path, document)
    except TooMuchWorkError:
        return None


def _shown(text: str) -> str:
    return printable(" ".join(text.split()))[:_SHOWN]
