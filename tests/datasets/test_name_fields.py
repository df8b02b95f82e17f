"""Names as corpora have them: the emotion and the person are found, or nothing is."""

from __future__ import annotations

import re

import pytest

from harness.datasets.name_fields import naming_of

RAVDESS = [
    f"Actor_{actor:02}/03-01-{emotion:02}-01-{statement:02}-01-{actor:02}.wav"
    for actor in range(1, 9)
    for emotion in range(1, 9)
    for statement in (1, 2)
]
CREMAD = [
    f"AudioWAV/{actor}_{sentence}_{emotion}_XX.wav"
    for actor in range(1001, 1021)
    for sentence in ("DFA", "IEO")
    for emotion in ("ANG", "HAP", "NEU", "SAD", "DIS", "FEA")
]
TESS = [
    f"{who}_{emotion}/{who}_{word}_{emotion}.wav"
    for who in ("OAF", "YAF")
    for word in ("back", "bar", "base")
    for emotion in ("angry", "disgust", "fear", "happy", "ps", "sad", "neutral")
]
SAVEE = [
    f"{who}_{emotion}{number:02}.wav"
    for who in ("DC", "JE", "JK", "KL")
    for emotion in ("a", "d", "f", "h", "n", "sa", "su")
    for number in range(1, 6)
]
EMOVO = [
    f"{who}/{emotion}-{who}-{sentence}.wav"
    for who in ("f1", "f2", "m1")
    for emotion in ("dis", "gio", "neu", "pau", "rab", "sor", "tri")
    for sentence in ("b1", "b2", "b3", "l1")
]
EMODB = [
    f"wav/{who}{text}{emotion}{version}.wav"
    for who in ("03", "08", "09")
    for text in ("a01", "a02")
    for emotion in "WLEAFTN"
    for version in "ab"
]


@pytest.mark.parametrize(
    ("uris", "subjects", "labels"),
    [
        (RAVDESS, 8, ["neutral", "calm", "happiness", "sadness", "anger", "fear", "disgust", "surprise"]),
        (CREMAD, 20, ["anger", "disgust", "fear", "happiness", "neutral", "sadness"]),
        (TESS, 2, ["anger", "disgust", "fear", "happiness", "neutral", None, "sadness"]),
        (SAVEE, 4, ["anger", "disgust", "fear", "happiness", "neutral", "sadness", "surprise"]),
        (EMOVO, 3, None),
        (EMODB, 3, None),
    ],
    ids=["RAVDESS", "CREMA-D", "TESS", "SAVEE", "EMOVO", "EmoDB"],
)
def test_the_emotion_and_the_person_are_found(
    uris: list[str], subjects: int, labels: list[str | None] | None
) -> None:
    naming = naming_of(uris)
    assert naming is not None
    subject, label = naming.looks_like("subject"), naming.looks_like("label")
    assert subject is not None
    assert len(subject.counts) == subjects
    assert (None if label is None else [*label.codes.values()]) == labels
    assert naming.num_files == len(uris)
    assert all(naming.values(uri) for uri in uris)


def test_folders_may_be_the_emotion_and_the_person() -> None:
    """The files' own names have more values than there are people, and are none."""
    uris = [
        f"set/{emotion}/spk{who:02}/{take}.wav"
        for emotion in ("Happy", "Sad", "Angry")
        for who in range(3)
        for take in range(9)
    ]
    naming = naming_of([*uris, "set/readme.wav"])
    assert naming is not None
    label, subject = naming.looks_like("label"), naming.looks_like("subject")
    assert label is not None
    assert label.codes == {"Angry": "anger", "Happy": "happiness", "Sad": "sadness"}
    assert subject is not None
    assert [*subject.counts] == ["spk00", "spk01", "spk02"]
    assert naming.values("set/Sad/spk02/4.wav")["subject"] == "spk02"
    assert naming.num_files == len(uris)


def test_folders_without_emotions_say_nothing() -> None:
    assert naming_of([f"{year}/{month}/{day}.jpg" for year in "12" for month in "345" for day in "6789"]) is None


