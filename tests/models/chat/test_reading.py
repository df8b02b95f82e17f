from __future__ import annotations

import pytest

from harness.errors import Unscored
from harness.models.chat.reading import Reading, Vocabulary, read_answer

WORDS = Vocabulary(
    ["anger", "sadness", "happiness", "neutral"],
    {
        "angry": "anger",
        "sad": "sadness",
        "happy": "happiness",
        "joy": "happiness",
        "wütend": "anger",
        "怒り": "anger",
    },
)


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("anger", "anger"),
        ("  **Anger.**\n", "anger"),
        ("ANGRY!", "anger"),
        ("Wütend", "anger"),
        ("怒り。", "anger"),
        ("“Happy”", "happiness"),
        ("<think>She looks sad. Answer: sad</think>\nhappy", "happiness"),
        ("<think>sad?</think><think>no</think>\n\nAnswer: **joy**", "happiness"),
        ("The mouth is open and the brows are low.\n\nAnswer: anger", "anger"),
        ("Answer: sad. On reflection, answer: angry", "anger"),
        ("The emotion is not shown by the mouth.\nEmotion: neutral", "neutral"),
        ("I first thought of sadness.\n- happy", "happiness"),
        ("The emotion is clearly anger", "anger"),
        ("Antwort: wütend", "anger"),
        ("I'm sorry to see this person so upset. Answer: sad", "sadness"),
        ('{"label": "Sad"}', "sadness"),
        ('```json\n{"label": "neutral", "reason": "no anger, not sad"}\n```', "neutral"),
    ],
)
def test_a_label_that_is_stated_is_read(text: str, label: str) -> None:
    assert read_answer(text, WORDS).label == label


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "unreadable_answer: empty"),
        ("<think>happy", "unreadable_answer: empty"),
        ("The person is not angry.", "unreadable_answer: a label is mentioned, not stated"),
        ("Answer: not angry", "unreadable_answer: a label is mentioned, not stated"),
        ("Answer: angry or sad", "unreadable_answer: several labels in it"),
        ("Answer: happy. Or rather, answer: angry or sad", "unreadable_answer: several labels in it"),
        ("A", "unreadable_answer: no label in it"),
        ("Absolutely wonderful", "unreadable_answer: no label in it"),
        ("unhappy", "unreadable_answer: no label in it"),
        ('{"label": "euphoria"}', "unreadable_answer: a label that is not in the list"),
        ('{"label": ["sad"]}', "unreadable_answer: a label that is not in the list"),
        ('{"emotion": "sad"}', "unreadable_answer: JSON without a label"),
        ('{"label": "sad", "valence": 7}', "unreadable_answer: valence is no number from -1 to 1"),
        ('{"label": "sad", "scores": {"sad": true}}', "unreadable_answer: scores is no number from 0 to 1"),
        ("I'm sorry, but I cannot identify emotions of people.", "refused: it apologises"),
        ("As an AI, I can't tell how this person feels.", "refused: it apologises"),
        ("Es tut mir leid, dabei kann ich nicht helfen.", "refused: it apologises"),
        ("Je suis désolé, je ne peux pas répondre.", "refused: it apologises"),
        ("抱歉,我不能回答。", "refused: it apologises"),
        ("Cannot tell.", "no_answer: cannot tell"),
        ("Answer: none of these", "no_answer: none of these"),
        ('{"label": "cannot tell"}', "no_answer: cannot tell"),
    ],
)
def test_what_states_no_label_has_its_reason(text: str, reason: str) -> None:
    with pytest.raises(Unscored) as found:
        read_answer(text, WORDS)
    assert found.value.text == reason
    assert found.value.outcome == ("failed" if reason.startswith("unreadable") else "abstained")


def test_scores_and_dimensions_come_with_json() -> None:
    text = (
        '{"label": "sad", "scores": {"angry": 0.1, "sadness": 0.6, "happy": 0, "neutral": 0.3}, "valence": -0.5}'
    )
    scores = {"anger": 0.1, "sadness": 0.6, "happiness": 0.0, "neutral": 0.3}
    assert read_answer(text, WORDS) == Reading("sadness", scores, {"valence": -0.5})


def test_scores_of_some_labels_are_no_scores() -> None:
    assert read_answer('{"label": "sad", "scores": {"sad": 1}}', WORDS) == Reading("sadness")


def test_dimensions_alone_are_an_answer() -> None:
    assert read_answer('{"valence": -1, "arousal": 0.25}', WORDS) == Reading(
        None, None, {"valence": -1.0, "arousal": 0.25}
    )


def test_where_json_was_asked_for_words_are_no_answer() -> None:
    assert read_answer('{"label": "sad"}', WORDS, only_json=True).label == "sadness"
    with pytest.raises(Unscored) as found:
        read_answer("sad", WORDS, only_json=True)
    assert found.value.text == "unreadable_answer: not the JSON that was asked for"


def test_a_very_long_answer_takes_no_time() -> None:
    with pytest.raises(Unscored):
        read_answer("answer is " * 200_000, WORDS)
