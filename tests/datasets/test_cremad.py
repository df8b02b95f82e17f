from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from silent import Silent
from sounds_made import folder_of

from harness.cards.facts import dataset_card
from harness.datasets.cremad import CremadOptions, CremadReader
from harness.errors import HarnessError, Unscored
from harness.signals.media import Audio, Image, Video
from harness.study.compose import compose_study
from harness.study.run_study import run


def reader(root: Path, **options: str) -> CremadReader:
    return CremadReader(dataset_card("cremad"), root, CremadOptions(**options))


def sessions() -> dict[str, list[str]]:
    """The published sessions in the card: fold → actors."""
    parts: dict[str, list[str]] = dataset_card("cremad").details["splits"]["sessions"]["parts"]
    return parts


def rows_by_clip(root: Path, **options: str) -> dict[str, dict[str, Any]]:
    rows = reader(root, **options).samples().to_pylist()
    return {row["sample_id"].rpartition("/")[2].partition(".")[0]: row for row in rows}


def write_tables(root: Path) -> None:
    """Two clips of two actors; only the first has votes, and only its actor has demographics."""
    (root / "processedResults").mkdir(parents=True)
    (root / "SentenceFilenames.csv").write_text(
        '"Stimulus_Number","Filename"\n1,"1001_IEO_ANG_HI"\n2,"1002_DFA_NEU_XX"\n3,"notes"\n'
    )
    (root / "VideoDemographics.csv").write_text(
        '"ActorID","Age","Sex","Race","Ethnicity"\n1001,51,"Male","Unknown","Not Hispanic"\n'
    )
    (root / "processedResults/tabulatedVotes.csv").write_text(
        '"","A","D","F","H","N","S","fileName","numResponses"\n'
        '"100001",4,1,0,0,0,0,"1001_IEO_ANG_HI",5\n'
        '"200001",2,2,0,0,0,1,"1001_IEO_ANG_HI",5\n'
        '"300001",0,0,0,0,0,5,"1001_IEO_ANG_HI",5\n'
        '"100009",1,0,0,0,0,0,"1099_IEO_ANG_HI",1\n'
    )


def test_the_real_tables(shared_data: Path) -> None:
    rows = rows_by_clip(shared_data / "cremad")
    assert len(rows) == 7442
    sexes = {row["subject_id"]: row["attr.sex"] for row in rows.values()}
    assert Counter(sexes.values()) == {"male": 48, "female": 43}
    races = {row["subject_id"]: row["attr.race"] for row in rows.values()}
    assert Counter(races.values()) == {"Caucasian": 61, "African American": 22, "Asian": 7, None: 1}
    ages = {row["subject_id"]: row["attr.age"] for row in rows.values()}
    assert sum(ages.values()) / 91 == pytest.approx(36.4, abs=0.05)
    assert Counter(row["label"] for row in rows.values()) == dataset_card("cremad").expected.per_label
    assert {row["uri"] for row in rows.values()} == {None}
    row = rows["1001_IEO_NEU_XX"]
    assert row["sample_id"] == "AudioWAV/1001_IEO_NEU_XX.wav"
    assert (row["subject_id"], row["attr.age"], row["attr.ethnicity"]) == ("1001", 51.0, "Not Hispanic")
    assert (row["ctx.sentence"], row["ctx.level"], row["label_source"]) == ("IEO", "unspecified", "acted")


@pytest.mark.parametrize(
    ("presentation", "votes"),
    [("voice", (1, 1, 0, 0, 7, 1)), ("face", (0, 0, 0, 8, 0, 1)), ("audiovisual", (0, 0, 0, 8, 2, 0))],
)
def test_the_votes_belong_to_the_presentation(
    shared_data: Path, presentation: str, votes: tuple[int, ...]
) -> None:
    """Read by hand from rows 105001, 205001 and 305001 of tabulatedVotes.csv."""
    row = rows_by_clip(shared_data / "cremad", presentation=presentation)["1062_TIE_HAP_XX"]
    assert dict(row["votes"]) == dict(zip(("ANG", "DIS", "FEA", "HAP", "NEU", "SAD"), votes, strict=True))
    assert row["modality"] == presentation


