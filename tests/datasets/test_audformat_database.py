from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from harness.cards.facts import dataset_card
from harness.datasets.audformat_database import AudformatOptions, AudformatReader
from harness.errors import HarnessError
from harness.signals.media import Audio

HEADER = """\
name: emo
languages: [ita]
schemes:
  emotion: {dtype: str, labels: {anger: {}, joy: {}}}
  mood: {dtype: str, labels: [good, bad]}
  person: {dtype: str, labels: people}
  speaker:
    dtype: str
    labels:
      s1: {gender: female, age: 30}
      s2: {gender: male}
splits:
  test: {type: test}
  train: {type: train}
tables:
  emotion.train: {type: filewise, split_id: train, columns: {emotion: {scheme_id: emotion}}}
  emotion.test: {type: filewise, split_id: test, columns: {emotion: {scheme_id: emotion}}}
  files: {type: filewise, columns: {speaker: {scheme_id: speaker}}}
  people_of_files: {type: filewise, columns: {person: {scheme_id: person}}}
  moods: {type: segmented, columns: {mood: {scheme_id: mood}}}
misc_tables:
  people: {levels: {person: str}, columns: {accent: {}}}
"""
CELLS = {
    "emotion.train": "file,emotion\naudio/a.wav,anger\n",
    "emotion.test": "file,emotion\naudio/b.wav,joy\n",
    "files": "file,speaker\naudio/b.wav,s2\naudio/a.wav,s1\n",
    "people_of_files": "file,person\naudio/a.wav,p1\naudio/b.wav,p2\n",
    "moods": "file,start,end,mood\naudio/a.wav,0 days 00:00:00,0 days 00:00:00.500000,good\n"
    "audio/a.wav,0 days 00:00:00.500000,,bad\n",
    "people": "person,accent\np1,north\n",
}
ACTED = {"modality": "voice", "label_source": "acted"}
EMOTIONS = {**ACTED, "tables": ["emotion.train", "emotion.test"]}
OF_SPEAKERS = {"speaker.gender": "attr.sex", "speaker.age": "attr.age"}


def reader(root: Path, **options: Any) -> AudformatReader:
    return AudformatReader(dataset_card("audformat"), root, AudformatOptions.model_validate(options))


@pytest.fixture
def database(tmp_path: Path) -> Path:
    (tmp_path / "db.yaml").write_text(HEADER, encoding="utf-8")
    for name, cells in CELLS.items():
        (tmp_path / f"db.{name}.csv").write_text(cells, encoding="utf-8")
    return tmp_path


def test_rows_are_samples_with_the_facts_of_their_speakers(database: Path) -> None:
    found = reader(database, **EMOTIONS, facts=["files"], columns=OF_SPEAKERS)
    keys = ("sample_id", "split", "label", "subject_id", "attr.sex", "attr.age")
    assert [tuple(row[key] for key in keys) for row in found.samples().to_pylist()] == [
        ("audio/a.wav", "train", "anger", "s1", "female", 30.0),
        ("audio/b.wav", "test", "joy", "s2", "male", None),
    ]
    assert found.remarks == (
        "db.yaml was understood as: the rows of emotion.train and emotion.test; with those of files; emotion is "
        "label and speaker is subject_id.",
    )


def test_segments_are_stretches_of_files(database: Path, write_sound: Callable[[Path], None]) -> None:
    write_sound(database / "audio" / "a.wav")
    found = reader(database, **ACTED, tables=["moods"], facts=["files"], columns={"mood": "label", **OF_SPEAKERS})
    rows = found.samples().to_pylist()
    assert [(row["sample_id"], row["start_s"], row["end_s"], row["label"]) for row in rows] == [
        ("audio/a.wav#0-500", 0.0, 0.5, "good"),
        ("audio/a.wav#500-", 0.5, None, "bad"),
    ]
    media = found.load(rows[1])
    assert isinstance(media, Audio)
    assert len(media.waveform) == media.sample_rate / 2


