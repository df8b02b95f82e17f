"""How many answers of two runs are equal, whatever their order, labels and scores."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from fused_systems import sample_rows, simulated_scores, write_system_run

from harness.comparison.answer_pairs import answer_pairs
from harness.comparison.compare_runs import compare_runs
from harness.comparison.finished_runs import read_finished_run
from harness.comparison.shared_samples import shared_samples
from harness.measurement.models.equal_answers import EqualAnswers
from harness.report.comparison_page import render_comparison
from harness.tables.results import select
from harness.tables.versions import read_table

ROWS = sample_rows(1, per_subject=4)


def found(*folders: Path) -> EqualAnswers:
    finished = [read_finished_run(folder) for folder in folders]
    (pair,) = answer_pairs(finished, ["a", "b"], shared_samples(finished, "sample_id"), 1)
    return pair


def test_answers_are_matched_by_class(tmp_path: Path) -> None:
    first = write_system_run(
        tmp_path / "a",
        ROWS,
        [[0.6, 0.4], [0.2, 0.8], [0.5, 0.5], [0.5, 0.5]],
        labels=["ang", "sad"],
        reasons={3: "x"},
    )
    second = write_system_run(
        tmp_path / "b",
        ROWS[::-1],
        [[0.4, 0.6], [0.5, 0.5], [0.9, 0.1], [0.375, 0.625]],
        labels=["sadness", "anger"],
        reasons={0: "y", 1: "z"},
    )
    pair = found(first, second)
    # s0: anger both; s1: sadness both; s2: anger against none; s3: none from either
    assert (pair.num_samples, pair.num_equal, pair.num_unscored) == (4, 3, 2)
    assert pair.largest == pytest.approx(0.1)


def test_runs_without_scores_have_no_difference_of_scores(tmp_path: Path) -> None:
    answers = ["anger", "happiness", "neutral", "sadness"]
    runs = [write_system_run(tmp_path / name, ROWS, [None] * 4, answers=answers) for name in ("a", "b")]
    pair = found(*runs)
    assert (pair.num_equal, pair.largest) == (4, None)


def test_against_the_first_leaves_out_all_other_pairs(tmp_path: Path) -> None:
    rows = sample_rows(8)
    runs = [
        write_system_run(tmp_path / name, rows, simulated_scores(rows, 1.0, seed))
        for seed, name in enumerate("abc")
    ]
    every = compare_runs(runs, into=tmp_path / "every", margin=0.1)
    first = compare_runs(runs, into=tmp_path / "first", margin=0.1, against_first=True)
    assert every.equivalence is not None
    assert first.equivalence is not None
    for compared, pairs in ((every, ["ab", "ac", "bc"]), (first, ["ab", "ac"])):
        assert compared.equivalence is not None
        assert [pair.first + pair.second for pair in compared.equivalence.answers] == pairs
        for differences in (compared.comparison.differences, compared.equivalence.differences):
            assert sorted({d.first + d.second for d in differences}) == pairs
    whole = {d.second: d for d in first.comparison.differences if d.is_overall}
    beside = {d.second: d for d in every.comparison.differences if d.is_overall and d.first == "a"}
    for name in "bc":  # fewer pairs, so that intervals which hold together are no wider
        assert whole[name].value == beside[name].value
        assert whole[name].hi - whole[name].lo <= beside[name].hi - beside[name].lo


def test_equivalence_stands_in_table_page_and_document(tmp_path: Path) -> None:
    rows = sample_rows(20)
    scores = simulated_scores(rows, 1.0, 1)
    runs = [write_system_run(tmp_path / name, rows, scores) for name in ("service", "exported")]
    into = tmp_path / "compared"
    compare_runs(runs, into=into, margin=0.2)
    document = json.loads((into / "compare.json").read_text(encoding="utf-8"))
    assert document["settings"]["margin"] == 0.2
    first, second = document["equivalence"]
    assert first.startswith(
        "service and exported: answers are equal for all 160 samples; scores differ by 0 at most"
    )
    assert second == (
        "service and exported, accuracy: equivalent within ±0.2 overall; of 2 tested groups undecided in 2."
    )
    page = (into / "comparison.html").read_text(encoding="utf-8")
    assert "May they be taken for one system?" in page
    assert second in page
    results = read_table(into / "compare.parquet", "results").table
    assert select(results, kind="equivalence", versus_model="exported", statistic="difference").num_rows == 3
    assert page == render_comparison(document, results)
    compare_runs(runs, into=tmp_path / "without")
    assert "May they be taken" not in (tmp_path / "without" / "comparison.html").read_text(encoding="utf-8")
