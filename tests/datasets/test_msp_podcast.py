from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from harness.cards.facts import dataset_card
from harness.cards.taxonomy import is_no_label
from harness.datasets.msp_podcast import COLUMNS, EMOTION_OF_CODE, MspPodcastOptions, MspPodcastReader
from harness.errors import HarnessError, Reason, Unscored
from harness.signals.media import Audio
from harness.tables.split_names import leaked_people

ROWS = (
    "MSP-PODCAST_0001_0008.wav,N,4.0,7.0,1.0,127,Male,Test1",
    "MSP-PODCAST_0002_0033.wav,X,2.5,,4.0,Unknown,Unknown,Train",
    "MSP-PODCAST_0002_0039.wav,A,5.5,2.5,5.5,Unknown,Female,Development",
    "MSP-PODCAST_0003_0001.wav,U,4.0,4.0,4.0,9,Female,Train",
)


def reader(root: Path, **options: object) -> MspPodcastReader:
    return MspPodcastReader(dataset_card("msp_podcast"), root, MspPodcastOptions.model_validate(options))


def write(root: Path, *rows: str, name: str = "labels_consensus.csv") -> None:
    (root / "Labels").mkdir(exist_ok=True)
    (root / "Labels" / name).write_text("\n".join([",".join(COLUMNS), *rows]) + "\n", encoding="utf-8")


@pytest.mark.parametrize("name", ["labels_consensus.csv", "labels_concensus.csv"])
def test_a_row_is_a_turn(name: str, tmp_path: Path) -> None:
    write(tmp_path, *ROWS, name=name)
    rows = reader(tmp_path).samples().to_pylist()
    keys = ("subject_id", "split", "label", "valence", "arousal", "dominance", "attr.sex")
    assert [tuple(row[key] for key in keys) for row in rows] == [
        ("127", "Test1", "neutral", 1.0, 0.0, -1.0, "male"),
        ("Audios/MSP-PODCAST_0002_0033.wav", "Train", "no agreement", None, -0.5, 0.0, None),
        ("Audios/MSP-PODCAST_0002_0039.wav", "Development", "anger", -0.5, 0.5, 0.5, "female"),
        ("9", "Train", "surprise", 0.0, 0.0, 0.0, "female"),
    ]


def test_votes_are_those_of_the_workers_and_what_does_not_fit_is_reported(tmp_path: Path) -> None:
    write(tmp_path, *ROWS)
    rated = ("0001_0008.wav,Neutral", "0001_0008.wav,Neutral", "0001_0008.wav,Happy", "0002_0033.wav,Joyful")
    lines = ("FileName,EmoClass_Major", *(f"MSP-PODCAST_{row}" for row in rated), "gone.wav,Sad")
    (tmp_path / "Labels/labels_detailed.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    found = reader(tmp_path)
    votes = [dict(row) if row else None for row in found.samples()["votes"].to_pylist()]
    assert votes == [{"happiness": 1, "neutral": 2}, {"other": 1}, None, None]
    assert found.layout_problems(found.samples())[1:] == [
        "turns without a rating in Labels/labels_detailed.csv: MSP-PODCAST_0002_0039.wav, "
        "MSP-PODCAST_0003_0001.wav",
        "ratings in Labels/labels_detailed.csv of turns without a consensus: gone.wav",
        "categories in Labels/labels_detailed.csv that are counted as other: Joyful",
    ]


def test_labels_are_those_of_the_card() -> None:
    assert list(EMOTION_OF_CODE.values()) == dataset_card("msp_podcast").labels
    assert is_no_label(EMOTION_OF_CODE["X"])


def test_one_partition(tmp_path: Path) -> None:
    write(tmp_path, *ROWS)
    assert reader(tmp_path, part="Test1").samples()["split"].to_pylist() == ["Test1"]
    with pytest.raises(HarnessError, match=r"dataset\.part=Validation\. .*: Development, Test1, Train"):
        reader(tmp_path, part="Validation").samples()


def test_unknown_speakers_are_not_one_person_who_leaks_but_a_known_one_is(tmp_path: Path) -> None:
    write(tmp_path, *ROWS)
    assert leaked_people(reader(tmp_path).samples()) == []
    write(tmp_path, *ROWS, "MSP-PODCAST_0004_0001.wav,N,4.0,4.0,4.0,9,Female,Test1")
    assert leaked_people(reader(tmp_path).samples()) == ["9"]


def test_what_is_odd_is_reported(tmp_path: Path) -> None:
    write(tmp_path, *ROWS)
    write(tmp_path, *ROWS[:1], name="labels_concensus.csv")
    found = reader(tmp_path)
    assert found.layout_problems(found.samples()) == [
        "the speaker is unknown, so that the turn stands alone: Audios/MSP-PODCAST_0002_0033.wav, "
        "Audios/MSP-PODCAST_0002_0039.wav",
        "more than one table of labels, the first is used: Labels/labels_consensus.csv, "
        "Labels/labels_concensus.csv",
    ]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("a.wav,Z,4,4,4,1,Male,Train", "row 1: EmoClass is 'Z'. Expected one of A, H"),
        ("a.wav,N,8,4,4,1,Male,Train", "row 1, column EmoAct: a mean rating of 8; expected 1 to 7"),
        ("a.wav,N,x,4,4,1,Male,Train", "row 1, column EmoAct: 'x' is not a number"),
        ("a.wav,N,4,4,4,1,Male", "row 1: 7 cells, but the header has 8"),
    ],
)
def test_a_faulty_row_is_named(row: str, message: str, tmp_path: Path) -> None:
    write(tmp_path, row)
    with pytest.raises(HarnessError, match=message):
        reader(tmp_path).samples()


def test_no_table(tmp_path: Path) -> None:
    with pytest.raises(HarnessError, match="Give the folder that holds Labels and Audios"):
        reader(tmp_path).samples()


def test_sound_is_loaded_and_missing_sound_is_told(tmp_path: Path, write_sound: Callable[[Path], None]) -> None:
    write(tmp_path, *ROWS)
    write_sound(tmp_path / "Audios" / "MSP-PODCAST_0001_0008.wav")
    found = reader(tmp_path)
    first, second, *_ = found.samples().to_pylist()
    assert isinstance(found.load(first), Audio)
    with pytest.raises(Unscored) as caught:
        found.load(second)
    assert caught.value.reason is Reason.MISSING_FILE
