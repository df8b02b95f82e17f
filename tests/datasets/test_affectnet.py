from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from harness.cards.facts import dataset_card
from harness.datasets.affectnet import LIST_FOLDERS, AffectnetOptions, AffectnetReader
from harness.errors import HarnessError, Reason, Unscored
from harness.signals.media import Image

HEADER = "subDirectory_filePath,face_x,face_y,face_width,face_height,facial_landmarks,expression,valence,arousal"
ROWS = (
    "1/a.jpg,1,2,30,30,4.5;6.7,0,0.25,-0.5",
    "1/b.jpg,1,2,30,30,4.5;6.7,10,-2,-2",
    "2/c.jpg,1,2,30,30,4;6,7,-0.6,0.7",
)


def reader(root: Path, **options: object) -> AffectnetReader:
    return AffectnetReader(dataset_card("affectnet"), root, AffectnetOptions.model_validate(options))


def write(path: Path, *rows: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join([HEADER, *rows]) + "\n", encoding="utf-8")


def annotate(root: Path, part: str, number: int, *values: str) -> None:
    """As the release does: each annotation is a text in an array of its own."""
    for folder in ("images", "annotations"):
        (root / part / folder).mkdir(parents=True, exist_ok=True)
    (root / part / "images" / f"{number}.jpg").touch()
    for kind, value in zip(("exp", "val", "aro"), values, strict=False):
        np.save(root / part / "annotations" / f"{number}_{kind}.npy", value)


KEYS = ("split", "label", "valence", "arousal", "ctx.no_emotion")


@pytest.mark.parametrize("folder", LIST_FOLDERS)
def test_a_row_of_the_lists_is_a_picture(folder: str, tmp_path: Path) -> None:
    write(tmp_path / folder / "training.csv", *ROWS[:2])
    write(tmp_path / folder / "validation.csv", ROWS[2])
    rows = reader(tmp_path).samples().to_pylist()
    assert {row["uri"]: tuple(row[key] for key in KEYS) for row in rows} == {
        "Manually_Annotated_Images/1/a.jpg": ("training", "neutral", 0.25, -0.5, None),
        "Manually_Annotated_Images/1/b.jpg": ("training", None, None, None, "no face"),
        "Manually_Annotated_Images/2/c.jpg": ("validation", "contempt", -0.6, 0.7, None),
    }


def test_a_picture_in_the_folders_has_three_arrays(tmp_path: Path) -> None:
    annotate(tmp_path, "train_set", 7, "3", "-0.25", "0.5")
    annotate(tmp_path, "val_set", 12, "8", "-2", "-2")
    rows = reader(tmp_path).samples().to_pylist()
    assert {row["uri"]: tuple(row[key] for key in KEYS) for row in rows} == {
        "train_set/images/7.jpg": ("training", "surprise", -0.25, 0.5, None),
        "val_set/images/12.jpg": ("validation", None, None, None, "none"),
    }


def test_pictures_are_found_where_the_release_has_them(
    tmp_path: Path, write_picture: Callable[[Path], None]
) -> None:
    write(tmp_path / "Manually_Annotated_file_lists" / "validation.csv", ROWS[0], ROWS[2])
    write_picture(tmp_path / "Manually_Annotated" / "Manually_Annotated_Images" / "1" / "a.jpg")
    found = reader(tmp_path, part="validation")
    first, second = found.samples().to_pylist()
    assert isinstance(found.load(first), Image)
    with pytest.raises(Unscored) as caught:
        found.load(second)
    assert caught.value.reason is Reason.MISSING_FILE


def test_check_says_where_a_copy_deviates(tmp_path: Path) -> None:
    write(tmp_path / "training.csv", ROWS[0])
    annotate(tmp_path, "train_set", 7)
    np.save(tmp_path / "train_set" / "annotations" / "7_exp.npy", np.array({}, object), allow_pickle=True)
    found = reader(tmp_path)
    assert found.layout_problems(found.samples()) == [
        "no picture of part: validation",
        "both formats, so that pictures may be found twice: train_set",
        "no readable annotation of the expression: train_set/images/7.jpg",
    ]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("a.jpg,1,2,3,4,5,11,0,0", "row 1: expression is '11'. Expected 0 to 10"),
        ("a.jpg,1,2,3,4,5,1.5,0,0", "row 1: expression is '1.5'"),
        ("a.jpg,1,2,3,4,5,happy,0,0", "row 1, expression: 'happy' is not a number"),
        ("a.jpg,1,2,3,4,5,1,-3,0", "row 1, valence: -3; expected -1 to 1, or -2 for none"),
        ("a.jpg,1,2,3,4,5,1,0,1.01", "row 1, arousal: 1.01; expected -1 to 1"),
    ],
)
def test_a_faulty_row_is_named(row: str, message: str, tmp_path: Path) -> None:
    write(tmp_path / "training.csv", row)
    with pytest.raises(HarnessError, match=message):
        reader(tmp_path).samples()


def test_neither_format(tmp_path: Path) -> None:
    with pytest.raises(HarnessError, match=r"neither the lists .* nor pictures in train_set/images"):
        reader(tmp_path).samples()
