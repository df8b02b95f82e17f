from __future__ import annotations

from pathlib import Path

import pytest

from harness.cards.facts import dataset_card
from harness.datasets.ferplus import COLUMNS, FerplusOptions, FerplusReader
from harness.datasets.ferplus_votes import EMOTIONS
from harness.errors import HarnessError, Unscored
from tests.datasets.test_fer2013 import pixels
from tests.datasets.test_fer2013 import write as write_pixels

ROWS = (
    "Training,fer0000000.png,4,0,0,1,3,2,0,0,0,0",
    "Training,,0,0,0,0,0,0,0,0,0,10",
    "PublicTest,fer0000002.png,0,10,0,0,0,0,0,0,0,0",
    "PrivateTest,fer0000003.png,0,0,0,1,0,0,0,0,6,3",
)


def reader(root: Path, **options: object) -> FerplusReader:
    return FerplusReader(dataset_card("ferplus"), root, FerplusOptions.model_validate(options))


def write(root: Path, *rows: str) -> None:
    (root / "fer2013new.csv").write_text("\r\n".join([",".join(COLUMNS), *rows]) + "\r\n", encoding="utf-8")


def test_emotions_are_those_of_the_card() -> None:
    assert list(EMOTIONS) == dataset_card("ferplus").labels


def test_a_row_is_a_picture_with_votes(tmp_path: Path) -> None:
    write(tmp_path, *ROWS)
    rows = reader(tmp_path).samples().to_pylist()
    keys = ("sample_id", "split", "label", "votes", "uri", "ctx.votes_unknown", "ctx.votes_no_face")
    assert [tuple(row[key] for key in keys) for row in rows] == [
        ("fer0000000", "Training", None, None, None, 0, 0),
        ("fer0000002", "PublicTest", "happiness", [("happiness", 10)], None, 0, 0),
        ("fer0000003", "PrivateTest", None, None, None, 6, 3),
    ]


def test_the_rule_is_a_choice(tmp_path: Path) -> None:
    write(tmp_path, *ROWS)
    first = reader(tmp_path, rule="probability").samples().to_pylist()[0]
    assert (first["label"], dict(first["votes"])) == ("neutral", {"neutral": 4, "anger": 3})
    first = reader(tmp_path, rule="multi_target").samples().to_pylist()[0]
    assert (first["label"], dict(first["votes"])) == ("neutral", {"neutral": 4, "anger": 3})


def test_the_picture_is_the_row_of_the_name(tmp_path: Path) -> None:
    write(tmp_path, *ROWS)
    write_pixels(tmp_path, *(f"0,{pixels(row)},Training" for row in range(3)))
    found = reader(tmp_path)
    samples = found.samples()
    rows = samples.to_pylist()
    assert found.load(rows[1]).pixels[0, 0, 0] == 2
    with pytest.raises(Unscored, match="no pixels in row 3"):
        found.load(rows[2])
    assert found.layout_problems(samples) == [
        "rows without the name of a picture, left out: 1",
        "pictures that fer2013.csv does not have: fer0000003",
        "another part in fer2013.csv: fer0000002",
    ]


def test_without_pictures_check_says_so(tmp_path: Path) -> None:
    write(tmp_path, *ROWS, "Training,face7.png,10,0,0,0,0,0,0,0,0,0")
    found = reader(tmp_path)
    assert found.layout_problems(found.samples()) == [
        "fer2013.csv is missing, so only models that read no media can run: fer2013new.csv",
        "rows without the name of a picture, left out: 1",
        "names that are not like fer0000123.png: face7.png",
    ]


@pytest.mark.parametrize("vote", ["-1", "1.5", "x"])
def test_votes_are_numbers(vote: str, tmp_path: Path) -> None:
    write(tmp_path, f"Training,fer0000000.png,{vote},0,0,0,0,0,0,0,0,0")
    with pytest.raises(HarnessError, match="row 1, column neutral: "):
        reader(tmp_path).samples()


def test_no_named_picture(tmp_path: Path) -> None:
    write(tmp_path, *ROWS)
    with pytest.raises(HarnessError, match=r"names no picture like fer0000123\.png \(dataset\.part=Test\)"):
        reader(tmp_path, part="Test").samples()


def test_the_genuine_table(shared_data: Path) -> None:
    """A cut of 470 rows around those without a name; counts by hand: `awk -F, '$2 == ""'`."""
    found = reader(shared_data / "labels" / "ferplus")
    samples = found.samples()
    assert samples.num_rows == 446
    assert "rows without the name of a picture, left out: 24" in found.layout_problems(samples)
    assert set(samples["label"].to_pylist()) <= {*EMOTIONS, None}
