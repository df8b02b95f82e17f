from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from harness.errors import Unscored
from harness.models.services.answer_paths import (
    HttpOutput,
    Stated,
    count_in,
    refusal_in,
    samples_in,
    stated_in,
    version_in,
)

LABELS = ("anger", "fear", "neutral")


def stated(document: Any, dimensions: tuple[str, ...] = (), **output: Any) -> Stated:
    return stated_in(document, HttpOutput(**output), LABELS, dimensions)


def refused(document: Any, **output: Any) -> str:
    with pytest.raises(Unscored) as caught:
        stated(document, tuple(name for name in ("valence", "arousal") if name in output), **output)
    assert caught.value.outcome == ("abstained" if caught.value.text == "no_face" else "failed")
    return caught.value.text


SCORES = {"anger": 0.2, "fear": 0.5, "neutral": 0.3}


@pytest.mark.parametrize(
    "scores",
    [
        SCORES,
        [{"label": name, "score": value, "box": 1} for name, value in SCORES.items()],
        [0.2, 0.5, 0.3],
    ],
)
def test_scores_come_as_an_object_or_a_list(scores: object) -> None:
    assert stated({"s": scores}, scores="s") == Stated("fear", SCORES, {})


def test_what_is_stated_holds_against_the_scores_in_the_words_of_the_card() -> None:
    document = {"faces": [{"emotion": "Angry", "all": [{"n": "Angry", "v": 0.1}, {"n": "fear", "v": 0.9}]}]}
    found = stated(
        document,
        label="faces[0].emotion",
        scores="faces[0].all[].{label: n, score: v}",
        labels={"Angry": "anger"},
        absent_score=0.0,
    )
    assert found == Stated("anger", {"anger": 0.1, "fear": 0.9, "neutral": 0.0}, {})


FACES = {
    "faces": [
        {"e": "fear", "box": [0, 0, 10, 10], "sure": 0.2},
        {"e": "anger", "box": [90, 90, 95, 95], "sure": 0.1},
        {"e": "neutral", "box": [5, 5, 9, 9], "sure": 0.9},
    ]
}


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        ({}, "fear"),
        ({"choose": "largest", "box": "box"}, "anger"),  # 95 x 95
        ({"choose": "largest", "box": "box", "box_corners": True}, "fear"),  # 10 x 10 against 5 x 5 and 4 x 4
        ({"choose": "surest", "confidence": "sure"}, "neutral"),
    ],
)
def test_of_several_faces_the_card_says_which(choice: dict[str, Any], expected: str) -> None:
    assert stated(FACES, faces="faces", label="e", **choice).label == expected


def test_no_face_is_what_the_system_declines() -> None:
    assert refused({"faces": []}, faces="faces", label="e") == "no_face"


def test_dimensions_come_from_their_range() -> None:
    found = stated(
        {"v": 75, "a": 0}, ("valence", "arousal"), valence="v", arousal="a", dimension_range=(0.0, 100.0)
    )
    assert found == Stated(None, None, {"valence": 0.5, "arousal": -1.0})


@pytest.mark.parametrize(
    ("document", "output", "expected"),
    [
        ({}, {"label": "e"}, "no label"),
        ({"e": 3}, {"label": "e"}, "no label"),
        ({"e": ["fear"]}, {"label": "e"}, "no label"),
        ([1, 2], {"label": "e"}, "no label"),
        (None, {"label": "e"}, "no label"),
        ({"e": "joy"}, {"label": "e"}, "label 'joy' is none of the card's"),
        ({"e": "<b>\x1b[31m joy"}, {"label": "e"}, "label '<b>\ufffd[31m joy' is none of the card's"),
        ({"e": "x" * 500}, {"label": "e"}, f"label '{'x' * 40}' is none of the card's"),
        ({"s": {"anger": 0.2}}, {"scores": "s"}, "scores of 1 of 3 labels"),
        ({"s": [0.2, 0.8]}, {"scores": "s"}, "no scores"),
        ({"s": "0.2"}, {"scores": "s"}, "no scores"),
        ({"s": {**SCORES, "joy": 0.1}}, {"scores": "s"}, "label 'joy' is none of the card's"),
        ({"s": {**SCORES, "fear": "0.5"}}, {"scores": "s"}, "score is no number"),
        ({"s": {**SCORES, "fear": True}}, {"scores": "s"}, "score is no number"),
        ({"s": {**SCORES, "fear": float("inf")}}, {"scores": "s"}, "score is no number that a system gives"),
        ({"s": {**SCORES, "fear": 1e300}}, {"scores": "s"}, "score is no number that a system gives"),
        ({"s": [{"label": "fear", "score": 1}] * 3}, {"scores": "s"}, "two scores for one label"),
        ({"v": 2}, {"valence": "v"}, "valence beyond its range"),
        ({"v": None}, {"valence": "v"}, "valence is no number"),
        ({"faces": {}}, {"faces": "faces", "label": "e"}, "no list of faces"),
        (
            {"faces": [{"e": "fear", "b": [1]}] * 2},
            {"faces": "faces", "label": "e", "box": "b", "choose": "largest"},
            "a face without a box",
        ),
    ],
)
def test_what_cannot_be_an_answer_is_none(document: Any, output: dict[str, Any], expected: str) -> None:
    assert refused(document, **output) == f"unreadable_answer: {expected}"


def test_a_refusal_is_what_its_path_finds() -> None:
    output = HttpOutput(label="e", refusal="error.code")
    for document in ({}, {"error": None}, {"error": {"code": ""}}, {"error": {"code": False}}):
        assert refusal_in(document, output) is None
    found = refusal_in({"error": {"code": "content_policy\n<script>"}}, output)
    assert found is not None
    assert (found.text, found.outcome) == ("refused: content_policy <script>", "abstained")


def test_there_is_one_answer_for_each_sample_of_a_request() -> None:
    output = HttpOutput(label="e", samples="predictions")
    assert samples_in({"predictions": [1, 2]}, output, 2) == [1, 2]
    for wrong in ({"predictions": [1]}, {"predictions": [1, 2, 3]}, {"predictions": {}}, []):
        with pytest.raises(Unscored, match="answers"):
            samples_in(wrong, output, 2)


def test_version_and_tokens_where_they_are_stated() -> None:
    output = HttpOutput(label="e", version="meta.model", tokens_in="usage.in")
    document = {"meta": {"model": "faces-3"}, "usage": {"in": 12}}
    assert version_in(document, {}, output) == "faces-3"
    assert version_in({"meta": {"model": ["x"]}}, {}, output) is None
    assert version_in({}, {"x-model": "9"}, HttpOutput(label="e", version_header="X-Model")) == "9"
    assert count_in(document, output.tokens_in) == 12
    for wrong in (-1, True, "12", 1.5, 2**40):
        assert count_in({"usage": {"in": wrong}}, output.tokens_in) is None


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"label": "a["}, "no JMESPath"),
        ({"label": "e", "choose": "largest"}, "largest needs faces and box"),
        ({"valence": "v", "dimension_range": (1, 1)}, "rising"),
    ],
)
def test_paths_that_cannot_be_followed_are_refused(given: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        HttpOutput(**given)
