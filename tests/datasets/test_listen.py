"""A small table in the layout that the authors' scripts read."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import soundfile

from harness.cards.facts import dataset_card
from harness.datasets.listen import ListenOptions, ListenReader
from harness.errors import HarnessError, Unscored

RATE = 16_000


def tone(hertz: float) -> np.ndarray:
    return (0.3 * np.sin(2 * np.pi * hertz * np.arange(RATE // 4) / RATE)).astype(np.float32)


def wav(hertz: float) -> bytes:
    file = io.BytesIO()
    soundfile.write(file, tone(hertz), RATE, format="WAV", subtype="FLOAT")
    return file.getvalue()


def row(experiment: str, name: str, voice: str, words: str | None, hertz: float = 200.0) -> dict[str, Any]:
    return {
        "id": name,
        "answer": voice,
        "transcription": f"words of {name}",
        "experiment_type": experiment,
        "explicit_emotion": words,
        "audio": {"bytes": wav(hertz), "path": None},
    }


ROWS = [
    row("1", "a", "anger", "neutral"),
    row("2A", "b", "fear", "fear"),
    row("2B", "b", "fear", "fear", 300.0),
    row("3B", "c", "sadness", "happiness", 400.0),
    row("3B", "d", "", "happiness"),
    row("4", "e", "surprise", None, 500.0),
]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "data").mkdir()
    pq.write_table(pa.Table.from_pylist(ROWS), tmp_path / "data/train-00000-of-00001.parquet", row_group_size=2)
    return tmp_path


def reader(root: Path, **options: object) -> ListenReader:
    return ListenReader(dataset_card("listen"), root, ListenOptions.model_validate(options))


def test_rows_with_sound_are_read_with_what_voice_and_words_say(root: Path) -> None:
    rows = reader(root).samples().to_pylist()
    facts = [(one["sample_id"], one["label"], one["ctx.words_label"], one["ctx.text"]) for one in rows]
    assert facts == [
        ("1/a", "anger", None, "words of a"),
        ("2B/b", "fear", "fear", "words of b"),
        ("3B/c", "sadness", "happiness", "words of c"),
    ]
    assert [one["sample_id"] for one in reader(root, experiments=["4"]).samples().to_pylist()] == ["4/e"]


def test_the_sound_is_that_of_the_row_in_whichever_group(root: Path) -> None:
    found = reader(root, experiments=["1", "2B", "3B", "4"])
    for one, hertz in zip(found.samples().to_pylist(), (200.0, 300.0, 400.0, 500.0), strict=True):
        np.testing.assert_allclose(found.load(one).waveform, tone(hertz), atol=1e-6)


def test_a_row_that_is_not_there_or_holds_no_sound_is_unscored(root: Path) -> None:
    found = reader(root)
    one = found.samples().to_pylist()[0]
    with pytest.raises(Unscored, match="no sound in row 99"):
        found.load({**one, "ctx.row": 99})
    silent = [
        {**ROWS[0], "audio": {"bytes": b"", "path": None}},
        {**ROWS[3], "audio": {"bytes": b"x", "path": None}},
    ]
    pq.write_table(pa.Table.from_pylist(silent), root / "data/train-00000-of-00001.parquet")
    first, second = found.samples().to_pylist()
    with pytest.raises(Unscored, match="no bytes in row 0"):
        found.load(first)
    with pytest.raises(Unscored, match="not audio that libsndfile reads"):
        found.load(second)


def test_what_is_no_table_of_listen_is_named(tmp_path: Path) -> None:
    with pytest.raises(HarnessError, match=r"no rows of the experiments 1, 2B, 3B in Parquet files below"):
        reader(tmp_path).samples()
    pq.write_table(pa.table({"id": ["a"]}), tmp_path / "a.parquet")
    with pytest.raises(HarnessError, match="no column answer, transcription, experiment_type, explicit_emotion"):
        reader(tmp_path).samples()
    (tmp_path / "a.parquet").write_bytes(b"PAR1")
    with pytest.raises(HarnessError, match="not a readable Parquet file"):
        reader(tmp_path).samples()


def test_rows_that_occur_twice_are_listed(root: Path) -> None:
    pq.write_table(pa.Table.from_pylist(ROWS[:1]), root / "data/train-00001-of-00002.parquet")
    assert reader(root).samples().num_rows == 3
    assert reader(root).check().problems == ["the same experiment and id more than once, the first is used: 1/a"]
