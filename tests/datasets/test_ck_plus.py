from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from harness.cards.facts import dataset_card
from harness.datasets.ck_plus import CkPlusOptions, CkPlusReader
from harness.errors import HarnessError
from harness.signals.media import Image


def reader(root: Path, **options: object) -> CkPlusReader:
    return CkPlusReader(dataset_card("ck_plus"), root, CkPlusOptions.model_validate(options))


def add(root: Path, sequence: str, frames: int, label: str | None, labelled: int | None = None) -> None:
    person, number = sequence.split("_")
    pictures = root / "cohn-kanade-images" / person / number
    pictures.mkdir(parents=True)
    for frame in range(1, frames + 1):
        (pictures / f"{sequence}_{frame:08d}.png").touch()
    if label is not None:
        path = root / "Emotion" / person / number / f"{sequence}_{labelled or frames:08d}_emotion.txt"
        path.parent.mkdir(parents=True)
        path.write_text(f"   {label}\n")


def test_the_last_frame_has_the_emotion(tmp_path: Path) -> None:
    add(tmp_path, "S005_001", 11, "3.0000000e+00")
    add(tmp_path, "S010_002", 3, "7.0000000e+00")
    add(tmp_path, "S010_003", 5, None)
    keys = ("uri", "subject_id", "session_id", "label", "ctx.frame")
    assert [tuple(row[key] for key in keys) for row in reader(tmp_path).samples().to_pylist()] == [
        ("cohn-kanade-images/S005/001/S005_001_00000011.png", "S005", "001", "disgust", "last"),
        ("cohn-kanade-images/S010/002/S010_002_00000003.png", "S010", "002", "surprise", "last"),
    ]


def test_the_first_frame_may_be_neutral(tmp_path: Path) -> None:
    add(tmp_path, "S005_001", 11, "3.0000000e+00")
    rows = reader(tmp_path, neutral=True).samples().to_pylist()
    assert [(row["uri"][-12:], row["label"]) for row in rows] == [
        ("00000011.png", "disgust"),
        ("00000001.png", "neutral"),
    ]


def test_a_picture_is_loaded(tmp_path: Path, write_picture: Callable[[Path], None]) -> None:
    add(tmp_path, "S005_001", 2, "1")
    found = reader(tmp_path)
    [row] = found.samples().to_pylist()
    write_picture(tmp_path / row["uri"])
    assert isinstance(found.load(row), Image)


def test_check_says_where_a_copy_deviates(tmp_path: Path) -> None:
    add(tmp_path, "S005_001", 11, "3.0000000e+00", labelled=12)
    add(tmp_path, "S006_001", 0, "1.0")
    add(tmp_path, "S007_001", 2, "9.0")
    found = reader(tmp_path)
    assert found.layout_problems(found.samples()) == [
        "labelled, but without frames: Emotion/S006/001/S006_001_00000000_emotion.txt",
        "labelled at another frame than the last: Emotion/S005/001/S005_001_00000012_emotion.txt",
        "no number of an emotion in: Emotion/S007/001/S007_001_00000002_emotion.txt",
    ]


@pytest.mark.parametrize("label", ["", "x", "1.5", "-1", "nan", "8"])
def test_what_is_no_number_of_an_emotion_is_no_sample(label: str, tmp_path: Path) -> None:
    add(tmp_path, "S005_001", 3, label)
    with pytest.raises(HarnessError, match="no labelled sequence below"):
        reader(tmp_path).samples()
