from __future__ import annotations

import time

import pytest

from harness.errors import Unscored
from harness.models.chat.label_words import Vocabulary
from harness.models.chat.reading import Reading, read_answer

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

SEVERAL = "unreadable_answer: several labels in it"
MENTIONED = "unreadable_answer: a label is mentioned, not stated"


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
        ("She looks sad. Answer: sad</think>\nhappy", "happiness"),
        ("Answer: sad <think>a</think> b</think>happy", "happiness"),
        ("◁think▷sad◁/think▷happy", "happiness"),
        ("[THINK]sad[/THINK]happy", "happiness"),
        ("<think>a<think>sad</think>b</think>happy", "happiness"),
        ("<|channel|>analysis<|message|>sad<|end|><|channel|>final<|message|>happy<|return|>", "happiness"),
        ("happy<|im_end|>", "happiness"),
        ("<answer>happy</answer>", "happiness"),
        ("**Emotion:**\n\nHappy\n\n**Why:** the mouth.", "happiness"),
        ("Emotion: anger, as the mouth is not open", "anger"),
        ("Emotion: neutral (no smile)", "neutral"),
        ("She isn't smiling, so the emotion is sadness.", "sadness"),
        ("I would say the emotion is anger.", "anger"),
        ("Ответ: joy", "happiness"),
        ("答案\uff1a怒り。", "anger"),
        ('Here it is:\n```json\n{"label": "sad", "reason": "not angry"}\n```\nI hope this helps.', "sadness"),
        ('{"label": "angry"}\nOn reflection, answer: sad', "sadness"),
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
        ("Choose one of: anger, sadness, happiness, neutral, cannot tell.", SEVERAL),
        ("Label: anger, sadness, happiness, neutral, cannot tell, none of these.", SEVERAL),
        ("- anger\n- sadness\n- happiness\n- neutral", SEVERAL),
        ("anger\nsadness\ncannot tell\nnone of these", SEVERAL),
        ("Answer with one of: neutral, cannot tell.\nAnswer:", MENTIONED),
        ("Answer: neutral or cannot tell", MENTIONED),
        ("I don't think the emotion is anger.", MENTIONED),
        ("The emotion isn't anger", MENTIONED),
        ("Is the answer: anger?", MENTIONED),
        ("If the emotion is anger, the brows would be lowered", MENTIONED),
        ("The emotion is far from anger", MENTIONED),
        ("Emotion: anything but anger", MENTIONED),
        ("😠", "unreadable_answer: no label in it"),
        ("...", "unreadable_answer: no label in it"),
        (
            '{"label": "sad", "scores": {"sad": 0.1, "sadness": 0.9}}',
            "unreadable_answer: two scores for one label",
        ),
        ("{}", "unreadable_answer: JSON without a label"),
        ("I\u2019m sorry, I can\u2019t help with that.", "refused: it apologises"),
        ("I can\u2019t assist with identifying emotions.", "refused: it apologises"),
        ("I must decline.", "refused: it apologises"),
        ("I'm sorry to see her like this.", "unreadable_answer: no label in it"),
        ("I cannot tell.", "no_answer: cannot tell"),
        ("Answer: none of these emotions", "no_answer: none of these"),
        ("Answer: I cannot tell", "no_answer: cannot tell"),
        ("I cannot determine the emotion from this picture.", "no_answer: cannot tell"),
        ("The face is not visible.", "no_answer: cannot tell"),
        ("Das kann ich nicht erkennen.", "no_answer: cannot tell"),
        ("Je ne peux pas dire.", "no_answer: cannot tell"),
        ('{"label": null}', "no_answer: cannot tell"),
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


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("The person seems sad.", "sadness"),
        ("The person appears to be angry", "anger"),
        ("This woman looks happy.", "happiness"),
        ("The young man in the picture looks to be quite sad, with lowered brows.", "sadness"),
        ("He sounds angry!", "anger"),
        ("**The person appears happy.** The corners of the mouth are raised.", "happiness"),
        ("The mouth does not smile. Her face seems sad.", "sadness"),
        ("I would say that the speaker sounds angry because the voice is loud.", "anger"),
        ("Based on the raised brows, she looks happy.", "happiness"),
        ("It looks like the person is sad.", "sadness"),
        ("The facial expression appears neutral.", "neutral"),
        ("The person's expression is neutral (relaxed mouth).", "neutral"),
        ("The person seems to be feeling sad", "sadness"),
        ("Die Person wirkt wütend.", "anger"),
        ("Die Frau sieht wütend aus.", "anger"),
    ],
)
def test_a_label_that_is_asserted_of_the_person_is_read(text: str, label: str) -> None:
    assert read_answer(text, WORDS).label == label


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("The person seems happy but is sad.", SEVERAL),
        ("The person appears neither happy nor sad.", SEVERAL),
        ("The person seems happy, or sad.", SEVERAL),
        ("The man seems sad. The woman seems happy.", SEVERAL),
        ("The person seems sad. Happy would be wrong.", SEVERAL),
        ("The person does not seem angry.", MENTIONED),
        ("The person doesn't look angry.", MENTIONED),
        ("The person seems not angry.", MENTIONED),
        ("The person seems anything but happy.", MENTIONED),
        ("The person seems far from happy.", MENTIONED),
        ("The person hardly seems happy.", MENTIONED),
        ("The person seems less happy.", MENTIONED),
        ("The person seems almost happy.", MENTIONED),
        ("The person is no longer sad.", MENTIONED),
        ("The person seems happy-go-lucky.", MENTIONED),
        ("The person seems happy and worried.", MENTIONED),
        ("The person seems happy but is crying.", MENTIONED),
        ("The person seems happy. However, the eyes say otherwise.", MENTIONED),
        ("The person seems happy. This is not what she feels.", MENTIONED),
        ("The person seems happy only at first glance.", MENTIONED),
        ("The person may seem angry.", MENTIONED),
        ("Some say the person seems angry.", MENTIONED),
        ("I don't think the person seems angry.", MENTIONED),
        ("Does the person seem angry?", MENTIONED),
        ("The person seems angry?", MENTIONED),
        ("If the person seems angry, the brows are lowered.", MENTIONED),
        ("Whether she looks sad is hard to tell.", MENTIONED),
        ("She looks sad, but I cannot tell.", MENTIONED),
        ("The dog seems happy.", MENTIONED),
        ("A person who is sad would look down.", MENTIONED),
        ("The person seems to deny that she is sad.", MENTIONED),
        ("It seems happy people live here.", MENTIONED),
        ("The person seems sad. Answer: not sad", MENTIONED),
        ("The person seems sad.\nAnswer:", MENTIONED),
        ("The person seems unhappy.", "unreadable_answer: no label in it"),
        ("I'm sorry, I can't help. The person seems sad.", "refused: it apologises"),
    ],
)
def test_what_is_denied_doubted_or_said_of_others_is_not_asserted(text: str, reason: str) -> None:
    with pytest.raises(Unscored) as found:
        read_answer(text, WORDS)
    assert found.value.text == reason


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
    for text in ("sad", 'It is {"label": "sad"}.'):
        with pytest.raises(Unscored) as found:
            read_answer(text, WORDS, only_json=True)
        assert found.value.text == "unreadable_answer: not the JSON that was asked for"


