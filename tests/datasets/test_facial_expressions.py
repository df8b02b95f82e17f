from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.cards.facts import dataset_card
from harness.datasets.facial_expressions import FacialExpressionsOptions, FacialExpressionsReader
from harness.errors import HarnessError, Reason, Unscored
from harness.signals.media import Image


def reader(root: Path) -> FacialExpressionsReader:
    return FacialExpressionsReader(dataset_card("facial_expressions"), root, FacialExpressionsOptions())


def write_legend(root: Path, text: str) -> None:
    (root / "data").mkdir(parents=True, exist_ok=True)
    (root / "data" / "legend.csv").write_text(text, encoding="utf-8")


def test_the_real_files(shared_data: Path) -> None:
    found = reader(shared_data / "facial_expressions")
    rows = found.samples().to_pylist()
    assert Counter(row["label"] for row in rows) == {
        "anger": 126,
        "contempt": 4,
        "disgust": 104,
        "fear": 10,
        "happiness": 150,
        "neutral": 150,
        "sadness": 134,
        "surprise": 184,
    }
    by_id = {row["sample_id"]: row for row in rows}
    people = {
        "Dwarakish_166.jpg": "Dwarakish",
        "Tony_Blair_0135.jpg": "Tony_Blair",
        "Kim_Hong-up_0001.jpg": "Kim_Hong-up",
        "Queen_Elizabeth_II_0006.jpg": "Queen_Elizabeth_II",
        "facial-expressions_2868588k.jpg": "facial-expressions_2868588k.jpg",
    }
    assert {name: by_id[f"images/{name}"]["subject_id"] for name in people} == people
    row = by_id["images/Dwarakish_166.jpg"]
    assert (row["label"], row["ctx.annotator"], row["label_source"]) == ("anger", "jhamski", "observer")
    assert Counter(row["subject_id"] for row in rows).most_common(2) == [("Dwarakish", 66), ("Jayamadhuri", 49)]
    assert isinstance(found.load(row), Image)


def test_check_of_the_real_files_finds_nothing_but_the_cut(shared_data: Path) -> None:
    found = reader(shared_data / "facial_expressions").check()
    assert found.problems == ["samples: found 862, the card says 13,690"]


def test_a_legend_by_many_hands(tmp_path: Path) -> None:
    write_legend(
        tmp_path,
        "user.id,image,emotion\r\n"
        "a, Zoë_1.jpg ,HAPPINESS\r\n"
        "user.id,image,emotion\r\n"
        "a,Ben_0001.jpg,Anger\r\n"
        "b,Ben_0001.jpg,anger\r\n"
        "c,Ben_0001.jpg,sadness\r\n"
        "a,Eve_1.jpg,fear\r\n"
        "a,Eve_1.jpg,fear\r\n"
        "b,Eve_1.jpg,surprise\r\n"
        "a,Cat_1.jpg,hungry\r\n"
        "a,,anger\r\n"
        "a,Dan_1.jpg\r\n",
    )
    found = reader(tmp_path)
    samples = found.samples()
    rows = {row["sample_id"]: row for row in samples.to_pylist()}
    assert {name: row["label"] for name, row in rows.items()} == {
        "images/Ben_0001.jpg": "anger",
        "images/Eve_1.jpg": None,
        "images/Zoë_1.jpg": "happiness",
    }
    assert dict(rows["images/Ben_0001.jpg"]["votes"]) == {"anger": 2, "sadness": 1}
    assert rows["images/Ben_0001.jpg"]["ctx.annotator"] == "a+b+c"
    assert dict(rows["images/Eve_1.jpg"]["votes"]) == {"fear": 1, "surprise": 1}
    assert rows["images/Zoë_1.jpg"]["votes"] is None
    assert found.layout_problems(samples) == [
        "header rows within data/legend.csv: 1",
        "rows of data/legend.csv with a label that the card does not list: "
        "Cat_1.jpg hungry, (no image) anger, Dan_1.jpg (no label)",
        "no label, the annotators disagree: images/Eve_1.jpg",
    ]


def test_missing_images_stay_samples(tmp_path: Path, write_picture: Callable[[Path], None]) -> None:
    write_legend(
        tmp_path, "user.id,image,emotion\na,Ann_1.jpg,fear\na,../../secret_1.jpg,fear\na,Bob_1.jpg,fear\n"
    )
    write_picture(tmp_path / "images/Ann_1.jpg")
    write_picture(tmp_path / "images/Unnamed_1.jpg")
    found = reader(tmp_path)
    rows = {row["subject_id"]: row for row in found.samples().to_pylist()}
    assert found.load(rows["Ann"]).pixels.shape == (48, 64, 3)
    for person in ("Bob", "../../secret"):
        with pytest.raises(Unscored) as caught:
            found.load(rows[person])
        assert caught.value.reason is Reason.MISSING_FILE
    assert "images that data/legend.csv does not list: Unnamed_1.jpg" in found.check().problems


@pytest.mark.parametrize(
    ("text", "message"),
    [("", "column user.id, image, emotion is missing"), ("user.id,image,emotion\n", "labels no image")],
)
def test_a_legend_without_content(tmp_path: Path, text: str, message: str) -> None:
    write_legend(tmp_path, text)
    with pytest.raises(HarnessError, match=message):
        reader(tmp_path).samples()


def test_no_legend(tmp_path: Path) -> None:
    with pytest.raises(HarnessError, match=r"legend\.csv: no such file"):
        reader(tmp_path).samples()
