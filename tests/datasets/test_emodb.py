from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile as sf

from harness.cards.facts import dataset_card
from harness.datasets.emodb import EmodbOptions, EmodbReader
from harness.errors import HarnessError, Unscored
from harness.signals.media import Audio


def reader(root: Path) -> EmodbReader:
    return EmodbReader(dataset_card("emodb"), root, EmodbOptions())


def write(root: Path, *names: str) -> None:
    (root / "wav").mkdir(exist_ok=True)
    for name in names:
        sf.write(root / "wav" / name, 0.1 * np.sin(np.arange(16_000) / 20), 16_000)


def test_the_name_and_the_card_say_it_all(tmp_path: Path) -> None:
    write(tmp_path, "03a01Fa.wav", "08b10Wb.wav", "16a07Lc.wav")
    rows = reader(tmp_path).samples().to_pylist()
    keys = ("sample_id", "subject_id", "label", "attr.sex", "attr.age", "ctx.text", "ctx.version")
    assert [tuple(row[key] for key in keys) for row in rows] == [
        ("wav/03a01Fa.wav", "03", "happiness", "male", 31.0, "a01", "a"),
        ("wav/08b10Wb.wav", "08", "anger", "female", 34.0, "b10", "b"),
        ("wav/16a07Lc.wav", "16", "boredom", "female", 31.0, "a07", "c"),
    ]
    media = reader(tmp_path).load(rows[0])
    assert isinstance(media, Audio)
    assert media.sample_rate == 16_000


@pytest.mark.parametrize(
    ("letter", "label"),
    [
        ("W", "anger"),
        ("L", "boredom"),
        ("E", "disgust"),
        ("A", "fear"),
        ("F", "happiness"),
        ("T", "sadness"),
        ("N", "neutral"),
    ],
)
def test_german_letters(tmp_path: Path, letter: str, label: str) -> None:
    write(tmp_path, f"03a01{letter}a.wav")
    assert reader(tmp_path).samples()["label"].to_pylist() == [label]


def test_the_speakers_of_the_publication() -> None:
    speakers = dataset_card("emodb").details["speakers"]
    published = "03 M31, 08 F34, 09 F21, 10 M32, 11 M26, 12 M30, 13 F32, 14 F35, 15 M25, 16 F31"
    sexes = {"male": "M", "female": "F"}
    assert published == ", ".join(f"{who} {sexes[s['sex']]}{s['age']}" for who, s in speakers.items())


def test_what_is_odd_is_reported(tmp_path: Path) -> None:
    write(tmp_path, "03a01Fa.wav", "99a01Fa.wav", "03a01Xa.wav")
    (tmp_path / "copy").mkdir()
    (tmp_path / "copy" / "03a01Fa.wav").write_bytes(b"")
    found = reader(tmp_path)
    samples = found.samples()
    assert samples.num_rows == 2
    assert found.layout_problems(samples) == [
        "not named SSTTTEV.wav: wav/03a01Xa.wav",
        "found more than once, the first is used: 03a01Fa.wav",
        "speakers that the card does not list: 99",
        "no file of speaker: 08, 09, 10 and 6 more",
    ]
    unknown = {row["subject_id"]: row for row in samples.to_pylist()}["99"]
    assert unknown["attr.sex"] is None
    assert unknown["attr.age"] is None


def test_an_empty_file_is_refused_when_it_is_loaded(tmp_path: Path) -> None:
    write(tmp_path, "03a01Fa.wav")
    (tmp_path / "wav/03a01Fa.wav").write_bytes(b"")
    with pytest.raises(Unscored, match="empty"):
        reader(tmp_path).load(reader(tmp_path).samples().to_pylist()[0])


def test_no_files(tmp_path: Path) -> None:
    with pytest.raises(HarnessError, match=r"03a01Fa\.wav"):
        reader(tmp_path).samples()
