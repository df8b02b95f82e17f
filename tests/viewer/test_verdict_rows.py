"""A verdict leads to as many samples as its row of the results says it rests on."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.compute as pc
import pytest
from viewed_runs import Place

from harness.viewer.chosen_rows import Chooser
from harness.viewer.listing import Listing
from harness.viewer.query import BadQuery, read_query
from harness.viewer.verdict_rows import rows_behind, verdict_name, verdict_page
from harness.viewer.viewed_run import AnswersOf, ViewedRun, read_viewed_run

NARROWED = {
    "accuracy", "accuracy_scored", "brier", "coverage", "determinism", "ece", "f1", "log_loss",
    "negative_assignment", "precision", "recall", "uar", "valence_error",
}  # fmt: skip
GOLDEN_2 = Path(__file__).parents[1] / "golden" / "v2" / "table"
GOLDEN = Path(__file__).parents[1] / "golden" / "v1"


def judged(run: ViewedRun, *kinds: str) -> list[dict[str, Any]]:
    results = run.table("results")
    assert results is not None
    rows: list[dict[str, Any]] = results.filter(pc.is_valid(results["verdict"])).to_pylist()
    return [row for row in rows if row["kind"] in kinds]


@pytest.mark.parametrize("name", ["faces", "table", "wearable"])
def test_levels_and_differences_lead_to_their_samples(name: str) -> None:
    run = read_viewed_run(GOLDEN / name)
    listing, compared = Listing(run), 0
    chooser = Chooser(listing)
    for row in judged(run, "metric"):
        if ":" in row["metric"] or row["axis"] not in run.groups:
            continue
        query = read_query(rows_behind(listing, row, 0), len(listing.sides))
        found = chooser.choose(query)
        if row["metric"] in ("accuracy", "coverage") and row["n_samples"]:
            assert len(found.order) == row["n_samples"], row
            compared += 1
    assert compared > 3


def test_verdicts_lead_to_no_more_samples_than_they_rest_on(pictures: Place) -> None:
    """Also of metrics of the answered samples alone, of one class, and of checks that asked again."""
    seen = set()
    for folder in (pictures.run, GOLDEN / "faces"):
        run = read_viewed_run(folder)
        listing, results = Listing(run), run.table("results")
        chooser = Chooser(listing)
        assert results is not None
        for row in results.to_pylist():
            base = row["metric"].split(":")[0]
            if row["n_samples"] and row["kind"] in ("metric", "check") and base in NARROWED:
                query = read_query(rows_behind(listing, row, 0), len(listing.sides))
                assert len(chooser.choose(query).order) == row["n_samples"], row
                seen.add(base)
    assert seen == NARROWED


def test_a_class_a_condition_and_named_rows_are_in_the_query(pictures: Place) -> None:
    listing = Listing(read_viewed_run(pictures.run))
    row: dict[str, Any] = {
        "model": "acme", "condition": "clean", "statistic": "level", "metric": "recall:calm", "axis": "sex",
        "group": "female", "group_values": ["female"], "versus": None, "versus_values": None, "versus_model": None,
        "versus_condition": None, "n_samples": 3, "n_unscored": 0, "kind": "metric",
        "reason": "such as rows 3, 5 and 7 of samples.parquet",
    }  # fmt: skip
    system = listing.runs[0].system
    query = rows_behind(listing, row | {"model": system}, 0)
    assert query == {"answers": ["0"], "in.sex": ["female"], "truth": ["calm"], "rows": ["3", "5", "7"]}
    rest = row | {"model": system, "metric": "accuracy", "reason": None, "versus": "rest"}
    assert rows_behind(listing, rest, 0) == {"answers": ["0"], "in.sex": ["female", "male"]}
    against = row | {"model": system, "metric": "precision:calm", "reason": None, "versus_model": "majority"}
    side = next(n for n, (_, of) in enumerate(listing.sides) if of.model == "majority")
    assert rows_behind(listing, against, 0) == {
        "answers": ["0"], "against": [str(side)], "in.sex": ["female"], "answer": ["calm"],
    }  # fmt: skip


def test_verdicts_are_listed_worst_first_and_searched(pictures: Place) -> None:
    listing = Listing(read_viewed_run(pictures.run))
    page = verdict_page(listing, [], "")
    order = [one["verdict"] for one in page["verdicts"]]
    assert order == sorted(order, key=["not_met", "inconclusive", "not_tested", "met"].index)
    assert page["total"] == sum(page["counts"].values()) > 0
    kind = max(page["counts"], key=lambda name: page["counts"][name])
    only = verdict_page(listing, [kind], "ACCURACY")
    assert 0 < only["total"] < page["total"]
    assert {one["verdict"] for one in only["verdicts"]} == {kind}
    assert all("accuracy" in f"{one['what']} {one['reason']}".lower() for one in only["verdicts"])


def test_a_difference_of_an_older_run_leads_to_both_sides(pictures: Place) -> None:
    listing = Listing(read_viewed_run(pictures.run))
    results = listing.runs[0].table("results")
    assert results is not None
    row = next(one for one in results.to_pylist() if one["statistic"] == "difference" and one["versus"] == "male")
    older = row | {"versus": None, "versus_values": None}
    assert rows_behind(listing, older, 0) == rows_behind(listing, row, 0)


def test_a_check_has_its_words_and_no_number_without_a_unit() -> None:
    run = read_viewed_run(GOLDEN / "faces")
    checks = [one["value"] for one in verdict_page(Listing(run), [], "support")["verdicts"]]
    assert checks
    assert set(checks) == {None}
    values = [one["value"] for one in verdict_page(Listing(run), [], "accuracy")["verdicts"]]
    assert any(value is not None for value in values)


def numbered(run: ViewedRun, metric: str, group: str = "all") -> tuple[dict[str, Any], int]:
    """A row of the results, and its number."""
    results = run.table("results")
    assert results is not None
    rows = results.to_pylist()
    number = next(n for n, row in enumerate(rows) if (row["metric"], row["group"]) == (metric, group))
    return rows[number], number


def test_a_finding_leads_to_the_samples_that_it_is_about() -> None:
    """Of the answer that is given most, and of the two labels that are confused."""
    run = read_viewed_run(GOLDEN_2)
    listing = Listing(run)
    chooser, columns = Chooser(listing), listing.columns(0)
    anger, happiness = columns.names.index("anger"), columns.names.index("happiness")
    expected = {
        ("collapsed", "all"): columns.answer == anger,
        ("swapped_labels", "all"): ((columns.truth == anger) & (columns.answer == happiness))
        | ((columns.truth == happiness) & (columns.answer == anger)),
    }
    for (metric, group), chosen_N in expected.items():
        row, number = numbered(run, metric, group)
        query = rows_behind(listing, row, number)
        assert query["behind"] == [str(number)]
        order = chooser.choose(read_query(query, len(listing.sides))).order
        assert order.tolist() == np.flatnonzero(chosen_N).tolist(), metric
        assert 0 < len(order) < listing.samples.num_rows
        assert verdict_name(listing, number) == metric.replace("_", " ") + (f": {group}" if group != "all" else "")


@pytest.mark.parametrize("number", ["0", "99999", "-1", "x"])
def test_a_number_that_is_no_such_verdict_is_refused(number: str) -> None:
    listing = Listing(read_viewed_run(GOLDEN_2))
    with pytest.raises(BadQuery, match="behind"):
        Chooser(listing).choose(read_query({"behind": [number]}, len(listing.sides)))


def test_what_changes_under_a_condition_is_held_against_clean_media() -> None:
    run = read_viewed_run(GOLDEN_2)
    listing = Listing(replace(run, answers=(*run.answers[:1], AnswersOf(run.system, "noise@1"))))
    row = numbered(run, "accuracy")[0] | {"metric": "unchanged", "model": run.system, "condition": "noise@1"}
    assert rows_behind(listing, row, 7) == {"answers": ["1"], "against": ["0"], "behind": ["7"]}
