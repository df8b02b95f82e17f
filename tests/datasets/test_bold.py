"""Small clips, tables and joints in the layout that public loaders read."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from films_made import write_film

from harness.cards.facts import dataset_card
from harness.datasets.bold import BoldOptions, BoldReader
from harness.errors import HarnessError, Reason, Unscored

FILM, OTHER = "003/IzvOYVMltkI.mp4", "012/9F2voT6QWvQ.mp4"
FIRST = 900
"""The number that the first frame of the clip has in the film."""
LABELS = dataset_card("bold").labels


def row(clip: str, person: int = 0, *, frames: tuple[int, int] = (0, 20), **cells: Any) -> str:
    """A row of the annotations: shares by category, and what else deviates."""
    shares = [cells.get(name, 0.0) for name in LABELS]
    seen = [cells.get(name, given) for name, given in {"valence": 4.0, "arousal": 10.0, "dominance": 6.0}.items()]
    people = [
        cells.get(name, given) for name, given in {"gender": "Male", "age": "Adult", "ethnicity": ""}.items()
    ]
    return ",".join(str(cell) for cell in (clip, person, *frames, *shares, *seen, *people, 0.87))


TRAIN = (
    row(f"{FILM}/0114.mp4", Anger=0.6, Fear=0.1, **{"Doubt/Confusion": 0.3}),
    row(f"{FILM}/0114.mp4", 1, Peace=0.5, Happiness=0.5, gender="Female", ethnicity="Asian"),
)
VAL = (row(f"{OTHER}/0002.mp4", frames=(5, 9), Suffering=1.0, valence=0.5).rpartition(",")[0],)
"""Without the last cell, as some copies are."""


def joint_rows(person: int, frames: Sequence[int], left: float, right: float) -> list[list[float]]:
    """A person at two joints with confidence, a third without, and 15 that were not found."""
    joints = [left, 10, 0.9, right, 40, 0.5, 63, 47, 0.05] + [0.0] * 45
    return [[FIRST + frame, person, *joints] for frame in frames]


def write(root: Path, train: Sequence[str] = TRAIN, val: Sequence[str] = VAL) -> None:
    """Frame number i has the red level 8 * i."""
    (root / "annotations").mkdir(parents=True, exist_ok=True)
    (root / "annotations/train.csv").write_text("\n".join(train))
    (root / "annotations/val.csv").write_text("\n".join(val))
    (root / "annotations/test_meta.csv").write_text(f"{OTHER}/0003.mp4,0,0,20\n")
    frames = [np.full((48, 64, 3), (8 * number, 0, 0), np.uint8) for number in range(21)]
    joints = joint_rows(0, (0, 7, 15), 20, 40) + joint_rows(1, (20,), 50, 62)
    for clip in (f"{FILM}/0114", f"{OTHER}/0002"):
        write_film(root / f"videos/{clip}.mp4", frames)
        path = root / f"joints/{clip}.npy"
        path.parent.mkdir(parents=True, exist_ok=True)
        np.save(path, np.array(joints))


def write_many(root: Path, rows: int) -> None:
    write(root, [row(f"{FILM}/{number:05}.mp4", Anger=0.6) for number in range(rows)])


def reader(root: Path, **options: Any) -> BoldReader:
    return BoldReader(dataset_card("bold"), root, BoldOptions(**options))


def test_a_person_has_shares_a_label_and_what_annotators_see(tmp_path: Path) -> None:
    write(tmp_path)
    rows = reader(tmp_path, lowest=1).samples().to_pylist()
    assert [one["sample_id"] for one in rows] == [
        f"videos/{FILM}/0114.mp4#0-0-20",
        f"videos/{FILM}/0114.mp4#1-0-20",
        f"videos/{OTHER}/0002.mp4#0-5-9",
    ]
    assert [one["subject_id"] for one in rows] == [FILM, FILM, OTHER]
    assert [one["split"] for one in rows] == ["train", "train", "val"]
    assert [one["label"] for one in rows] == ["Anger", None, "Suffering"]
    assert (rows[0]["ctx.share_Anger"], rows[0]["ctx.share_Doubt/Confusion"]) == (0.6, 0.3)
    assert [one["valence"] for one in rows] == [pytest.approx(-1 / 3), pytest.approx(-1 / 3), None]
    assert (rows[0]["arousal"], rows[0]["dominance"]) == (1, pytest.approx(1 / 9))
    assert [one["attr.sex"] for one in rows] == ["male", "female", "male"]
    assert [one["attr.age_group"] for one in rows] == ["adult"] * 3
    assert [one["attr.ethnicity"] for one in rows] == [None, "asian", None]
    assert [one["ctx.annotation_confidence"] for one in rows] == [0.87, 0.87, None]


def test_the_person_is_cut_out_of_the_frame_with_joints_nearest_the_middle(tmp_path: Path) -> None:
    write(tmp_path)
    found = reader(tmp_path)
    one, other, late = found.samples().to_pylist()
    pixels = found.load(one).pixels
    assert pixels.shape == (46, 30, 3), "25 % more on every side: 15 to 45 and 2 (rounded) to 48"
    np.testing.assert_allclose(pixels.mean(axis=(0, 1)), (8 * 7, 0, 0), atol=4)
    assert reader(tmp_path, margin=0).load(one).pixels.shape == (30, 20, 3)
    np.testing.assert_allclose(found.load(other).pixels.mean(axis=(0, 1)), (8 * 20, 0, 0), atol=4)
    assert found.load(other).pixels.shape[1] == 64 - 47
    np.testing.assert_allclose(found.load(late).pixels.mean(axis=(0, 1)), (8 * 7, 0, 0), atol=4)
    with pytest.raises(HarnessError, match="part of a picture"):
        found.encoded(one)


def test_who_cannot_be_cut_out_has_a_reason(tmp_path: Path) -> None:
    write(tmp_path, [*TRAIN, row(f"{FILM}/0114.mp4", 7), row(f"{FILM}/0114.mp4", frames=(8, 14))])
    found = reader(tmp_path)
    one, _, stranger, between, other = found.samples().to_pylist()
    for sample in (stranger, between):
        with pytest.raises(Unscored, match="no joints of the person between the first and the last frame"):
            found.load(sample)
    joints = tmp_path / f"joints/{FILM}/0114.npy"
    np.save(joints, np.array(joint_rows(0, (0, 500), 20, 40)))
    with pytest.raises(Unscored, match="the film has no frame 500"):
        found.load({**one, "ctx.first_frame": 1.0, "ctx.last_frame": 600.0})
    for useless in (np.zeros((0, 56)), np.full((3, 56), np.nan), np.full((3, 56), np.inf)):
        np.save(joints, useless)
        with pytest.raises(Unscored, match="no joints of the person"):
            found.load(one)
    np.save(joints, np.zeros((3, 77)))
    with pytest.raises(Unscored, match="not a NumPy table of numbers in 56 columns") as caught:
        found.load(one)
    assert caught.value.reason is Reason.UNREADABLE
    joints.unlink()
    with pytest.raises(Unscored, match="no joints of the clip"):
        found.load(one)
    (tmp_path / f"videos/{OTHER}/0002.mp4").unlink()
    with pytest.raises(Unscored) as caught:
        found.load(other)
    assert caught.value.reason is Reason.MISSING_FILE


def test_what_is_not_established_is_asked_for_and_not_guessed(tmp_path: Path) -> None:
    coded = [row(f"{FILM}/0001.mp4", gender=0, age="2.0", ethnicity=-1, Anger=1)]
    write(tmp_path, coded, [])
    found = reader(tmp_path)
    one = found.samples().to_pylist()[0]
    unknown = ("valence", "arousal", "dominance", "attr.sex", "attr.age_group", "attr.ethnicity")
    assert [one[name] for name in unknown] == [None] * 6
    assert [problem.partition(". ")[0] for problem in found.layout_problems(found.samples())] == [
        "Valence, arousal and dominance are left out, as it could not be established whether they begin with 0 or "
        "1",
        "attr.sex is empty where gender is a number (0) that nobody explained",
        "attr.age_group is empty where age is a number (2.0) that nobody explained",
        "attr.ethnicity is empty where ethnicity is a number (-1) that nobody explained",
    ]
    codes = {"gender_codes": {0: "male"}, "age_codes": {2: "adult"}, "ethnicity_codes": {-1: "white"}}
    found = reader(tmp_path, lowest=0, **codes)
    one = found.samples().to_pylist()[0]
    assert [one[name] for name in unknown] == [
        pytest.approx(-0.2),
        1,
        pytest.approx(0.2),
        "male",
        "adult",
        "white",
    ]
    assert found.layout_problems(found.samples()) == []


def test_parts_that_share_a_film_are_a_leak(tmp_path: Path) -> None:
    write(tmp_path, val=[row(f"{FILM}/0300.mp4", Anger=0.7)])
    assert f"people in training and test of the split: 1 ({FILM})" in reader(tmp_path).check().problems


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"Anger": 60}, "Anger: '60' is no number from 0 to 1"),
        ({"Anger": ""}, "Anger: '' is no number from 0 to 1"),
        ({"frames": (9, 3)}, "the first frame, 9, is after 3"),
        ({"person": -1}, "person: '-1' is no number from 0"),
        ({"valence": "x"}, "valence: 'x' is not a number"),
        ({"gender": "a,b"}, "38 cells. Expected 37"),
    ],
)
def test_a_table_of_something_else_is_one_message(tmp_path: Path, changed: dict[str, Any], message: str) -> None:
    write(tmp_path, [TRAIN[0], row(f"{FILM}/0114.mp4", **changed)])
    with pytest.raises(HarnessError, match=rf"train\.csv, row 2.*{message}"):
        reader(tmp_path).samples()
    write(tmp_path, [], [])
    with pytest.raises(HarnessError, match="nobody in the tables of train and val"):
        reader(tmp_path).samples()
