"""Which samples runs share, and what they must agree on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from harness.comparison.answered_samples import Read
from harness.comparison.finished_runs import read_finished_run
from harness.comparison.shared_samples import shared_samples
from harness.errors import HarnessError

WriteFinishedRun = Callable[..., Path]
Row = dict[str, Any]


def whole(read: Read, *columns: str) -> pa.Table:
    return pa.concat_tables(read(columns))


def test_samples_are_joined_in_the_order_of_the_first(write_finished_run: WriteFinishedRun) -> None:
    finished = [
        read_finished_run(write_finished_run("a")),
        read_finished_run(write_finished_run("b", model="face", subjects=(5, 3, 4))),
    ]
    shared = shared_samples(finished, "sample_id")
    left, right = (whole(read, "sample_id", "subject_id") for read in shared.read)
    assert shared.num == 3 * 12
    assert left["sample_id"].to_pylist() == right["sample_id"].to_pylist()
    assert left["subject_id"].unique().to_pylist() == ["s03", "s04", "s05"]


@pytest.mark.parametrize("on", ["name", "ctx.clip"])
def test_modalities_are_joined_by_the_clip(write_finished_run: WriteFinishedRun, on: str) -> None:
    finished = [
        read_finished_run(write_finished_run("a")),
        read_finished_run(write_finished_run("b", model="face", folder="film/{}.flv")),
    ]
    left, right = (whole(read, "sample_id") for read in shared_samples(finished, on).read)
    assert left.num_rows == right.num_rows == 24 * 12
    assert right["sample_id"][0].as_py() == "film/s00_0.flv"
    with pytest.raises(HarnessError, match=r"share no sample by sample_id: .*--on name"):
        shared_samples(finished, "sample_id")


def test_parts_of_one_file_stay_apart(write_finished_run: WriteFinishedRun) -> None:
    def part(folder: str) -> Callable[[Row], Row]:
        return lambda row: row | {"sample_id": f"{folder}/{row['subject_id']}#{row['ctx.clip']}"}

    finished = [read_finished_run(write_finished_run(n, model=n, relabel=part(n))) for n in ("a", "bb")]
    assert shared_samples(finished, "name").num == 24 * 12


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"label": "sadness"}, r"disagree on 1 of the samples.*s03_0.wav' has label 'anger' .* 'sadness'"),
        ({"subject_id": "s99"}, "has subject_id 's03' in the one and 's99'"),
        ({"attr.sex": "female"}, "has attr.sex 'male' in the one and 'female'"),
        ({"attr.sex": None}, "has attr.sex 'male' in the one and None"),
        ({"valence": 0.5}, "has valence None in the one and 0.5"),
    ],
)
def test_a_sample_must_mean_the_same_in_all_runs(
    write_finished_run: WriteFinishedRun, change: Row, message: str
) -> None:
    def changed(row: Row) -> Row:
        return row | change if row["sample_id"] == "audio/s03_0.wav" else row

    finished = [
        read_finished_run(write_finished_run("a")),
        read_finished_run(write_finished_run("b", model="face", relabel=changed)),
    ]
    with pytest.raises(HarnessError, match=message):
        shared_samples(finished, "sample_id")


def test_labels_agree_where_they_are_merged_into_the_same_class(write_finished_run: WriteFinishedRun) -> None:
    def calm(row: Row) -> Row:
        return row | {"label": {"neutral": "calm", "anger": "ANGRY"}.get(row["label"], row["label"])}

    one = read_finished_run(write_finished_run("a"))
    merged = read_finished_run(write_finished_run("b", model="face", relabel=calm, merge={"calm": "neutral"}))
    assert shared_samples([one, merged], "sample_id").num == 24 * 12
    unmerged = read_finished_run(write_finished_run("c", model="face", relabel=calm))
    with pytest.raises(HarnessError, match=r"'neutral' in the one and 'calm'.*merging of labels"):
        shared_samples([one, unmerged], "sample_id")


@pytest.mark.parametrize(
    ("on", "message"),
    [
        ("attr.sex", r"'female' occurs in 144 samples"),
        ("session_id", "288 samples of .* have none"),
        ("votes", "no such text column. It has: name, sample_id"),
        ("ctx.nothing", "no such text column"),
    ],
)
def test_a_column_must_tell_samples_apart(write_finished_run: WriteFinishedRun, on: str, message: str) -> None:
    finished = [
        read_finished_run(write_finished_run("a")),
        read_finished_run(write_finished_run("b", model="face")),
    ]
    with pytest.raises(HarnessError, match=message):
        shared_samples(finished, on)
