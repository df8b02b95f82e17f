from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from viewed_runs import Place

from harness.files import write_json
from harness.tables.folds import Fold, folds_document
from harness.tables.schemas import ANSWERS, REPEATS
from harness.tables.versions import write_table
from harness.viewer.listing import Listing
from harness.viewer.sample_page import MAX_ANSWER, sample_page
from harness.viewer.viewed_run import read_viewed_run


@pytest.fixture
def place(pictures: Place, tmp_path: Path) -> Place:
    shutil.copytree(pictures.run, tmp_path / "run")
    return Place(pictures.root, tmp_path / "run")


def page_of(place: Place, row: int) -> dict[str, Any]:
    return sample_page(Listing(read_viewed_run(place.run)), row)


def test_a_sample_has_its_facts_and_every_answer(place: Place) -> None:
    page = page_of(place, 3)
    facts = dict(page["facts"])
    assert (facts["label"], facts["subject"], facts["sex"], facts["label from"]) == ("calm", "p3", "male", "acted")
    own, *baselines = page["answers"]
    assert (own["answer"], own["status"]) == ("anger", "wrong")
    assert own["scores"] == [["anger", 0.62], ["calm", 0.38]]
    assert [answer["side"] for answer in baselines] == [1, 2]
    assert page_of(place, 0)["answers"][0] | {"scores": []} == own | {
        "answer": None, "status": "abstained", "reason": "no_face", "scores": [],
    }  # fmt: skip


def test_votes_and_grades_of_quality_are_shown(place: Place) -> None:
    samples = read_viewed_run(place.run).samples
    votes = pa.array([[("anger", 3), ("calm", 2)]] * 12, pa.map_(pa.string(), pa.int64()))
    samples = samples.set_column(samples.schema.get_field_index("votes"), samples.schema.field("votes"), votes)
    samples = samples.append_column("ctx.quality_sharpness", pa.array([float(n + 1) for n in range(12)]))
    write_table(samples, "samples", place.run / "samples.parquet")
    page = page_of(place, 4)
    assert page["votes"] == [["anger", 3], ["calm", 2]]
    assert page["quality"] == [["sharpness", "5 of 20 (twentieths of the study)"]]


def test_a_service_is_quoted_as_text_within_a_bound(place: Place) -> None:
    run = read_viewed_run(place.run)
    sample, system = run.samples["sample_id"][3].as_py(), run.system
    raw = b"<script>alert(1)</script>\x1b[2J\xff" + b"a" * 9 * MAX_ANSWER
    row = {"sample_id": sample, "model": system, "condition": "clean", "attempts": 2, "cost": 0.25, "raw": raw}
    more = {"version": "v-1", "tokens_in": 10, "tokens_out": 3, "day": "2026-11-20"}
    write_table(pa.Table.from_pylist([row | more], ANSWERS), "answers", place.run / "answers.parquet")
    again = {"sample_id": sample, "model": system, "condition": "clean", "repeat": 2, "outcome": "scored"}
    table = pa.Table.from_pylist([again | {"label": "calm"}], REPEATS)
    write_table(table, "repeats", place.run / "repeats.parquet")
    answer = page_of(place, 3)["answers"][0]
    assert answer["raw"].startswith("<script>alert(1)</script>\ufffd[2J\ufffda")
    assert len(answer["raw"]) == MAX_ANSWER
    assert dict(answer["service"]) == {
        "attempts": "2", "cost": "0.25", "version": "v-1", "day": "2026-11-20",
        "tokens in": "10", "tokens out": "3",
    }  # fmt: skip
    assert answer["repeats"] == ["calm"]


def test_grades_of_quality_may_be_words(place: Place) -> None:
    path = place.run / "samples.parquet"
    samples = read_viewed_run(place.run).samples
    for name, value in (("ctx.quality_light", "dim"), ("ctx.quality_sharpness", 3)):
        samples = samples.append_column(name, pa.array([value] * samples.num_rows))
    write_table(samples, "samples", path)
    quality = dict(page_of(place, 3)["quality"])
    assert quality["light"] == "dim"
    assert quality["sharpness"] == "3 of 20 (twentieths of the study)"


def test_a_system_that_was_trained_in_the_study_says_on_whom(place: Place) -> None:
    model = read_viewed_run(place.run).system
    folds = [
        Fold("loso:p3", ("p0", "p1", "p2"), ("p3",), 9),
        Fold("rest", ("p3", "p2"), ("p0", "p1", "p2"), 1),
    ]
    write_json(folds_document({model: folds}), place.run / "folds.json")
    own, *baselines = page_of(place, 3)["answers"]
    assert own["training"] == "9 samples of 3 subjects, not of this one (loso:p3)"
    assert [answer["training"] for answer in baselines] == [None, None]
    assert page_of(place, 2)["answers"][0]["training"] == "1 sample of 2 subjects, also of this one (rest)"
    (place.run / "folds.json").write_text("{")
    assert page_of(place, 3)["answers"][0]["training"] is None