def test_all_votes_and_the_voted_label_are_those_of_the_publication(shared_data: Path) -> None:
    """The table's own columns numResponses and emoVote are independent of our counting."""
    codes = {"A": "ANG", "D": "DIS", "F": "FEA", "H": "HAP", "N": "NEU", "S": "SAD"}
    rows = rows_by_clip(shared_data / "cremad", presentation="face", label="voted")
    with (shared_data / "cremad/processedResults/tabulatedVotes.csv").open() as file:
        published = {row["fileName"]: row for row in csv.DictReader(file) if row[""].startswith("2")}
    for clip, row in rows.items():
        assert sum(dict(row["votes"]).values()) == int(published[clip]["numResponses"])
        winner = published[clip]["emoVote"]
        assert row["label"] == (None if ":" in winner else codes[winner])
        assert row["label_source"] == "observer"


def test_check_of_the_real_tables_says_that_there_are_no_media(shared_data: Path) -> None:
    found = reader(shared_data / "cremad").check()
    assert found.counts == {"samples": 7442, "subjects": 91}
    assert found.problems == ["the folder is missing, so only models that read no media can run: AudioWAV"]


def test_media_are_loaded_by_presentation(
    tmp_path: Path, write_sound: Callable[[Path], None], write_film: Callable[[Path], None]
) -> None:
    write_tables(tmp_path)
    write_sound(tmp_path / "AudioWAV/1001_IEO_ANG_HI.wav")
    write_film(tmp_path / "VideoFlash/1001_IEO_ANG_HI.flv")
    (tmp_path / "AudioWAV/1002_DFA_NEU_XX.wav").write_text(
        "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n"
    )
    kinds = {"voice": Audio, "face": Image, "audiovisual": Video, "video": Video}
    for presentation, kind in kinds.items():
        found = reader(tmp_path, presentation=presentation)
        first, second = found.samples().to_pylist()
        assert first["uri"] == first["sample_id"]
        assert isinstance(found.load(first), kind)
        with pytest.raises(Unscored, match="git lfs pull" if presentation == "voice" else "missing_file"):
            found.load(second)


def test_what_is_odd_is_reported(tmp_path: Path) -> None:
    write_tables(tmp_path)
    found = reader(tmp_path)
    samples = found.samples()
    first, second = samples.to_pylist()
    assert first["attr.race"] is None, "unknown is not a group"
    assert second["votes"] is None
    assert second["attr.sex"] is None
    assert found.layout_problems(samples) == [
        "the folder is missing, so only models that read no media can run: AudioWAV",
        "names in SentenceFilenames.csv that do not follow the naming scheme: notes",
        "clips without votes in processedResults/tabulatedVotes.csv: 1002_DFA_NEU_XX, notes",
        "votes for clips that SentenceFilenames.csv does not list: 1099_IEO_ANG_HI",
        "actors without a row in VideoDemographics.csv: 1002",
    ]


def test_a_tie_is_no_label(tmp_path: Path) -> None:
    write_tables(tmp_path)
    labels = {p: rows_by_clip(tmp_path, presentation=p, label="voted") for p in ("voice", "face", "audiovisual")}
    assert {p: rows["1001_IEO_ANG_HI"]["label"] for p, rows in labels.items()} == {
        "voice": "ANG",
        "face": None,
        "audiovisual": "SAD",
    }
    assert labels["voice"]["1002_DFA_NEU_XX"]["label"] is None


@pytest.mark.parametrize(
    "name", ["SentenceFilenames.csv", "VideoDemographics.csv", "processedResults/tabulatedVotes.csv"]
)
def test_a_missing_table_is_named(tmp_path: Path, name: str) -> None:
    write_tables(tmp_path)
    (tmp_path / name).unlink()
    with pytest.raises(HarnessError, match=rf"{name} is missing\. Give the folder of the cloned repository"):
        reader(tmp_path).samples()


def test_bad_cells_name_their_place(tmp_path: Path) -> None:
    write_tables(tmp_path)
    votes = tmp_path / "processedResults/tabulatedVotes.csv"
    votes.write_text(votes.read_text().replace('"100001",4', '"100001",four'))
    with pytest.raises(HarnessError, match=r"tabulatedVotes\.csv, row 100001, column A: 'four' is not a number"):
        reader(tmp_path).samples()
    write_tables(tmp_path / "b")
    ages = tmp_path / "b/VideoDemographics.csv"
    ages.write_text(ages.read_text().replace("51", "old"))
    with pytest.raises(
        HarnessError, match=r"VideoDemographics\.csv, actor 1001, column Age: 'old' is not a number"
    ):
        reader(tmp_path / "b").samples()


