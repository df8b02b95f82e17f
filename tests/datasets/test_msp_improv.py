from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from films_made import levels, tone, write_film

from harness.cards.facts import dataset_card
from harness.datasets.msp_improv import MspImprovOptions, MspImprovReader
from harness.errors import HarnessError, Unscored
from harness.signals.media import Audio, Image, Video

TURNS = """UTD-IMPROV-S01A-F01-P-FM01.avi; N; A:2.5; V:4.0; D:3.0 ; N:3.4;
R1-a_1; Neutral; Neutral,Happy; A:3.0; V:4.0; D:3.0; N:4.0;
R2; Happy; Happy; A:2.0; V:4.0; D:3.0; N:3.0;
R2; Sad; Sad; A:2.0; V:4.0; D:3.0; N:3.0;
R3; Neutral; Other (curious; calm),Neutral; A:2.0; V:4.0; D:NaN; N:NaN;

UTD-IMPROV-S20H-M06-T-MF12.avi; X; A:1.0; V:1.0; D:NaN ; N:NaN;

"""


def reader(root: Path, **options: object) -> MspImprovReader:
    return MspImprovReader(dataset_card("msp_improv"), root, MspImprovOptions(**options))


@pytest.fixture
def corpus(tmp_path: Path, write_sound: Callable[[Path], None]) -> Path:
    (tmp_path / "Evaluation.txt").write_text(TURNS)
    stem = tmp_path / "session1/S01A/P/MSP-IMPROV-S01A-F01-P-FM01"
    write_sound(stem.with_suffix(".wav"))
    write_film(stem.with_suffix(".avi"), levels(5), tone(0.5))
    write_sound(tmp_path / "session1/S01A/P/MSP-IMPROV-S01A-F01-P-FM99.wav")
    write_sound(tmp_path / "session1/S01A/P/notes.wav")
    return tmp_path


def test_every_field_of_a_turn(corpus: Path) -> None:
    woman, man = reader(corpus).samples().to_pylist()
    assert {key: value for key, value in woman.items() if value is not None} == {
        "sample_id": "S01A-F01-P-FM01",
        "modality": "voice",
        "uri": "session1/S01A/P/MSP-IMPROV-S01A-F01-P-FM01.wav",
        "subject_id": "F01",
        "session_id": "01",
        "label": "neutral",
        "valence": 0.5,
        "arousal": 0.25,
        "dominance": 0.0,
        "label_source": "observer",
        "votes": [("happy", 1), ("neutral", 2)],
        "attr.sex": "female",
        "ctx.sentence": "01",
        "ctx.target": "angry",
        "ctx.recording": "P",
        "ctx.turn": "FM01",
    }
    assert (man["subject_id"], man["label"], man["arousal"], man["dominance"]) == (
        "M06",
        "no agreement",
        1.0,
        None,
    )


def test_films_and_sounds_have_the_same_ids(corpus: Path) -> None:
    kinds = {"voice": Audio, "face": Image, "audiovisual": Video, "video": Video}
    for presentation, kind in kinds.items():
        found = reader(corpus, presentation=presentation)
        there, absent = found.samples().to_pylist()
        assert there["sample_id"] == "S01A-F01-P-FM01"
        assert isinstance(found.load(there), kind)
        with pytest.raises(Unscored, match="missing_file"):
            found.load(absent)


def test_sessions_are_folds(corpus: Path) -> None:
    assert reader(corpus, split="sessions").samples()["split"].to_pylist() == ["fold:1", "fold:6"]


def test_what_is_odd_is_reported(corpus: Path) -> None:
    with (corpus / "Evaluation.txt").open("a") as file:
        file.write("UTD-IMPROV-S01A-F01-P.avi; N; A:2.5; V:4.0; D:3.0 ; N:3.4;\n")
    found = reader(corpus)
    assert found.layout_problems(found.samples()) == [
        "turns of Evaluation.txt without a file: S20H-M06-T-MF12",
        "files without a turn in Evaluation.txt: S01A-F01-P-FM99",
        "lines that are not as those of other turns, passed over: "
        "UTD-IMPROV-S01A-F01-P.avi; N; A:2.5; V:4.0; D:3.0 ; N:3.4;",
    ]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("V:4.0; D:3.0 ;", "V:9.0; D:3.0 ;", r"turn S01A-F01-P-FM01: a mean rating of 9\.0; expected 1 to 5"),
        ("avi; N;", "avi; Q;", "the consensus is 'Q'"),
        ("A:2.5", "A:2.5.1", r"'2\.5\.1' is not a number"),
        ("UTD-", "ABC-", "no line begins like UTD-IMPROV"),
    ],
)
def test_a_file_that_is_not_as_it_should_be(corpus: Path, old: str, new: str, message: str) -> None:
    (corpus / "Evaluation.txt").write_text(TURNS.replace(old, new))
    with pytest.raises(HarnessError, match=message):
        reader(corpus).samples()


def test_without_its_evaluation(tmp_path: Path) -> None:
    with pytest.raises(HarnessError, match=r"Evalution\.txt is missing"):
        reader(tmp_path).samples()


def test_the_evaluation_is_read_as_the_release_spells_it(corpus: Path) -> None:
    as_loaders_call_it = reader(corpus).samples()
    (corpus / "Evaluation.txt").rename(corpus / "Evalution.txt")
    assert reader(corpus).samples().equals(as_loaders_call_it)