def test_a_miscellaneous_table_says_more_about_labels(database: Path) -> None:
    columns = {"person": "subject_id", "person.accent": "attr.accent"}
    found = reader(database, **EMOTIONS, facts=["people_of_files"], columns=columns)
    assert found.samples()["attr.accent"].to_pylist() == ["north", None]


def test_parquet_is_read_as_csv(database: Path) -> None:
    times = pa.array([0, 1_500_000_000], pa.duration("ns"))
    segments = pa.table({"file": ["audio/a.wav"], "start": times[:1], "end": times[1:], "mood": ["good"]})
    (database / "db.moods.csv").unlink()
    pq.write_table(segments, database / "db.moods.parquet")
    found = reader(database, **ACTED, tables=["moods"], columns={"mood": "label"}, rows_independent=True)
    assert found.samples()["sample_id"].to_pylist() == ["audio/a.wav#0-1500"]


def test_tables_have_to_be_named(database: Path) -> None:
    with pytest.raises(
        HarnessError, match=r"dataset\.tables=\[NAME, …\]\. There are emotion\.train \(emotion\), .*moods"
    ):
        reader(database, **ACTED).samples()
    with pytest.raises(HarnessError, match=r"no table 'x'\. There are emotion\.train"):
        reader(database, **ACTED, tables=["x"]).samples()
    with pytest.raises(HarnessError, match="the table moods has several rows for a file"):
        reader(database, **EMOTIONS, facts=["moods"]).samples()


def test_a_pickle_is_not_read(database: Path) -> None:
    (database / "db.files.csv").rename(database / "db.files.pkl")
    with pytest.raises(HarnessError, match=r"only there as \.pkl is not read, as it could run code"):
        reader(database, **EMOTIONS, facts=["files"]).samples()


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ("tables: !!python/object/apply:os.getcwd []", "not a readable header"),
        ("tables: [a]", "expected schemes, splits, tables and misc_tables, each of names with their facts"),
        ("[", "not a readable header"),
        (None, r"no such file\. Give the folder that holds db\.yaml"),
    ],
)
def test_a_header_that_is_none(header: str | None, message: str, database: Path) -> None:
    (database / "db.yaml").unlink()
    if header is not None:
        (database / "db.yaml").write_text(header)
    with pytest.raises(HarnessError, match=message):
        reader(database, **EMOTIONS).samples()


def test_a_time_that_is_none(database: Path) -> None:
    (database / "db.moods.csv").write_text("file,start,end,mood\na.wav,soon,,good\n")
    with pytest.raises(HarnessError, match="'soon' is no time"):
        reader(database, **ACTED, tables=["moods"]).samples()


@pytest.mark.parametrize("header", ["file,emotion,uri", "file,emotion,split"])
def test_columns_that_the_reader_would_add_are_told(header: str, tmp_path: Path) -> None:
    (tmp_path / "db.yaml").write_text(HEADER)
    (tmp_path / "db.emotion.train.csv").write_text(f"{header}\naudio/a.wav,anger,x\n")
    options = AudformatOptions.model_validate({**ACTED, "tables": ["emotion.train"]})
    with pytest.raises(HarnessError, match=r"same name|duplicate field names"):
        AudformatReader(dataset_card("audformat"), tmp_path, options).samples()


def test_a_fact_of_a_row_wins_over_that_of_its_scheme(tmp_path: Path) -> None:
    (tmp_path / "db.yaml").write_text(HEADER)
    (tmp_path / "db.files.csv").write_text("file,speaker,speaker.age\naudio/a.wav,s1,31\n")
    columns = {"speaker.age": "attr.age", "speaker.gender": None}
    options = AudformatOptions.model_validate({**ACTED, "tables": ["files"], "columns": columns})
    found = AudformatReader(dataset_card("audformat"), tmp_path, options).samples()
    assert found["attr.age"].to_pylist() in ([31.0], ["31"])
