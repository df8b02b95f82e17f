"""What the first pass over files keeps: counted by hand, in pieces of two rows."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.attributes.grouping import Grouping
from harness.errors import HarnessError
from harness.measurement.streaming import first_pass
from harness.measurement.streaming.first_pass import named_axes, summarise_samples
from harness.tables import pieces
from harness.tables.parquet_files import write_parquet
from harness.tables.pieces import TableFile
from harness.tables.samples import samples_table

PEOPLE = ["anna", "ben", "anna", "ben", "anna"]
LABELS = ["joy", "joy", None, "fear", "joy"]
SEX = ["f", "m", "f", "m", None]


@pytest.fixture(autouse=True)
def two_rows_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pieces, "CHUNK_ROWS", 2)


def samples_file(folder: Path) -> TableFile:
    rows = [
        {
            "sample_id": f"clip{index}",
            "modality": "face" if index else "voice",
            "subject_id": PEOPLE[index],
            "label": LABELS[index],
            "label_source": "acted",
            "valence": 0.5 if index == 4 else None,
            "attr.sex": SEX[index],
            "attr.age": 30.0,
            "ctx.room": "a" if index < 3 else "b",
        }
        for index in range(5)
    ]
    write_parquet(samples_table(rows), folder / "samples.parquet")
    return TableFile(folder / "samples.parquet")


def test_people_and_labels_are_numbered_and_counted_over_all_pieces(tmp_path: Path) -> None:
    found = summarise_samples(samples_file(tmp_path), ["sex"], ["ctx.room"])
    assert found.num_samples == 5
    assert found.people.table().to_pylist() == [
        {"subject_id": "anna", "attr.sex": "f"},
        {"subject_id": "ben", "attr.sex": "m"},
        {"subject_id": "anna", "attr.sex": None},
    ]
    assert found.people.num_rows.tolist() == [2, 2, 1]
    kinds = [(row["label"], row["ctx.room"]) for row in found.kinds.table().to_pylist()]
    assert kinds == [("joy", "a"), (None, "a"), ("fear", "b"), ("joy", "b")]
    assert found.kinds.num_rows.tolist() == [2, 1, 1, 1]
    assert found.dimensions == {"valence"}
    assert found.counts == {
        ("label_source", "acted"): 5,
        ("modality", "voice"): 1,
        ("modality", "face"): 4,
        ("attribute", "sex"): 4,
        ("attribute", "age"): 5,
    }


def test_an_intersection_asks_for_each_of_its_attributes_once(tmp_path: Path) -> None:
    found = summarise_samples(samples_file(tmp_path), ["sex", "age", "sex*age"], [])
    assert found.people.table().column_names == ["subject_id", "attr.sex", "attr.age"]
    assert found.kinds.table().column_names == ["label"]
    assert found.kinds.num_rows.tolist() == [3, 1, 1]


def test_axes_are_those_of_the_plan_or_all_attributes(tmp_path: Path) -> None:
    file = samples_file(tmp_path)
    assert named_axes(file, Grouping()) == ("sex", "age")
    assert named_axes(file, Grouping(axes=("age",))) == ("age",)
    assert named_axes(file, Grouping(axes=())) == ()


def test_columns_that_are_not_there_are_named(tmp_path: Path) -> None:
    file = samples_file(tmp_path)
    with pytest.raises(HarnessError, match="There is no attribute 'skin'"):
        summarise_samples(file, ["skin"], [])
    with pytest.raises(HarnessError, match=r"no column 'ctx\.light'"):
        summarise_samples(file, ["sex"], ["ctx.light"])


def test_so_many_people_are_kept_and_no_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = samples_file(tmp_path)
    monkeypatch.setattr(first_pass, "MAX_PEOPLE", 3)
    assert len(summarise_samples(file, ["sex"], []).people) == 3
    monkeypatch.setattr(first_pass, "MAX_PEOPLE", 2)
    with pytest.raises(HarnessError, match="more than 2 combinations of a subject with its attributes"):
        summarise_samples(file, ["sex"], [])


def test_so_many_labels_are_kept_and_no_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = samples_file(tmp_path)
    monkeypatch.setattr(first_pass, "MAX_KINDS", 3)
    assert len(summarise_samples(file, [], []).kinds) == 3
    monkeypatch.setattr(first_pass, "MAX_KINDS", 2)
    with pytest.raises(HarnessError, match="more than 2 combinations of a label and the columns"):
        summarise_samples(file, [], [])
