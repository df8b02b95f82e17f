from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from harness.cards.facts import dataset_card
from harness.datasets.expw import FOLDERS, LISTS, ExpwOptions, ExpwReader
from harness.errors import HarnessError, Reason, Unscored

ROWS = (
    "angry_actor_104.jpg 0 10 20 50 40 22.9362 0",
    "angry_actor_104.jpg 1 -5 60 90 20 99 6",
    "b.jpg 0 1 2 3 4 5 3",
)


def reader(root: Path) -> ExpwReader:
    return ExpwReader(dataset_card("expw"), root, ExpwOptions())


def write(root: Path, *rows: str, name: str = LISTS[0]) -> None:
    (root / name).parent.mkdir(exist_ok=True)
    (root / name).write_text("\r\n".join(rows) + "\r\n", encoding="utf-8")


def write_gradient(path: Path) -> None:
    """64 × 48: red is the column, green the row."""
    path.parent.mkdir(parents=True, exist_ok=True)
    row_HW, column_HW = np.indices((48, 64))
    cv2.imwrite(str(path), np.stack([np.zeros((48, 64)), row_HW, column_HW], axis=2).astype(np.uint8))


@pytest.mark.parametrize("name", LISTS)
def test_a_row_is_a_face(name: str, tmp_path: Path) -> None:
    write(tmp_path, *ROWS, name=name)
    rows = reader(tmp_path).samples().to_pylist()
    keys = ("sample_id", "uri", "label", "ctx.top", "ctx.left", "ctx.right", "ctx.bottom", "ctx.confidence")
    assert [tuple(row[key] for key in keys) for row in rows] == [
        ("angry_actor_104.jpg#0", "image/origin/angry_actor_104.jpg", "angry", 10, 20, 50, 40, 22.9362),
        ("angry_actor_104.jpg#1", "image/origin/angry_actor_104.jpg", "neutral", -5, 60, 90, 20, 99.0),
        ("b.jpg#0", "image/origin/b.jpg", "happy", 1, 2, 3, 4, 5.0),
    ]


@pytest.mark.parametrize("folder", FOLDERS)
def test_the_box_cuts_the_face_out(folder: str, tmp_path: Path) -> None:
    write(tmp_path, *(row.replace(".jpg", ".png") for row in ROWS))
    write_gradient(tmp_path / folder / "angry_actor_104.png")
    found = reader(tmp_path)
    first, second, third = found.samples().to_pylist()
    face = found.load(first).pixels
    assert face.shape == (30, 30, 3)
    assert face[0, 0].tolist() == [20, 10, 0], "RGB: column, row"
    assert found.load(second).pixels.shape == (20, 4, 3), "as far as the picture goes"
    with pytest.raises(Unscored) as caught:
        found.load(third)
    assert caught.value.reason is Reason.MISSING_FILE


def test_a_box_outside_the_picture_has_a_reason(tmp_path: Path) -> None:
    write(tmp_path, "a.png 0 100 100 200 200 50 1", "a.png 1 10 30 30 20 50 1")
    write_gradient(tmp_path / FOLDERS[0] / "a.png")
    found = reader(tmp_path)
    for row in found.samples().to_pylist():
        with pytest.raises(Unscored) as caught:
            found.load(row)
        assert caught.value.reason is Reason.EMPTY


def test_check_says_where_a_copy_deviates(tmp_path: Path) -> None:
    write(tmp_path, *ROWS, ROWS[0], "c.jpg 0 1 2 3 4 5 7", "../d.jpg 0 1 2 3 4 5 1")
    found = reader(tmp_path)
    samples = found.samples()
    assert samples.num_rows == 3
    assert found.layout_problems(samples) == [
        "rows of label.lst that are no face: c.jpg 0 1 2 3 4 5 7, ../d.jpg 0 1 2 3 4 5 1",
        "listed more than once, the first is used: angry_actor_104.jpg#0",
    ]


def test_a_face_is_not_sent_as_its_picture(tmp_path: Path) -> None:
    write(tmp_path, *ROWS)
    found = reader(tmp_path)
    with pytest.raises(HarnessError, match="state an encoding in its input: png"):
        found.encoded(found.samples().to_pylist()[0])


def test_no_list_and_no_row(tmp_path: Path) -> None:
    with pytest.raises(HarnessError, match="Give the folder that holds label and image"):
        reader(tmp_path).samples()
    write(tmp_path, "a b c")
    with pytest.raises(HarnessError, match=r"label\.lst has no row like"):
        reader(tmp_path).samples()
