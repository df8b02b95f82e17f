"""A small archive in the layout that the authors' evaluation code and public loaders read."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from harness.cards.facts import dataset_card
from harness.datasets.fhibe import FhibeOptions, FhibeReader
from harness.datasets.fhibe_answers import answers, box, phototype
from harness.errors import HarnessError, Reason, Unscored

FACES, WHOLE = "fhibe_face_crop_align", "fhibe_downsampled"
VERSION = "fhibe.20250716.u.gT5_rFTA_downsampled_public"
IN_RAW = "data/raw/fhibe_downsampled"
OUTLINE = str([{"class_name": "1. Face skin", "polygon": [{"x": 1.5, "y": 2.5}] * 9000}])
"""Longer than the 131,072 characters that Python's csv takes in a cell."""

ANNA = {
    "image_id": "i1",
    "subject_id": "anna",
    "filepath": f"{IN_RAW}/anna/i1/main_i1.png",
    "age": "34",
    "pronoun": "['0. She/her/hers', '2. They/them/their']",
    "ancestry": "['0. Africa', '4. Southern Africa']",
    "natural_skin_color": "1. [136, 105, 81]",
    "apparent_skin_color": "2. [164, 131, 103]",
    "apparent_skin_color_hue_lum": "dark_red",
    "head_pose": "0. Typical",
    "location_country": "Nigeriia",
    "person_bbox": "[10.0, 5, 30, 40.0]",
    "is_primary": "True",
    "segments": OUTLINE,
}
BEN = ANNA | {
    "subject_id": "ben",
    "age": "61.0",
    "pronoun": "['5. Prefer not to say']",
    "ancestry": "['11. Asia', '15. Southern Asia', '17. Europe']",
    "natural_skin_color": "[198, 180, 157]",
    "apparent_skin_color": "",
    "apparent_skin_color_hue_lum": "['light_yellow']",
    "person_bbox": "[]",
    "is_primary": "False",
}


def of_face(cells: dict[str, str]) -> dict[str, str]:
    person = cells["subject_id"]
    file = f"{IN_RAW}/{person}/i1/faces_crop_and_align_i1_{person}.png"
    return {name: cell for name, cell in cells.items() if name != "person_bbox"} | {"filepath": file}


def write_table(root: Path, name: str, *rows: dict[str, str], version: str = VERSION) -> None:
    path = root / version / "data" / "processed" / name / f"{name}.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, rows[0])
        table.writeheader()
        table.writerows(rows)


def write_pictures(root: Path, *uris: str) -> None:
    """Of 64 × 48 pixels: red is the column, green the row."""
    row_HW, column_HW = np.indices((48, 64))
    for uri in uris:
        path = root / VERSION / uri
        path.parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(path), np.stack([0 * row_HW, row_HW, column_HW], axis=2).astype(np.uint8))


def write(root: Path) -> None:
    write_table(root, FACES, of_face(ANNA), of_face(BEN))
    write_table(root, WHOLE, ANNA, BEN)
    write_pictures(root, ANNA["filepath"], of_face(ANNA)["filepath"], of_face(BEN)["filepath"])


def write_many(root: Path, rows: int) -> None:
    face = {name: cell for name, cell in of_face(ANNA).items() if name != "segments"}
    write_table(
        root, FACES, *(face | {"subject_id": f"s{n % 99}", "filepath": f"{IN_RAW}/{n}.png"} for n in range(rows))
    )


def reader(root: Path, **options: Any) -> FhibeReader:
    return FhibeReader(dataset_card("fhibe"), root, FhibeOptions.model_validate(options))


def test_a_face_is_a_sample_with_what_its_person_states(tmp_path: Path) -> None:
    write(tmp_path)
    found = reader(tmp_path)
    anna, ben = found.samples().to_pylist()
    uri = f"{VERSION}/{IN_RAW}/anna/i1/faces_crop_and_align_i1_anna.png"
    assert {key: value for key, value in anna.items() if value is not None} == {
        "sample_id": uri,
        "modality": "face",
        "uri": uri,
        "subject_id": "anna",
        "label_source": "not_stated",
        "attr.age": 34.0,
        "attr.pronoun": "She/her/hers + They/them/their",
        "attr.ancestry": "Africa",
        "attr.subregion": "Southern Africa",
        "attr.fitzpatrick": "V",
        "attr.apparent_fitzpatrick": "IV",
        "attr.skin_hue": "dark_red",
        "ctx.image_id": "i1",
        "ctx.head_pose": "Typical",
        "ctx.location_country": "Nigeriia",
    }
    keys = ("age", "pronoun", "ancestry", "subregion", "fitzpatrick", "apparent_fitzpatrick", "skin_hue")
    assert [ben[f"attr.{key}"] for key in keys] == [
        61.0,
        None,
        "Asia + Europe",
        "Southern Asia",
        "I",
        None,
        "light_yellow",
    ]
    assert found.load(anna).pixels.shape == (48, 64, 3)
    assert found.encoded(anna).media_type == "image/png"


