"""What is said about the labels of dataset and system before anything is predicted."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from harness.errors import HarnessError
from harness.study.compose import compose_study
from harness.study.label_fit import LabelSide, lost_in_mapping, require_labels_meet, without_no_labels
from harness.tables.samples import samples_table
from harness.user_tables.label_places import LabelPlaces


def samples(labels: list[str | None]) -> pa.Table:
    return samples_table(
        [
            {
                "sample_id": f"s{i}",
                "modality": "voice",
                "subject_id": f"p{i}",
                "label": label,
                "label_source": "acted",
            }
            for i, label in enumerate(labels)
        ]
    )


def notes(truth: list[str | None], answers: list[str], *overrides: str) -> list[str]:
    table = samples(truth)
    system = LabelSide("system", answers, LabelPlaces.of(Path("p.csv"), pa.array(answers)))
    config = compose_study(["dataset=table", "model=majority", *overrides])
    return require_labels_meet(table, LabelPlaces.of(Path("s.csv"), table["label"]), system, config)


def refusal(truth: list[str | None], answers: list[str], *overrides: str) -> str:
    with pytest.raises(HarnessError) as caught:
        notes(truth, answers, *overrides)
    return str(caught.value)


@pytest.mark.parametrize(
    ("truth", "answers"),
    [
        (
            ["ang", "hap", "exc", "neu", "fru", "sad"],
            ["angry", "happy", "excited", "neutral", "frustration", "sad"],
        ),
        (
            ["ANG", "DIS", "FEA", "HAP", "NEU", "SAD"],
            ["anger", "disgust", "fear", "happiness", "neutral", "sadness"],
        ),
        (["calm", "happy", None], ["happy", "surprised"]),
        (["x1", "x2"], ["x2", "x1"]),
        ([None, None], ["happy"]),
        (["happy"], []),
    ],
)
def test_labels_that_meet_need_no_words(truth: list[str | None], answers: list[str]) -> None:
    assert notes(truth, answers) == []


def test_a_word_of_one_side_comes_with_the_line_that_maps_it() -> None:
    assert notes(["happy", "sad"], ["happy", "sad", "Angray", "Superise"]) == [
        "Only the system has 'Angray' (p.csv, row 3) and 'Superise' (p.csv, row 4): no known emotion. Are they "
        "meant so? 'labels.merge={Angray: anger, Superise: surprise}'"
    ]
    assert notes(["happy", "sd"], ["happy", "sad"], "labels.merge={calm: neutral, happy: joy}")[-1].endswith(
        "Are they meant so? 'labels.merge={calm: neutral, happy: joy, sd: sadness}'"
    )


def test_a_word_that_is_like_no_other_asks_for_its_label() -> None:
    (note,) = notes(["happy", "Poker"], ["happy", "sad"])
    assert note == (
        "Only the dataset has 'Poker' (s.csv, row 2): no known emotion. If the system has another word for them, "
        "put it for LABEL: 'labels.merge={Poker: LABEL}'"
    )


def test_no_label_in_common_is_refused_with_side_file_row_and_remedy() -> None:
    message = refusal(["W", "L", "N"], ["anger", "neutral"])
    assert message.startswith("Dataset and system have no label in common. The dataset has 'L' (s.csv, row 2), ")
    assert "the system answers 'anger' (p.csv, row 1) and 'neutral' (p.csv, row 2)" in message
    assert message.endswith("The dataset's may be codes of a corpus, which labels.merge=emodb reads.")
    assert notes(["W", "L", "N"], ["anger", "neutral", "boredom"], "labels.merge=emodb") == []


def test_codes_of_the_system_are_recognised_too() -> None:
    assert "The system's may be codes of a corpus, which labels.merge=fer2013 or labels.merge=affectnet reads" in (
        refusal(["angry", "happy"], ["0", "3"])
    )


def test_two_vocabularies_of_known_words() -> None:
    assert "Say which is which: 'labels.merge={boredom: LABEL}'" in refusal(["boredom"], ["happy"])


def test_choices_that_match_nothing_are_told() -> None:
    assert notes(["happy", "sad"], ["happy", "sad"], "labels.merge={clam: neutral}") == [
        "labels.merge: neither side has clam. They have happiness and sadness."
    ]
    assert notes(["happy", "sad"], ["happy", "sad"], "labels.only=[happy,sadd]") == [
        "labels.only: no sample has sadd. They have happiness and sadness."
    ]


def test_what_is_no_label_is_none() -> None:
    found, said = without_no_labels(samples(["ang", "xxx", "No agreement", None, "x", "xxx"]), {"x": "xxx"})
    assert found["label"].to_pylist() == ["ang", None, None, None, None, None]
    assert said == ["No label of the dataset is 'xxx' or 'No agreement' or 'x': 4 samples without one."]
    same = samples(["ang", "unknown"])
    assert without_no_labels(same, None) == (same, [])


def test_words_of_both_sides_come_with_one_line() -> None:
    (note,) = notes(["happy", "Poker"], ["happy", "Angray", "Wut"])
    assert note == (
        "Only the dataset has 'Poker' (s.csv, row 2); only the system has 'Angray' (p.csv, row 2) and 'Wut' "
        "(p.csv, row 3): no known emotion. Are they meant so? If the other side has another word for the others, "
        "put it for LABEL: 'labels.merge={Poker: LABEL, Angray: anger, Wut: LABEL}'"
    )


def test_codes_beside_strange_words_are_written_out() -> None:
    message = refusal(["W", "L", "N"], ["Angray"])
    assert message.endswith("'labels.merge={L: boredom, N: neutral, W: anger, Angray: anger}'")


def lost(truth: list[str | None], answers: list[str], merge: dict[str, str] | None = None) -> list[str]:
    system = LabelSide("system", answers, LabelPlaces.of(Path("p.csv"), pa.array(answers)))
    return lost_in_mapping(samples(truth), system, merge)


def test_what_the_mapping_loses_is_said() -> None:
    truth: list[str | None] = ["happy", "sad", "fear", None]
    assert lost(truth, ["glad", "sadness", "calm"], {"glad": "happiness"}) == [
        "happiness merges glad, happiness.",
        "The model cannot answer fear: these samples count as wrong.",
        "The model can answer calm, which the truth never is: always wrong.",
    ]
    assert lost(truth, ["happy", "sad", "fear"]) == []
    assert lost(truth, []) == []  # not known before the training
    assert lost([None], ["happy"]) == []