def test_the_sessions_of_emo_superb_put_every_actor_into_one_fold(shared_data: Path) -> None:
    rows = reader(shared_data / "cremad", split="sessions").samples().to_pylist()
    folds = {fold: {row["subject_id"] for row in rows if row["split"] == fold} for fold in sessions()}
    assert [len(actors) for actors in folds.values()] == [18, 18, 19, 18, 18]
    assert len(set.union(*folds.values())) == 91
    assert None not in {row["split"] for row in rows}


def test_the_published_training_set_is_made_of_whole_sessions(shared_data: Path) -> None:
    with (shared_data / "labels/emo_superb/labels_consensus_1.csv").open(encoding="utf-8") as file:
        train = {row["SpkrID"] for row in csv.DictReader(file) if row["Split_Set"] == "Train"}
    touched = {fold: set(actors) for fold, actors in sessions().items() if train & set(actors)}
    assert sorted(touched) == ["fold:1", "fold:3", "fold:4"]
    assert train == set.union(*touched.values())


def test_raters_stand_beside_a_voice_system_over_the_telephone_for_every_group(tmp_path: Path) -> None:
    """The command of docs/conditions.md, on sounds and votes that are made in the genuine layout."""
    write_made_corpus(tmp_path / "corpus")
    overrides = [
        *("dataset=cremad", f"dataset.root={tmp_path / 'corpus'}", "model=voice_functionals_svm"),
        *("conditions=[clean,voice/telephone@1]", "attributes.axes=[sex]", f"out={tmp_path / 'run'}"),
        *("protocol.folds=2", "workers=0", "measure.resamples=100", "measure.permutations=100"),
        *("checks.enabled=false", "tracking.enabled=false"),
    ]
    rows = [row for row in run(compose_study(overrides), Silent()).results.to_pylist() if row["axis"] == "sex"]
    found = {
        (row["model"], row["condition"], row["group"]): row["value"]
        for row in rows
        if row["metric"] == "accuracy" and row["statistic"] == "level"
    }
    # Of the six emotions, all clips of women and five of six of men are called by most raters what was acted.
    assert found["human_raters", "clean", "female"] == 1.0
    assert found["human_raters", "clean", "male"] == pytest.approx(5 / 6)
    # Emotions are tones here, and those of half of them lie above what a telephone lets through.
    for group in ("female", "male"):
        assert found["voice_functionals_svm", "clean", group] == 1.0
        assert found["voice_functionals_svm", "voice/telephone@1", group] < 0.5
    (less_raters,) = (row for row in rows if row["metric"] == "accuracy" and row["versus_model"] == "human_raters")
    assert less_raters["value"] == pytest.approx(-1 / 6), "the gap of the system less that of the raters"


TONES_HZ = {"ANG": 500, "DIS": 1_000, "FEA": 2_000, "HAP": 4_000, "NEU": 5_500, "SAD": 7_000}


def write_made_corpus(root: Path) -> None:
    """Ten actors act every emotion; the raters take men's sadness for disgust."""
    actors = {1001 + number: ("Female", "Male")[number % 2] for number in range(10)}
    clips = [(actor, emotion, f"{actor}_IEO_{emotion}_XX") for actor in actors for emotion in TONES_HZ]
    time_s = np.arange(8_000) / 16_000
    sounds = {
        f"{name}.wav": 0.3 * np.sin(2 * np.pi * (TONES_HZ[emotion] + actor % 20) * time_s)
        for actor, emotion, name in clips
    }
    folder_of(sounds, root / "AudioWAV")
    codes = dict(zip(TONES_HZ, "ADFHNS", strict=True))
    votes = []
    for number, (actor, emotion, name) in enumerate(clips):
        heard = "D" if emotion == "SAD" and actors[actor] == "Male" else codes[emotion]
        counts = ",".join(str(8 * (code == heard) + (code == "A")) for code in codes.values())
        votes.append(f'"{100_000 + number}",{counts},"{name}",9')
    (root / "processedResults").mkdir()
    tables = {
        "SentenceFilenames.csv": (
            '"Stimulus_Number","Filename"',
            [f'{number},"{name}"' for number, (*_, name) in enumerate(clips)],
        ),
        "VideoDemographics.csv": (
            '"ActorID","Age","Sex","Race","Ethnicity"',
            [f'{actor},30,"{sex}","Caucasian","Not Hispanic"' for actor, sex in actors.items()],
        ),
        "processedResults/tabulatedVotes.csv": ('"","A","D","F","H","N","S","fileName","numResponses"', votes),
    }
    for path, (head, rows) in tables.items():
        (root / path).write_text("\n".join([head, *rows]) + "\n")