def test_of_a_whole_picture_the_box_cuts_the_person_out(tmp_path: Path) -> None:
    write(tmp_path)
    found = reader(tmp_path, images=WHOLE)
    anna, ben = found.samples().to_pylist()
    assert (anna["uri"], anna["modality"]) == (ben["uri"], "body"), "two people in one picture"
    assert [one["sample_id"].rpartition("#")[2] for one in (anna, ben)] == ["anna", "ben"]
    person = found.load(anna).pixels
    assert person.shape == (40, 30, 3)
    assert person[0, 0].tolist() == [10, 5, 0], "RGB: column, row"
    with pytest.raises(Unscored, match="no box says where the person is") as caught:
        found.load(ben)
    assert caught.value.reason is Reason.EMPTY
    with pytest.raises(HarnessError, match="part of a picture"):
        found.encoded(anna)


def test_check_names_who_is_not_in_the_table_and_what_is_not_stated(tmp_path: Path) -> None:
    write(tmp_path)
    write_pictures(tmp_path, f"{IN_RAW}/eve/i9/main_i9.png", f"{IN_RAW}/anna/i1/main_i1_masks.png")
    found = reader(tmp_path, images=WHOLE)
    of_ben, of_eve = f"{VERSION}/{ANNA['filepath']}#ben", f"{VERSION}/{IN_RAW}/eve/i9/main_i9.png"
    assert found.layout_problems(found.samples()) == [
        f"no pronoun, or none that is known: {of_ben}",
        f"not in the table, as pictures of people who have withdrawn may be: {of_eve}",
    ]


def test_paths_may_start_within_the_folder_of_the_data(tmp_path: Path) -> None:
    write(tmp_path)
    write_table(tmp_path, FACES, of_face(ANNA) | {"filepath": of_face(ANNA)["filepath"].removeprefix("data/")})
    found = reader(tmp_path / VERSION)
    (anna,) = found.samples().to_pylist()
    assert anna["uri"] == of_face(ANNA)["filepath"]
    assert found.load(anna).pixels.shape == (48, 64, 3)


def test_no_table_several_tables_and_tables_that_are_none(tmp_path: Path) -> None:
    with pytest.raises(HarnessError, match=r"expected one data/processed/fhibe_face_crop/fhibe_face_crop\.csv"):
        reader(tmp_path, images="fhibe_face_crop").samples()
    write(tmp_path)
    write_table(tmp_path, FACES, of_face(ANNA), version="an older one")
    with pytest.raises(HarnessError, match="and there are an older one/data/"):
        reader(tmp_path).samples()
    write_table(tmp_path, WHOLE, {"subject_id": "a", "picture": "b"})
    with pytest.raises(HarnessError, match="no column filepath, or nothing in it"):
        reader(tmp_path, images=WHOLE).samples()
    write_table(tmp_path, WHOLE, ANNA, BEN | {"subject_id": " "})
    with pytest.raises(HarnessError, match="row 2: no subject_id or no filepath"):
        reader(tmp_path, images=WHOLE).samples()


def test_answers_are_told_from_their_numbers() -> None:
    assert answers("['10. Northern America', \"3. Men's\"]") == ["Northern America", "Men's"]
    assert answers("[]") == answers("") == answers("['']") == []
    assert answers("12. Indoor: Home or hotel") == ["Indoor: Home or hotel"]
    assert phototype("['0. [102, 78, 65]']") == "VI"
    assert phototype("3. [1, 2, 3]") is phototype("III") is None
    assert box("[1, 2, 3, 4]") == (1, 2, 4, 6)
    assert [box(text) for text in ("", "[1, 2]", "[1, 2, NaN, 4]", "[1e9, 0, 1, 1]", "[" * 9999)] == [None] * 5
