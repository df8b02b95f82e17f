from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from harness.cards.facts import dataset_card
from harness.datasets.fer2013 import Fer2013Options, Fer2013Reader
from harness.datasets.recorded_files import noted_files
from harness.errors import HarnessError, Reason, Unscored
from harness.signals.picture_table import SIDE

HEADER = "emotion,pixels,Usage"


def reader(root: Path, **options: object) -> Fer2013Reader:
    return Fer2013Reader(dataset_card("fer2013"), root, Fer2013Options.model_validate(options))


def pixels(first: int) -> str:
    """Values that differ from row to row and within a row."""
    return " ".join(str((first + step) % 256) for step in range(SIDE * SIDE))


def write(root: Path, *rows: str, header: str = HEADER) -> None:
    (root / "fer2013.csv").write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")


def test_a_row_is_a_picture(tmp_path: Path) -> None:
    write(tmp_path, f"0,{pixels(0)},Training", f"6,{pixels(9)},PublicTest", f"3,{pixels(200)},PrivateTest")
    found = reader(tmp_path)
    rows = found.samples().to_pylist()
    keys = ("sample_id", "label", "split", "uri", "ctx.row", "label_source")
    assert [tuple(row[key] for key in keys) for row in rows] == [
        ("fer0000000", "angry", "Training", "fer2013.csv", 0, "observer"),
        ("fer0000001", "neutral", "PublicTest", "fer2013.csv", 1, "observer"),
        ("fer0000002", "happy", "PrivateTest", "fer2013.csv", 2, "observer"),
    ]
    for row, first in zip(rows, (0, 9, 200), strict=True):
        picture = found.load(row).pixels
        assert (picture.dtype, picture.shape) == (np.uint8, (48, 48, 3))
        assert picture[0, 0].tolist() == [first] * 3
        assert picture[1, 2].tolist() == [(first + 50) % 256] * 3, "row by row"


def test_columns_may_stand_in_another_order(tmp_path: Path) -> None:
    write(tmp_path, f"4, Training,{pixels(7)}", header="emotion, Usage, pixels")
    found = reader(tmp_path)
    [row] = found.samples().to_pylist()
    assert (row["label"], row["split"]) == ("sad", "Training")
    assert found.load(row).pixels[0, 1, 0] == 8


def test_the_table_is_hashed_as_the_file_of_every_sample(tmp_path: Path) -> None:
    write(tmp_path, f"0,{pixels(0)},Training", f"1,{pixels(1)},Training")
    found = reader(tmp_path).recording()
    rows = found.samples().to_pylist()
    with noted_files() as noted:
        for row in rows:
            found.load(row)
    assert list(noted) == ["fer2013.csv"]


def test_a_changed_table_is_read_again(tmp_path: Path) -> None:
    write(tmp_path, f"0,{pixels(0)},Training")
    assert reader(tmp_path).samples().num_rows == 1
    write(tmp_path, f"0,{pixels(0)},Training", f"1,{pixels(1)},Training")
    assert reader(tmp_path).samples().num_rows == 2


def test_one_part(tmp_path: Path) -> None:
    write(tmp_path, f"0,{pixels(0)},Training", f"1,{pixels(1)},PrivateTest")
    assert reader(tmp_path, part="PrivateTest").samples()["sample_id"].to_pylist() == ["fer0000001"]
    with pytest.raises(HarnessError, match=r"dataset\.part=Test\. The table has PrivateTest, Training"):
        reader(tmp_path, part="Test").samples()


@pytest.mark.parametrize(
    "damaged", ["1 2 3", "", pixels(0).replace(" 7 ", " x "), pixels(0).replace(" 7 ", " 700 ")]
)
def test_a_damaged_picture_has_a_reason_and_check_says_where(damaged: str, tmp_path: Path) -> None:
    write(tmp_path, f"0,{damaged},Training", f"1,{pixels(1)},Training")
    found = reader(tmp_path)
    first, second = found.samples().to_pylist()
    with pytest.raises(Unscored) as caught:
        found.load(first)
    assert caught.value.reason is Reason.UNREADABLE
    found.load(second)
    assert any("fer0000000" in problem for problem in found.check().problems)


def test_check_says_what_is_missing(tmp_path: Path) -> None:
    write(tmp_path, f"0,{pixels(0)},Training", f"0,{pixels(0)},Validation")
    assert reader(tmp_path).check().problems == [
        "no row of part: PublicTest, PrivateTest",
        "parts that the challenge did not have: Validation",
        "samples: found 2, the card says 35,887",
    ]


@pytest.mark.parametrize(
    ("rows", "header", "message"),
    [
        (["7,1 2,Training"], HEADER, "row 0: emotion is '7'. Expected 0 to 6"),
        (["000099,1 2,Training"], HEADER, "row 0: emotion is '000099'"),
        (["angry,1 2,Training"], HEADER, "row 0: emotion is 'angry'"),
        (["1,1 2"], HEADER, "row 0: 2 cells, but the header has 3"),
        (["1,1 2,Training"], "emotion,pixels", "the header is emotion, pixels. Expected emotion, pixels, Usage"),
        (["1," + "1 " * 20_000 + ",Training"], HEADER, "a line of over 32,768 bytes"),
        ([], HEADER, "no rows in"),
    ],
)
def test_what_is_no_such_table_is_told(rows: list[str], header: str, message: str, tmp_path: Path) -> None:
    write(tmp_path, *rows, header=header)
    with pytest.raises(HarnessError, match=message):
        reader(tmp_path).samples()


def test_rows_have_a_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.signals.picture_table.MAX_ROWS", 2)
    write(tmp_path, *["1,1 2,Training"] * 3)
    with pytest.raises(HarnessError, match="over 2 rows"):
        reader(tmp_path).samples()


def test_no_table(tmp_path: Path) -> None:
    with pytest.raises(HarnessError, match=r"Give the folder that holds fer2013\.csv"):
        reader(tmp_path).samples()


def test_a_picture_in_a_table_is_not_sent_as_the_table(tmp_path: Path) -> None:
    write(tmp_path, f"0,{pixels(0)},Training")
    found = reader(tmp_path)
    with pytest.raises(HarnessError, match="state an encoding in its input: png"):
        found.encoded(found.samples().to_pylist()[0])
