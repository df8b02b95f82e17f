from __future__ import annotations

from pathlib import Path

import pytest
from films_made import levels, tone, write_film

from harness.cards.facts import dataset_card
from harness.datasets.meld import FOLDERS, MeldOptions, MeldReader
from harness.errors import HarnessError, Unscored
from harness.signals.media import Audio, Image, Video
from harness.tables.split_names import leaked_people

HEAD = "Sr No.,Utterance,Speaker,Emotion,Sentiment,Dialogue_ID,Utterance_ID,Season,Episode,StartTime,EndTime\n"
TIMES = '"00:20:57,256","00:21:00,049"\n'


def reader(root: Path, **options: object) -> MeldReader:
    return MeldReader(dataset_card("meld"), root, MeldOptions(**options))


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """As it is unpacked: training films one folder deeper, one that breaks off, one missing, two without a row."""
    (tmp_path / "train").mkdir()
    (tmp_path / "train/train_sent_emo.csv").write_text(
        f'{HEAD}1,"also I was, well\x92s",Chandler,neutral,neutral,0,0,8,21,{TIMES}'
        f"2,x,Joey,surprise,positive,125,3,8,21,{TIMES}",
        encoding="utf-8",
    )
    (tmp_path / "dev_sent_emo.csv").write_text(f"{HEAD}1153,x,Frank,anger,negative,110,7,4,7,{TIMES}")
    (tmp_path / "test_sent_emo.csv").write_text(
        f"{HEAD}1,x,Joey,joy,positive,0,0,3,19,{TIMES}2,x,All,fear,negative,0,1,3,19,{TIMES}"
    )
    write_film(tmp_path / "train/train_splits/dia0_utt0.mp4", levels(5), tone(0.5))
    (tmp_path / "train/train_splits/dia125_utt3.mp4").write_bytes(b"\0\0\0\x18ftypisom" + b"\0" * 500)
    write_film(tmp_path / "output_repeated_splits_test/dia0_utt0.mp4", levels(5), tone(0.5))
    write_film(tmp_path / "output_repeated_splits_test/dia0_utt1.mp4", levels(5))
    write_film(tmp_path / "output_repeated_splits_test/final_videos_testdia101_utt0.mp4", levels(2))
    write_film(tmp_path / "dev_splits_complete/dia66_utt9.mp4", levels(2))
    return tmp_path


def test_every_field_of_an_utterance(corpus: Path) -> None:
    first, second = reader(corpus).samples().to_pylist()
    assert {key: value for key, value in first.items() if value is not None} == {
        "sample_id": "output_repeated_splits_test/dia0_utt0.mp4",
        "modality": "video",
        "uri": "output_repeated_splits_test/dia0_utt0.mp4",
        "subject_id": "Joey",
        "session_id": "test 0",
        "split": "test",
        "label": "joy",
        "label_source": "observer",
        "ctx.sentiment": "positive",
        "ctx.season": "3",
        "ctx.episode": "19",
    }
    assert second["subject_id"] == "All"
    (train, _) = reader(corpus, part="train").samples().to_pylist()
    assert train["sample_id"] == "train_splits/dia0_utt0.mp4"
    assert train["uri"] == "train/train_splits/dia0_utt0.mp4"


def test_what_of_a_film_a_system_is_given(corpus: Path) -> None:
    kinds = {"voice": Audio, "face": Image, "audiovisual": Video, "video": Video}
    for presentation, kind in kinds.items():
        found = reader(corpus, presentation=presentation)
        first, mute = found.samples().to_pylist()
        assert isinstance(found.load(first), kind)
        if presentation in ("voice", "audiovisual"):
            with pytest.raises(Unscored, match="no sound track"):
                found.load(mute)


def test_its_known_faults_are_rows_with_a_reason(corpus: Path) -> None:
    train, dev = reader(corpus, part="train"), reader(corpus, part="dev")
    with pytest.raises(Unscored, match="unreadable"):
        train.load(train.samples().to_pylist()[1])
    with pytest.raises(Unscored, match="missing_file"):
        dev.load(dev.samples().to_pylist()[0])


def test_the_split_of_the_authors_shares_people(corpus: Path) -> None:
    samples = reader(corpus, part="all").samples()
    assert samples["split"].to_pylist() == ["train", "train", "dev", "test", "test"]
    assert leaked_people(samples) == ["Joey"]


def test_what_is_odd_is_reported(corpus: Path) -> None:
    found = reader(corpus)
    assert found.layout_problems(found.samples()) == [
        "films that no row of the tables names: output_repeated_splits_test/final_videos_testdia101_utt0.mp4",
        "several people speak, taken for one person of that name: output_repeated_splits_test/dia0_utt1.mp4",
    ]


def test_a_missing_table_is_named(corpus: Path) -> None:
    (corpus / "test_sent_emo.csv").unlink()
    with pytest.raises(HarnessError, match=r"no test_sent_emo\.csv below"):
        reader(corpus).samples()


def test_the_published_tables(shared_data: Path, tmp_path: Path) -> None:
    root = shared_data / "labels/meld"
    rows = {part: reader(root, part=part).samples().to_pylist() for part in ("dev", "test")}
    assert {part: len(of_part) for part, of_part in rows.items()} == {"dev": 399, "test": 199}
    assert {row["label"] for row in rows["dev"]} == set(dataset_card("meld").labels)
    people = {part: {row["subject_id"] for row in of_part} for part, of_part in rows.items()}
    assert {"Ross", "Phoebe", "Joey", "Rachel", "Monica", "Chandler"} <= people["dev"] & people["test"]
    assert all(row["sample_id"].startswith(FOLDERS["dev"]) for row in rows["dev"])
