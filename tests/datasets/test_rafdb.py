from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from harness.cards.facts import dataset_card
from harness.datasets.rafdb import AGE_GROUPS, LISTS, RACES, SEXES, RafdbOptions, RafdbReader
from harness.errors import HarnessError, Reason, Unscored
from harness.signals.media import Image

LANDMARKS = "37.9\t46.2\n" * 5
ROWS = ("train_00001.jpg 5", "train_00002.jpg 4", "test_0001.jpg 7")


def reader(root: Path, **options: object) -> RafdbReader:
    return RafdbReader(dataset_card("rafdb"), root, RafdbOptions.model_validate(options))


def write(root: Path, *rows: str, name: str = LISTS[0]) -> None:
    (root / name).parent.mkdir(exist_ok=True)
    (root / name).write_text("\n".join(rows) + "\n", encoding="utf-8")


def write_attributes(root: Path, name: str, codes: str) -> None:
    path = root / "Annotation" / "manual" / f"{name}_manu_attri.txt"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(LANDMARKS + codes, encoding="utf-8")


@pytest.mark.parametrize("name", LISTS)
def test_a_row_is_a_picture_with_what_annotators_saw(name: str, tmp_path: Path) -> None:
    write(tmp_path, *ROWS, name=name)
    write_attributes(tmp_path, "train_00001", "1\n0\n3\n")
    write_attributes(tmp_path, "train_00002", "2\r\n2\r\n4\r\n")
    rows = reader(tmp_path).samples().to_pylist()
    keys = ("sample_id", "uri", "split", "label", "attr.sex", "attr.race", "attr.age_group")
    assert [tuple(row[key] for key in keys) for row in rows] == [
        (
            "train_00001",
            "Image/aligned/train_00001_aligned.jpg",
            "train",
            "sadness",
            "female",
            "Caucasian",
            "40-69",
        ),
        ("train_00002", "Image/aligned/train_00002_aligned.jpg", "train", "happiness", None, "Asian", "70+"),
        ("test_0001", "Image/aligned/test_0001_aligned.jpg", "test", "neutral", None, None, None),
    ]


def test_codes_are_those_of_the_card() -> None:
    attributes = dataset_card("rafdb").attributes
    for name, codes in (("sex", SEXES), ("race", RACES), ("age_group", AGE_GROUPS)):
        assert set(codes.values()) - {None} == set(attributes[name].values or [])


def test_originals_of_one_part(tmp_path: Path) -> None:
    write(tmp_path, *ROWS)
    found = reader(tmp_path, pictures="original", part="test").samples()
    assert found["uri"].to_pylist() == ["Image/original/test_0001.jpg"]


def test_a_picture_is_loaded_and_a_missing_one_is_told(
    tmp_path: Path, write_picture: Callable[[Path], None]
) -> None:
    write(tmp_path, *ROWS)
    write_picture(tmp_path / "Image" / "aligned" / "train_00001_aligned.jpg")
    found = reader(tmp_path)
    first, second, _ = found.samples().to_pylist()
    assert isinstance(found.load(first), Image)
    with pytest.raises(Unscored) as caught:
        found.load(second)
    assert caught.value.reason is Reason.MISSING_FILE


def test_check_says_where_a_copy_deviates(tmp_path: Path) -> None:
    write(tmp_path, *ROWS, "test_0002.jpg 9", "")
    write_attributes(tmp_path, "train_00001", "1\n0\n3\n")
    write_attributes(tmp_path, "train_00002", "1\n5\n3\n")
    found = reader(tmp_path)
    assert found.layout_problems(found.samples()) == [
        "rows of the list that name no picture and label: test_0002.jpg 9",
        "no attributes: test_0001",
        "attributes that are not three known codes below five landmarks: train_00002",
    ]


def test_without_annotations_there_are_no_attributes(tmp_path: Path) -> None:
    write(tmp_path, *ROWS)
    found = reader(tmp_path)
    samples = found.samples()
    assert samples["attr.sex"].null_count == 3
    assert found.layout_problems(samples) == [
        "no attributes, Annotation/manual is missing: train_00001, train_00002, test_0001"
    ]


def test_no_list_and_no_row(tmp_path: Path) -> None:
    with pytest.raises(HarnessError, match="Give the folder that holds EmoLabel and Image"):
        reader(tmp_path).samples()
    write(tmp_path, "a b c")
    with pytest.raises(HarnessError, match=r"has no row like 'train_00001\.jpg 5'"):
        reader(tmp_path).samples()
    (tmp_path / LISTS[0]).write_bytes(b"\xff\xfe")
    with pytest.raises(HarnessError, match=r"not a readable text .*\. Unpack it again"):
        reader(tmp_path).samples()
