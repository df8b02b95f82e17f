"""Drafts of cards and tables, from folders as they lie on disks."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
import soundfile as sf
import yaml
from forked_python import python

from harness.cards.facts import DatasetCard
from harness.datasets.file_names import FileNamesReader
from harness.datasets.splits import SplitOptions
from harness.errors import HarnessError
from harness.study.new_dataset import write_new_dataset

FILL = {"title": "Mine", "description": "Voices.", "label_source": "acted", "elicitation": "lab"}


def write_sounds(root: Path) -> None:
    for who in ("DC", "JE", "KL"):
        for emotion in ("a", "d", "f", "h", "n", "sa", "su"):
            path = root / f"{who}_{emotion}01.wav"
            root.mkdir(parents=True, exist_ok=True)
            sf.write(path, [0.0] * 160, 16_000)
            path.with_name(f"{who}_{emotion}02.wav").write_bytes(path.read_bytes())


def test_a_draft_that_is_filled_in_reads_the_corpus(tmp_path: Path) -> None:
    write_sounds(tmp_path / "My Voices")
    written = write_new_dataset(tmp_path / "My Voices", tmp_path / "draft")
    assert written.name == "my_voices"
    assert [str(path.relative_to(tmp_path / "draft")) for path in written.files] == [
        "datasets/my_voices/card.yaml",
        "configs/dataset/my_voices.yaml",
    ]
    facts = yaml.safe_load(written.files[0].read_text())
    assert (facts["title"], facts["licence"]["name"], facts["limitations"]) == ("???", "???", ["???"])
    facts |= {**FILL, "licence": {"name": "mine"}, "limitations": ["Acted."]}
    card = DatasetCard.model_validate(facts)
    samples = FileNamesReader(card, tmp_path / "My Voices", SplitOptions()).samples()
    assert samples.num_rows == card.expected.samples == 42
    assert set(samples["subject_id"].to_pylist()) == {"DC", "JE", "KL"}
    assert samples["label"].to_pylist()[:2] == ["anger", "anger"]
    assert yaml.safe_load(written.files[1].read_text())["root"] == str(tmp_path / "My Voices")


def test_pictures_get_a_card_too(tmp_path: Path) -> None:
    for name in ("p1_angry.png", "p1_sad.png", "p2_angry.png", "p2_sad.png"):
        (tmp_path / "faces").mkdir(exist_ok=True)
        (tmp_path / "faces" / name).write_bytes(b"")
    written = write_new_dataset(tmp_path / "faces", tmp_path / "draft")
    assert yaml.safe_load(written.files[0].read_text())["modalities"] == ["face"]


def test_films_and_names_that_are_not_alike_get_a_table(tmp_path: Path) -> None:
    for name in ("p1_angry.mp4", "p1_sad.mp4", "p2_angry.mp4", "p2_sad.png"):
        (tmp_path / "faces").mkdir(exist_ok=True)
        (tmp_path / "faces" / name).write_bytes(b"")
    written = write_new_dataset(tmp_path / "faces", tmp_path / "draft")
    assert written.is_table
    rows = list(csv.DictReader((tmp_path / "draft" / "samples.csv").read_text().splitlines()))
    assert rows[1] == {
        "uri": "p1_sad.mp4",
        "modality": "face",
        "subject_id": "p1",
        "label": "sadness",
        "label_source": "",
    }


def test_nothing_is_overwritten_and_every_wrong_folder_has_a_message(tmp_path: Path) -> None:
    write_sounds(tmp_path / "voices")
    write_new_dataset(tmp_path / "voices", tmp_path / "draft")
    (tmp_path / "empty").mkdir()
    for root, name, said in (
        ("voices", None, "exists already"),
        ("voices", "Mine!", "is no name for a dataset"),
        ("empty", None, "no sound file, picture or film"),
        ("nowhere", None, "no such folder"),
    ):
        with pytest.raises(HarnessError, match=said):
            write_new_dataset(tmp_path / root, tmp_path / "draft", name)


def test_nothing_is_written_in_the_corpus(tmp_path: Path) -> None:
    write_sounds(tmp_path / "voices")
    for folder in ("voices", "voices/drafts", "voices/../voices/x"):
        with pytest.raises(HarnessError, match=r"it lies in .*voices, where nothing is written"):
            write_new_dataset(tmp_path / "voices", tmp_path / folder)
    assert {path.suffix for path in (tmp_path / "voices").iterdir()} == {".wav"}


def test_the_command_says_what_each_field_looks_like(tmp_path: Path) -> None:
    write_sounds(tmp_path / "voices")
    found = python(
        "-m", "harness.commands.main", "new", "dataset", str(tmp_path / "voices"), str(tmp_path / "draft")
    )
    assert found.returncode == 0, found.stderr
    lines = found.stdout.splitlines()
    assert lines[1].startswith("It can be read as savee (42 samples): harness check dataset savee root=")
    assert lines[2] == "42 of them are named like DC_a01.wav:"
    assert "  label: a, d, f, h, n, sa, su <- looks like the emotion: codes as in savee" in lines
    assert lines[-1].endswith(f"harness check dataset voices root={tmp_path / 'voices'}")


def test_a_known_corpus_is_told_with_its_reader(tmp_path: Path) -> None:
    root = tmp_path / "pixels"
    root.mkdir()
    (root / "fer2013.csv").write_text(f"emotion,pixels,Usage\n3,{' '.join(['9'] * 2304)},Training\n")
    written = write_new_dataset(root, tmp_path / "draft")
    assert (written.known, written.files) == ({"fer2013": 1}, ())
    touched = tmp_path / "voices" / "Actor_01"
    touched.mkdir(parents=True)
    for emotion in range(1, 9):
        (touched / f"03-01-{emotion:02}-01-01-01-01.wav").touch()
    assert write_new_dataset(touched.parent, tmp_path / "draft").known == {"ravdess": 8}
    for number in range(3):
        (touched / f"{number}.wav").touch()
    assert write_new_dataset(touched.parent, tmp_path / "other").known == {}, "most files are not of it"