def test_open_words_that_the_table_lacks_are_told_from_talk() -> None:
    words = Vocabulary(["anger"], {"angry": "anger"}, is_closed=False)
    assert read_answer("Angry", words).label == "anger"
    for text, reason in {
        "Deeply wistful.": "unreadable_answer: a word that is not in the table",
        '{"label": "wistful"}': "unreadable_answer: a word that is not in the table",
        "There is a person in this picture.": "unreadable_answer: no label in it",
    }.items():
        with pytest.raises(Unscored) as found:
            read_answer(text, words)
        assert found.value.text == reason


@pytest.mark.parametrize(
    "text",
    [
        "answer is " * 9_000,
        "a" + "!" * 90_000 + "a",
        "<think>" * 12_000,
        "```" + "\n" * 90_000 + "x",
        "{" * 90_000,
        "label" + " " * 90_000 + "x",
        "ich kann " * 10_000,
        "i " * 45_000,
        "the " * 25_000,
        "with " * 20_000,
        "the person is " + "very " * 19_000,
        "sad " + "it seems " * 11_000,
    ],
)
def test_a_long_answer_takes_little_time(text: str) -> None:
    started = time.process_time()
    with pytest.raises(Unscored):
        read_answer(text, WORDS)
    assert time.process_time() - started < 2.0


def test_an_answer_that_is_too_long_is_not_searched_but_long_thoughts_are_passed_over() -> None:
    with pytest.raises(Unscored, match=r"over 100,000 characters"):
        read_answer("Answer: sad\n" + "well " * 30_000 + "\nAnswer: happy", WORDS)
    assert read_answer("<think>" + "well " * 30_000 + "</think>happy", WORDS).label == "happiness"
