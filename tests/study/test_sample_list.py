"""Which samples of a dataset a study takes: chosen by label, then a number, then joined with people."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from harness.errors import HarnessError
from harness.study.assembly import open_reader
from harness.study.compose import compose_study
from harness.study.sample_list import chosen_people

LABELS = ["anger", "calm", "neutral", "happiness", "anger", None]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    rows = [f"{i}.wav,p{i % 3},{label or ''},{'fm'[i % 2]}" for i, label in enumerate(LABELS)]
    (tmp_path / "samples.csv").write_text("\n".join(["uri,subject_id,label,attr.sex", *rows]))
    return tmp_path


def listed(root: Path, *overrides: str, model_labels: tuple[str, ...] = ()) -> list[dict[str, Any]]:
    options = (f"dataset.root={root}", "dataset.modality=voice", "dataset.label_source=acted")
    config = compose_study(["dataset=table", *options, "model=majority", *overrides])
    reader = open_reader(config.dataset.name, config.dataset.root, config.dataset.options)
    rows: list[dict[str, Any]] = chosen_people(config, reader, reader.samples(), model_labels).samples.to_pylist()
    return rows


def ids(rows: list[dict[str, Any]]) -> list[int]:
    return [int(row["sample_id"].removesuffix(".wav")) for row in rows]


def test_without_a_choice_all_samples_are_taken_in_their_order(root: Path) -> None:
    assert ids(listed(root)) == [0, 1, 2, 3, 4, 5]
    assert ids(listed(root, "limit=6")) == [0, 1, 2, 3, 4, 5]


def test_a_limit_takes_one_sample_of_every_subject_first(root: Path) -> None:
    three = listed(root, "limit=3")
    assert [row["subject_id"] for row in sorted(three, key=lambda row: row["subject_id"])] == ["p0", "p1", "p2"]
    assert ids(three) == sorted(ids(three))
    assert set(ids(listed(root, "limit=2"))) < set(ids(three)) < set(ids(listed(root, "limit=4")))
    assert ids(listed(root, "limit=3", "seed=9")) == ids(three)


def test_only_some_labels_are_taken_and_then_so_many(root: Path) -> None:
    assert ids(listed(root, "labels.only=[anger,happiness]")) == [0, 3, 4]
    two = listed(root, "labels.only=[anger,happiness]", "limit=2")
    assert {row["subject_id"] for row in two} == {"p0", "p1"}
    assert 4 in ids(two)


def test_a_label_is_taken_by_its_class_after_merging(root: Path) -> None:
    assert ids(listed(root, "labels.only=[neutral]")) == [2]
    assert ids(listed(root, "labels.only=[neutral]", "labels.merge={calm: neutral}")) == [1, 2]
    assert ids(listed(root, "labels.only=[calm]", "labels.merge={calm: neutral}")) == [1, 2]
    assert ids(listed(root, "labels.only=[angry]")) == [0, 4]  # another spelling of anger


def test_what_the_model_can_answer_is_taken_where_the_plan_says_so(root: Path) -> None:
    assert ids(listed(root, "labels.only=model", model_labels=("calm", "happy"))) == [1, 3]
    assert ids(listed(root, model_labels=("calm", "happy"))) == [0, 1, 2, 3, 4, 5]


def test_labels_that_no_sample_has_are_refused(root: Path) -> None:
    with pytest.raises(HarnessError) as refused:
        listed(root, "labels.only=[fear,surprise]")
    assert str(refused.value) == (
        "labels.only: no sample of table has a label among ['fear', 'surprise']. "
        "It has anger, calm, happiness and neutral."
    )


def test_a_file_of_people_brings_attributes(root: Path) -> None:
    (root / "people.csv").write_text("subject_id,race\np0,Asian\np2,White\n")
    rows = listed(root, f"attributes.file={root / 'people.csv'}")
    assert [row["attr.race"] for row in rows] == ["Asian", None, "White"] * 2
    assert [row["attr.sex"] for row in rows] == ["f", "m"] * 3
    of_subject = {"p0": "Asian", "p1": None, "p2": "White"}
    for row in listed(root, f"attributes.file={root / 'people.csv'}", "limit=4"):
        assert row["attr.race"] == of_subject[row["subject_id"]]
