"""Small tables in the layout that public loaders read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from harness.cards.facts import dataset_card
from harness.datasets.emonet_face import EmonetFaceOptions, EmonetFaceReader
from harness.datasets.emonet_ratings import ratings_of
from harness.errors import HarnessError, Unscored

TABLE = "data/train-00000-of-00001.parquet"
MEDIA = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
HIGH, LOW = "Positive High-Energy Emotions|", "Negative Low-Energy Emotions|"


def png(red: int) -> bytes:
    return cv2.imencode(".png", np.full((48, 64, 3), (0, 0, red), np.uint8))[1].tobytes()


def expert(name: str, **ratings: float) -> dict[str, Any]:
    """What one expert says: of the emotions of two families, and of what is no emotion."""
    emotions = {
        f"{LOW if emotion in ('Shame', 'Sadness') else HIGH}{emotion}": of for emotion, of in ratings.items()
    }
    return {name: emotions | {"Extra Dimensions|Authenticity": 7}}


JOYFUL = [expert("human-1", Elation=6, Interest=2), expert("human-4", Elation=1, Interest=3, Shame=0)]
TORN = [expert("human-2", Shame=4), expert("human-3", Sadness=4, Elation=0)]
MODEL = [expert("human-2", Shame=2), expert("a model", Elation=7)]
UNREAD = [expert("human-1", Elation=9)]


def write(root: Path, *rated: Any, name: str = TABLE) -> None:
    """Red pictures, each brighter than the one before."""
    rows = rated or (JOYFUL, TORN, MODEL, UNREAD)
    pictures = [{"bytes": png(20 * number), "path": None} for number in range(1, len(rows) + 1)]
    cells = [str(one) if isinstance(one, list) else one for one in rows]
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    media = pa.array(pictures, MEDIA)
    pq.write_table(pa.table({"path": media, "label": pa.array(cells)}), path, row_group_size=2)


def write_many(root: Path, rows: int) -> None:
    write(root)
    media = pa.array(
        [{"bytes": b"x", "path": None}] * rows, pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    )
    pq.write_table(pa.table({"path": media, "label": [str(JOYFUL)] * rows}), root / TABLE)


def reader(root: Path) -> EmonetFaceReader:
    return EmonetFaceReader(dataset_card("emonet_face"), root, EmonetFaceOptions())


def test_a_picture_has_the_label_the_votes_and_the_shares_of_its_experts(tmp_path: Path) -> None:
    write(tmp_path)
    rows = reader(tmp_path).samples().to_pylist()
    assert [row["sample_id"] for row in rows] == [f"{TABLE}#{number}" for number in range(4)]
    assert [row["subject_id"] for row in rows] == [row["sample_id"] for row in rows], "of nobody"
    assert [row["label"] for row in rows] == ["Elation", None, "Shame", None], "mean ratings 3.5 and 2.5"
    votes = [dict(row["votes"] or ()) for row in rows]
    assert votes == [{"Elation": 1, "Interest": 1}, {"Sadness": 1, "Shame": 1}, {"Shame": 1}, {}]
    shares = [(row["ctx.share_Elation"], row["ctx.share_Interest"], row["ctx.share_Pride"]) for row in rows]
    assert shares == [(7 / 12, 5 / 12, 0), (0, 0, 0), (0, 0, 0), (None, None, None)]
    assert [row["ctx.raters"] for row in rows] == [2, 2, 1, 0], "a model is no expert"


def test_the_picture_is_that_of_the_row_in_whichever_group(tmp_path: Path) -> None:
    write(tmp_path)
    found = reader(tmp_path)
    rows = found.samples().to_pylist()
    assert [found.load(row).pixels[0, 0].tolist() for row in rows] == [[20 * n, 0, 0] for n in (1, 2, 3, 4)]
    assert found.encoded(rows[2]).data == png(60)
    assert found.encoded(rows[2]).media_type == "image/png"
    with pytest.raises(Unscored):
        found.load({**rows[0], "ctx.row": 99})


def test_check_says_what_could_not_be_read(tmp_path: Path) -> None:
    write(tmp_path, JOYFUL, TORN, UNREAD, "no list", None, [expert("human-1", Hopelessness=3)])
    found = reader(tmp_path)
    assert found.layout_problems(found.samples()) == [
        f"label holds no ratings from 0 to 7 by experts: {TABLE}#2, {TABLE}#3, {TABLE}#4",
        "emotions that the card does not list, which are left out: Hopelessness",
        f"several emotions are rated highest, or none, so that there is no label: {TABLE}#1, {TABLE}#5",
    ]


def test_what_is_no_table_of_it_is_one_message(tmp_path: Path) -> None:
    with pytest.raises(HarnessError, match="no picture that experts rated in Parquet files below"):
        reader(tmp_path).samples()
    write(tmp_path, UNREAD)
    with pytest.raises(HarnessError, match="no picture that experts rated"):
        reader(tmp_path).samples()
    for table in ({"path": ["a.png"], "label": ["[]"]}, {"image": ["a.png"]}):
        pq.write_table(pa.table(table), tmp_path / TABLE)
        with pytest.raises(HarnessError, match=r"HQ \(expected pictures as path, label"):
            reader(tmp_path).samples()
    (tmp_path / TABLE).write_bytes(b"PAR1")
    with pytest.raises(HarnessError, match="not a table of EmoNet-Face HQ"):
        reader(tmp_path).samples()


def test_ratings_are_text_of_python_json_or_lists() -> None:
    expected = {"human-1": {"Jealousy & Envy": 2.0}}
    rated = [{"human-1": {"Negative Low-Energy Emotions|Jealousy & Envy": 2, "x|Pain": 0}}]
    assert ratings_of(str(rated)) == ratings_of(rated) == expected
    assert ratings_of('[{"human-1": {"x|Jealousy & Envy": 2.0}}]') == expected
    unrated = [{"human-1": {"x|Jealousy & Envy": 2, "x|Pain": None}, "human-2": None}]
    assert ratings_of(unrated) == ratings_of(str(unrated)) == expected
    hostile = [
        "",
        "[]",
        "[{",
        "[" * 99_999,
        "x" * 200_000,
        "[{'human-1': 3}]",
        "[3]",
        "{}",
        "[{'human-1': {'a': 'b'}}]",
    ]
    hostile += ["[{'human-1': {'a': -1}}]", "[{'human-1': {'a': NaN}}]", "[{'human-1': {'a': 1e999}}]"]
    assert [ratings_of(text) for text in (*hostile, None, 3, [None], b"[]")] == [None] * (len(hostile) + 4)