def test_takes_are_no_people_and_people_may_have_few_files() -> None:
    """Each of 40 people has one photo or two, and three takes look like three people with many."""
    uris = [
        f"v{person:03}_{emotion}_take{1 + person % 3}.jpg"
        for person in range(40)
        for emotion in ("angry", "happy")[: 1 + person % 2]
    ]
    naming = naming_of(uris)
    assert naming is not None
    subject = naming.looks_like("subject")
    assert subject is not None
    assert len(subject.counts) == 40


def test_files_that_are_numbered_through_are_no_people() -> None:
    naming = naming_of([f"{number:03}_{('angry', 'happy')[number % 2]}.jpg" for number in range(40)])
    assert naming is not None
    assert naming.looks_like("subject") is None


def test_the_pattern_tells_the_fields_apart() -> None:
    naming = naming_of(SAVEE)
    assert naming is not None
    assert naming.values("any/where/KL_su05.wav") == {"subject": "KL", "label": "su", "field2": "05"}
    assert naming.values("KL-su05.wav") == {}


@pytest.mark.parametrize(
    "uris",
    [
        *([], ["a.wav"], ["a.wav", "b c.wav", "xx_1.wav"], ["x.wav"] * 3),
        ["take1.wav", "2take.wav", "take3.wav", "4take.wav"],
    ],
)
def test_nothing_is_taken_from_names_that_are_not_alike(uris: list[str]) -> None:
    assert naming_of(uris) is None


def test_some_other_names_do_not_matter_and_signs_of_patterns_are_no_patterns() -> None:
    """A few files are named otherwise; the folder holds what means something in a pattern."""
    uris = [f"a(b)+/{who}.{emotion}.wav" for who in ("s1", "s2", "s3") for emotion in ("angry", "sad", "happy")]
    naming = naming_of([*uris, "a(b)+/readme.wav"])
    assert naming is not None
    assert naming.num_files == 9
    assert naming.values(uris[0]) == {"subject": "s1", "label": "angry"}
    re.compile(naming.pattern)


def test_numbers_of_which_there_are_few_are_no_emotions() -> None:
    """Five codes at least: 01 and 02 may count anything."""
    naming = naming_of([f"{who}_{take:02}.wav" for who in ("AB", "CD") for take in (1, 2, 3)])
    assert naming is not None
    assert naming.looks_like("label") is None


@pytest.mark.parametrize("uris", [["a_.wav", "b_.wav", "c_.wav"], ["äb1.wav", "öb2.wav", "üb3.wav"]])
def test_odd_names_have_a_pattern_that_they_fit(uris: list[str]) -> None:
    """With an empty field, and with letters that no code of a corpus has."""
    naming = naming_of(uris)
    assert naming is not None
    assert all(naming.values(uri) for uri in uris)
    assert naming.num_files == len(uris)


@pytest.mark.parametrize("name", ["{who}_{emotion}_{take}.wav", "{emotion}-{who}-{take}.wav"])
def test_first_names_are_people_and_takes_are_not(name: str) -> None:
    people = ("Anneke", "Bj\u00f6rn", "Eun-ji", "Fatima", "Jo")
    if name.startswith("{emotion}-"):
        people = tuple(one.replace("-", " ") for one in people)
    uris = [
        name.format(who=who, emotion=emotion, take=take)
        for who in people
        for emotion in ("angry", "happy", "sad")
        for take in (1, 2)
    ]
    naming = naming_of(uris)
    assert naming is not None
    subject, label = naming.looks_like("subject"), naming.looks_like("label")
    assert subject is not None
    assert label is not None
    assert (set(subject.counts), set(label.counts)) == (set(people), {"angry", "happy", "sad"})
    assert subject.why == "names, of which there are most"


def test_many_numbers_after_the_emotion_are_rather_people_than_a_few_words() -> None:
    uris = [
        f"{said}_{emotion}_{who:02}.wav"
        for said in ("Kids", "Dogs")
        for emotion in ("angry", "sad")
        for who in range(9)
    ]
    naming = naming_of(uris)
    assert naming is not None
    subject = naming.looks_like("subject")
    assert subject is not None
    assert (subject.name, len(subject.counts), subject.why) == (
        "subject",
        9,
        "numbers or initials, of which there are most",
    )
