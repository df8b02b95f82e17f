from __future__ import annotations

from typing import Any

import pyarrow as pa

from harness.report.levels_table import Results
from harness.report.rater_votes import MAX_PLACES, vote_section
from harness.tables.results import Result, results_table

OF_PLACES = (
    "accuracy_as_rater",
    "human_ceiling",
    "above_ceiling",
    "agreed_accuracy",
    "plurality_accuracy",
    "no_agreement",
)


def row(metric: str, value: float, group: str = "all", **more: Any) -> Result:
    side: dict[str, Any] = {}
    if group != "all":
        side = {"axis": "sex", "attributes": ("sex",), "group": group, "group_values": (group,)}
    columns = {"n_samples": 9, "n_subjects": 3, "n_unscored": 0, "model": "own", **side, **more}
    return Result(dataset="d", metric=metric, value=value, **columns)


def table(groups: list[str]) -> pa.Table:
    places = ["all", *groups]
    rows = [row(name, (index + 1) / 100, group) for group in places for index, name in enumerate(OF_PLACES)]
    answered = [
        row("no_agreement_answer:joy", 0.25),
        row("no_agreement_answer:sad", 0.5),
        row("no_agreement_answer:joy", 0.9, model="other"),
    ]
    return results_table([*rows, *answered, row("accuracy", 0.5), row("cross_entropy", 1.5, model="other")])


def test_the_system_and_one_rater_stand_side_by_side_in_every_group() -> None:
    section = vote_section(Results(table(["f", "m"]), "own"))
    assert section is not None
    assert [(place.axis, place.group.name) for place in section.places] == [
        (None, "all"),
        ("sex", "f"),
        ("sex", "m"),
    ]
    last = section.places[-1]
    rows = (last.system, last.rater, last.difference, last.agreed, last.all_rated, last.no_agreement)
    assert [one["value"] for one in rows if one is not None] == [0.01, 0.02, 0.03, 0.04, 0.05, 0.06]
    assert section.num_more == 0


def test_figures_are_the_systems_own_in_the_order_of_metrics() -> None:
    section = vote_section(Results(table([]), "own"))
    assert section is not None
    assert [one.row["metric"] for one in section.figures] == [
        "plurality_accuracy",
        "agreed_accuracy",
        "human_ceiling",
        "accuracy_as_rater",
        "above_ceiling",
        "no_agreement",
    ]
    assert section.figures[2].name == "Human ceiling"
    assert {label: one["value"] for label, one in section.answers.items()} == {"joy": 0.25, "sad": 0.5}


def test_where_raters_always_agree_there_are_no_answers_without_agreement() -> None:
    rows = [row("human_ceiling", 1.0), row("no_agreement_answer:joy", float("nan"), n_samples=0)]
    section = vote_section(Results(results_table(rows), "own"))
    assert section is not None
    assert section.answers == {}


def test_long_lists_of_groups_are_cut_and_counted() -> None:
    section = vote_section(Results(table([f"g{index:02}" for index in range(MAX_PLACES + 2)]), "own"))
    assert section is not None
    assert (len(section.places), section.num_more) == (MAX_PLACES, 3)


def test_a_run_without_votes_has_no_section() -> None:
    assert vote_section(Results(results_table([row("accuracy", 0.5)]), "own")) is None
    assert vote_section(Results(table([]), "a third")) is None
