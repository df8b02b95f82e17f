from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from scipy.io import savemat

from harness.cards.facts import dataset_card
from harness.datasets.emotic import ANNOTATIONS, EmoticOptions, EmoticReader
from harness.errors import HarnessError, Reason, Unscored


def structs(elements: Sequence[Mapping[str, Any]]) -> np.ndarray:
    """A structure array of MATLAB."""
    made = np.empty((1, len(elements)), [(name, object) for name in elements[0]])
    for number, element in enumerate(elements):
        made[0, number] = tuple(element.values())
    return made


def cells(*names: str) -> np.ndarray:
    return np.array([names], object)


def dimensions(*values: float) -> dict[str, float]:
    return dict(zip(("valence", "arousal", "dominance"), values, strict=True))


ALONE = {
    "body_bbox": np.array([[10.0, 5.0, 40.0, 45.0]]),
    "annotations_categories": {"categories": cells("Anger")},
    "annotations_continuous": dimensions(1, 10, 5.5),
    "gender": "Female",
    "age": "Adult",
}
TORN = ALONE | {"annotations_categories": {"categories": cells("Peace", "Pain")}, "gender": "Male", "age": "Kid"}
JUDGED = {
    "body_bbox": np.array([[60.0, 40.0, 300.0, 300.0]]),
    "annotations_categories": structs(
        [
            {"categories": cells("Fear", "Pain")},
            {"categories": cells("Fear")},
            {"categories": cells("Doubt/Confusion")},
        ]
    ),
    "combined_categories": cells("Fear", "Pain", "Doubt/Confusion"),
    "annotations_continuous": structs([dimensions(1, 1, 1), dimensions(2, 2, np.nan)]),
    "combined_continuous": dimensions(1, 5.5, np.nan),
    "gender": "Female",
    "age": "Teenager",
}


def picture(people: Sequence[Mapping[str, Any]], name: str = "a.png") -> dict[str, Any]:
    return {"filename": name, "folder": "mscoco/images", "person": structs(people)}


def save(root: Path, **parts: Any) -> None:
    path = root / ANNOTATIONS
    path.parent.mkdir(parents=True, exist_ok=True)
    savemat(path, parts, do_compression=True)


def write(root: Path, more: int = 0) -> None:
    """Two photos, of 64 × 48 pixels: red is the column, green the row."""
    many = [picture([ALONE], f"{number}.png") for number in range(more)]
    save(root, train=structs([picture([ALONE, TORN]), *many]), val=structs([picture([JUDGED], "b.png")]))
    folder = root / "emotic" / "mscoco" / "images"
    folder.mkdir(parents=True, exist_ok=True)
    row_HW, column_HW = np.indices((48, 64))
    for name in ("a.png", "b.png"):
        pixels = np.stack([np.zeros((48, 64)), row_HW, column_HW], axis=2).astype(np.uint8)
        cv2.imwrite(str(folder / name), pixels)


def reader(root: Path, **options: Any) -> EmoticReader:
    return EmoticReader(dataset_card("emotic"), root, EmoticOptions.model_validate(options))


def test_a_row_is_a_person_with_votes_and_dimensions(tmp_path: Path) -> None:
    write(tmp_path)
    found = reader(tmp_path)
    samples = found.samples()
    keys = ("sample_id", "split", "label", "attr.sex", "attr.age_group", "valence", "arousal", "dominance")
    folder = "emotic/mscoco/images"
    assert [tuple(row[key] for key in keys) for row in samples.to_pylist()] == [
        (f"{folder}/a.png#train-1", "train", "Anger", "female", "adult", -1.0, 1.0, 0.0),
        (f"{folder}/a.png#train-2", "train", None, "male", "kid", -1.0, 1.0, 0.0),
        (f"{folder}/b.png#val-1", "val", "Fear", "female", "teenager", -1.0, 0.0, None),
    ]
    assert [dict(votes) for votes in samples["votes"].to_pylist()] == [
        {"Anger": 1},
        {"Peace": 1, "Pain": 1},
        {"Fear": 2, "Pain": 1, "Doubt/Confusion": 1},
    ]
    assert samples["ctx.raters"].to_pylist() == [1, 1, 3], "who may give several votes"
    assert found.layout_problems(samples) == [
        f"several categories lead, so that there is no label: {folder}/a.png#train-2",
        f"without valence, arousal or dominance from 1 to 10: {folder}/b.png#val-1",
    ]
    assert reader(tmp_path, part="val").samples().num_rows == 1


def test_the_box_cuts_the_person_out(tmp_path: Path) -> None:
    write(tmp_path)
    found = reader(tmp_path)
    first, _, cut = found.samples().to_pylist()
    person = found.load(first).pixels
    assert person.shape == (40, 30, 3)
    assert person[0, 0].tolist() == [10, 5, 0], "RGB: column, row"
    assert found.load(cut).pixels.shape == (8, 4, 3), "as far as the picture goes"
    with pytest.raises(HarnessError, match="part of a picture"):
        found.encoded(first)


def test_a_box_outside_the_picture_has_a_reason(tmp_path: Path) -> None:
    write(tmp_path)
    save(tmp_path, test=structs([picture([ALONE | {"body_bbox": np.array([[90.0, 5.0, 99.0, 9.0]])}])]))
    found = reader(tmp_path)
    with pytest.raises(Unscored) as caught:
        found.load(found.samples().to_pylist()[0])
    assert caught.value.reason is Reason.EMPTY


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"train": structs([{"filename": "a.png"}])}, r"train\(1\): not a picture with people"),
        (
            {"train": structs([picture([ALONE | {"body_bbox": np.array([[1.0, 2.0]])}])])},
            "not a picture with people",
        ),
        ({"other": structs([picture([ALONE])])}, "names nobody in train or val or test"),
        ({"train": np.arange(3.0)}, "names nobody"),
    ],
)
def test_what_is_not_of_the_layout_is_one_message(tmp_path: Path, parts: Any, message: str) -> None:
    save(tmp_path, **parts)
    with pytest.raises(HarnessError, match=message):
        reader(tmp_path).samples()


def test_a_missing_or_damaged_file_is_one_message(tmp_path: Path) -> None:
    with pytest.raises(HarnessError, match="no such file"):
        reader(tmp_path).samples()
    write(tmp_path)
    (tmp_path / ANNOTATIONS).write_bytes(b"MATLAB 7.3 MAT-file" + bytes(600))
    with pytest.raises(HarnessError, match="not a readable MATLAB file"):
        reader(tmp_path).samples()
