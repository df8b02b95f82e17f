from __future__ import annotations

import pytest

from harness.cards.taxonomy import LabelMapping, canonical, map_labels, mapping_losses, most_voted
from harness.errors import HarnessError


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        (" ANGRY ", "anger"),
        ("HAP", "happiness"),
        ("joy", "happiness"),
        ("stressed", "stress"),
        ("Calm", "calm"),
        ("Ärger", "ärger"),
    ],
)
def test_spellings_meet_in_one_name(label: str, expected: str) -> None:
    assert canonical(label) == expected


def test_canonical_names_are_their_own() -> None:
    for name in ("anger", "disgust", "fear", "happiness", "sadness", "surprise", "neutral", "stress"):
        assert canonical(name) == name


def losses(mapping: LabelMapping) -> list[str]:
    return mapping_losses(merged=mapping.merged, unreachable=mapping.unreachable, outside=mapping.outside)


def test_labels_meet_and_losses_are_named() -> None:
    mapping = map_labels(["ANG", "HAP", "calm"], ["angry", "happy", "disgust"])
    assert mapping.truth == {"ANG": "anger", "HAP": "happiness", "calm": "calm"}
    assert mapping.predicted == {"angry": "anger", "happy": "happiness", "disgust": "disgust"}
    assert mapping.classes == ("anger", "calm", "happiness")
    assert mapping.unreachable == ("calm",)
    assert mapping.outside == ("disgust",)
    assert losses(mapping) == [
        "The model cannot answer calm: these samples count as wrong.",
        "The model can answer disgust, which the truth never is: always wrong.",
    ]


def test_a_merge_is_the_studys_choice_and_works_on_both_sides() -> None:
    mapping = map_labels(["calm", "neutral"], ["Neutral", "happy"], {"Calm": "NEU", "happy": "neutral"})
    assert mapping.truth == {"calm": "neutral", "neutral": "neutral"}
    assert mapping.predicted == {"Neutral": "neutral", "happy": "neutral"}
    assert mapping.merged == {"neutral": ("calm", "happiness", "neutral")}
    assert losses(mapping) == ["neutral merges calm, happiness, neutral."]


def test_two_spellings_of_one_emotion_are_no_merge() -> None:
    assert map_labels(["happy", "HAP"], ["happiness"]).merged == {}


@pytest.mark.parametrize("labels", [["happy", "joy"], ["sad", "sad"]])
def test_a_model_that_names_one_emotion_twice_is_refused(labels: list[str]) -> None:
    with pytest.raises(HarnessError, match="name one emotion twice"):
        map_labels(["happiness"], labels)


def test_a_merge_of_merges_is_refused() -> None:
    with pytest.raises(HarnessError, match="neutral"):
        map_labels(["calm", "neutral"], [], {"calm": "neutral", "neutral": "other"})


def test_a_model_without_labels_has_no_losses() -> None:
    assert losses(map_labels(["anger"], [])) == []


@pytest.mark.parametrize(
    ("votes", "winners"),
    [({"a": 1, "b": 3}, ["b"]), ({"b": 2, "a": 2, "c": 1}, ["a", "b"]), ({"a": 0, "b": 0}, []), ({}, [])],
)
def test_the_most_voted_labels(votes: dict[str, int], winners: list[str]) -> None:
    assert most_voted(votes) == winners
