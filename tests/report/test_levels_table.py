from __future__ import annotations

from typing import Any

from judgements import judged

from harness.attributes.group import EVERYBODY, Group
from harness.report.levels_table import Results
from harness.tables.results import Result, results_table


def row(metric: str, value: float, group: str | None = None, **columns: Any) -> Result:
    place: dict[str, Any] = (
        {} if group is None else {"axis": "sex", "attributes": ("sex",), "group": group, "group_values": (group,)}
    )
    given = {"dataset": "d", "model": "m", "n_samples": 9, "n_subjects": 3, "n_unscored": 0, "method": "by hand"}
    return Result(metric=metric, value=value, **(given | place | columns))


RESULTS = Results(
    results_table(
        [
            row("coverage", 1.0),
            row("uar", 0.6),
            row("accuracy", 0.7),
            row("recall:anger", 0.2),
            row("accuracy", 0.5, "male"),
            row("accuracy", 0.8, "female"),
            row("accuracy", 0.9, "other", judgement=judged("not_tested")),
            row("accuracy", 0.4, model="majority", method="another"),
            row("accuracy", 0.1, condition="noise"),
            row("accuracy", 0.3, "male", statistic="difference", versus="female", versus_values=("female",)),
            row("accuracy", 0.55, "male", kind="shrunken"),
            row("label_order", 0.0, kind="check", statistic="level"),
        ]
    ),
    "m",
)


def value(found: dict[str, Any] | None) -> float | None:
    return None if found is None else found["value"]


def test_a_level_is_found_by_what_it_is_about() -> None:
    assert value(RESULTS.row("m", "accuracy")) == 0.7
    assert value(RESULTS.row("majority", "accuracy")) == 0.4
    assert value(RESULTS.row("m", "accuracy", "sex", Group.of("female"))) == 0.8
    assert RESULTS.row("m", "accuracy", "sex", EVERYBODY) is None
    assert RESULTS.row("m", "label_order") is None


def test_what_is_not_tested_keeps_its_counts_without_its_value() -> None:
    found = RESULTS.row("m", "accuracy", "sex", Group.of("other"))
    assert found is not None
    assert (found["value"], found["lo"], found["hi"], found["n_subjects"]) == (None, None, None, 3)


def test_shrunken_levels_are_apart() -> None:
    assert value(RESULTS.shrunken("accuracy", "sex", Group.of("male"))) == 0.55
    assert value(RESULTS.row("m", "accuracy", "sex", Group.of("male"))) == 0.5
    assert RESULTS.shrunken("accuracy", "sex", Group.of("female")) is None


def test_metrics_stand_in_the_order_of_the_headline_and_groups_in_that_of_the_table() -> None:
    assert RESULTS.metrics("m") == ["accuracy", "uar", "coverage"]
    assert RESULTS.metrics("majority") == ["accuracy"]
    assert RESULTS.axes() == ["sex"]
    assert RESULTS.attributes("sex") == ("sex",)
    assert [group.name for group in RESULTS.groups("sex")] == ["male", "female", "other"]
    assert RESULTS.groups("age") == []


def test_every_method_is_named_once() -> None:
    assert RESULTS.methods() == ["another", "by hand"]
