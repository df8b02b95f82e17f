from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from harness.cards.facts import dataset_card
from harness.datasets.iemocap import IemocapOptions, IemocapReader
from harness.errors import HarnessError, Unscored
from harness.signals.media import Audio

HEAD = "% [START_TIME - END_TIME] TURN_NAME EMOTION [V, A, D]\n\n"
IMPROVISED = f"""{HEAD}[6.2901 - 8.2357]\tSes01F_impro01_F000\tneu\t[2.5000, 2.0000, 5.0000]
C-E2:\tNeutral;\t()
C-E3:\tNeutral; Frustration;\t(both)
C-E4:\tAnger;\t()
C-F1:\tNeutral;\t()
A-E3:\tval 3; act 2; dom  2;\t()
A-F1:\tval 3; act 2; dom ;\t()

[10.0100 - 11.3925]\tSes01F_impro01_M000\txxx\t[1.0000, 3.0000, 3.5000]
C-E2:\tSadness;\t()
C-M1:\tSadness; Other;\t(tired)
"""
SCRIPTED = f"{HEAD}[1.5 - 2.5]\tSes02M_script01_1b_M003\texc\t[4.0, 4.0, 3.0]\n"


def reader(root: Path, **options: object) -> IemocapReader:
    return IemocapReader(dataset_card("iemocap"), root, IemocapOptions(**options))


def write(root: Path, name: str, text: str) -> None:
    path = root / f"Session{name[4]}" / "dialog" / "EmoEvaluation" / f"{name}.txt"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


@pytest.fixture
def corpus(tmp_path: Path, write_sound: Callable[[Path], None]) -> Path:
    write(tmp_path, "Ses01F_impro01", IMPROVISED)
    write(tmp_path, "Ses02M_script01_1b", SCRIPTED)
    (tmp_path / "Session1/dialog/EmoEvaluation/._Ses01F_impro01.txt").write_bytes(b"\x00\x05\x16\x07")
    (tmp_path / "Session1/dialog/EmoEvaluation/Categorical").mkdir()
    (tmp_path / "Session1/dialog/EmoEvaluation/Categorical/Ses01F_impro01_e1_cat.anvil").write_text("x")
    write_sound(tmp_path / "Session1/sentences/wav/Ses01F_impro01/Ses01F_impro01_F000.wav")
    return tmp_path


def test_every_field_of_a_turn(corpus: Path) -> None:
    woman, man, scripted = reader(corpus).samples().to_pylist()
    assert {key: value for key, value in woman.items() if value is not None} == {
        "sample_id": "Session1/sentences/wav/Ses01F_impro01/Ses01F_impro01_F000.wav",
        "modality": "voice",
        "uri": "Session1/sentences/wav/Ses01F_impro01/Ses01F_impro01_F000.wav",
        "subject_id": "Ses01F",
        "session_id": "Session1",
        "label": "neu",
        "valence": -0.25,
        "arousal": -0.5,
        "dominance": 1.0,
        "label_source": "observer",
        "votes": [("anger", 1), ("frustration", 1), ("neutral", 2)],
        "ctx.raters": 3,
        "attr.sex": "female",
        "ctx.dialogue": "Ses01F_impro01",
        "ctx.part": "improvised",
        "ctx.own_label": "neutral",
        "ctx.start_in_dialogue_s": 6.2901,
        "ctx.end_in_dialogue_s": 8.2357,
    }
    assert (man["subject_id"], man["attr.sex"], man["label"]) == ("Ses01M", "male", "xxx")
    assert (man["votes"], man["ctx.own_label"]) == ([("sadness", 1)], "sadness, other")
    assert (scripted["subject_id"], scripted["ctx.part"], scripted["votes"]) == ("Ses02M", "scripted", None)


def test_the_sound_of_a_turn(corpus: Path) -> None:
    found = reader(corpus)
    there, absent, _ = found.samples().to_pylist()
    assert isinstance(found.load(there), Audio)
    with pytest.raises(Unscored, match="missing_file"):
        found.load(absent)


def test_one_kind_of_dialogue(corpus: Path) -> None:
    assert reader(corpus, part="scripted").samples()["label"].to_pylist() == ["exc"]
    assert reader(corpus, part="improvised").samples().num_rows == 2


def test_sessions_as_folds(corpus: Path) -> None:
    assert reader(corpus).samples()["split"].to_pylist() == [None] * 3
    assert reader(corpus, split="sessions").samples()["split"].to_pylist() == ["fold:1", "fold:1", "fold:2"]
    with pytest.raises(
        HarnessError, match=r"split=random: the card of iemocap has no such split\. It has sessions"
    ):
        reader(corpus, split="random").samples()


def test_what_is_odd_is_reported(corpus: Path) -> None:
    write(corpus, "Ses03F_impro02", f"{HEAD}[1.0 - 2.0]\tSes03F_impro02_F000\n")
    found = reader(corpus)
    assert found.layout_problems(found.samples()) == [
        "no turn of session: 3, 4, 5",
        "lines in brackets that are no turn, passed over: Session3/dialog/EmoEvaluation/Ses03F_impro02.txt: "
        "[1.0 - 2.0]\tSes03F_impro02_F000",
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            IMPROVISED.replace("[2.5000", "[6.5000"),
            "turn Ses01F_impro01_F000: a mean rating of 6.5000; expected 1 to 5",
        ),
        (IMPROVISED.replace("[2.5000", "[2.5.0"), "'2.5.0' is not a number"),
        ("\udcff", "Ses01F_impro01.txt: not a readable text"),
    ],
)
def test_a_damaged_file_is_named(tmp_path: Path, text: str, message: str) -> None:
    write(tmp_path, "Ses01F_impro01", "")
    (tmp_path / "Session1/dialog/EmoEvaluation/Ses01F_impro01.txt").write_bytes(
        text.encode(errors="surrogateescape")
    )
    with pytest.raises(HarnessError, match=message):
        reader(tmp_path).samples()


def test_an_empty_folder_says_what_was_expected(tmp_path: Path) -> None:
    with pytest.raises(HarnessError, match=r"give the folder that holds Session1 to Session5"):
        reader(tmp_path).samples()
