"""Which figures stand at the top, in which order, and the chance that each is held against."""

from __future__ import annotations

from typing import Any

import pytest

from harness.report.headline import chance_of, lead, plots
from harness.report.run_curves import Confusion
from harness.report.sections import HeadlineMetric

NAMES = ("m", "majority")


def claimed(metric: str, *values: float | None) -> HeadlineMetric:
    """A metric of every model; None where a model has no such row."""
    cells = tuple(None if value is None else {"value": value} for value in values)
    return HeadlineMetric(metric, metric, "", cells or ({"value": 0.5}, None))


def matrix(num_classes: int) -> Confusion:
    classes = tuple("abcdefg"[:num_classes])
    empty: dict[Any, Any] = {}
    return Confusion(classes=classes, outside=(), unreachable=(), merged=empty, counts=empty, shares=empty)


def names_of(headline: list[str], num_classes: int = 4) -> list[str]:
    return [one.claimed.metric for one in lead([claimed(name) for name in headline], NAMES, matrix(num_classes))]


def test_how_well_comes_first_and_on_how_much_last() -> None:
    assert names_of(["accuracy", "uar", "macro_f1", "coverage"]) == ["uar", "accuracy", "coverage"]
    assert names_of(["coverage", "brier", "accuracy"]) == ["accuracy", "coverage"]
    assert names_of([]) == []


def test_two_classes_have_a_figure_more_and_more_classes_leave_dimensions_out() -> None:
    assert names_of(["accuracy", "uar", "auc", "coverage"], 2) == ["uar", "accuracy", "auc", "coverage"]
    assert names_of(["accuracy", "uar", "ccc:valence", "coverage"]) == ["uar", "accuracy", "coverage"]
    dimensions = ["ccc:valence", "ccc:arousal", "coverage"]
    assert names_of(dimensions) == dimensions


def test_each_is_held_against_chance_or_the_baseline_that_reaches_it() -> None:
    headline = [claimed("uar", 0.6, 0.25), claimed("accuracy", 0.7, 0.4), claimed("coverage", 1.0, 1.0)]
    assert [one.against for one in lead(headline, NAMES, matrix(4))] == [
        ("chance", 0.25),
        ("majority class", 0.4),
        None,
    ]


@pytest.mark.parametrize(
    ("names", "values"),
    [
        (("majority", "m"), (0.4, 0.7)),  # the baseline itself is the system
        (("m", "stratified"), (0.7, 0.4)),
        (("m", "majority"), (0.7, None)),
    ],
)
def test_without_the_baseline_accuracy_is_held_against_nothing(
    names: tuple[str, str], values: tuple[float | None, ...]
) -> None:
    (one,) = lead([claimed("accuracy", *values)], names, matrix(4))
    assert one.against is None


def test_a_baseline_without_a_value_says_nothing() -> None:
    headline = HeadlineMetric("accuracy", "Accuracy", "", ({"value": 0.7}, {"value": None}))
    assert lead([headline], NAMES, matrix(4))[0].against is None


@pytest.mark.parametrize(
    ("metric", "num_classes", "chance"),
    [
        ("uar", 4, 0.25),
        ("uar", 5, 0.2),
        ("uar", None, None),
        ("auc", 2, 0.5),
        ("accuracy", 4, None),
        ("coverage", 4, None),
        ("ccc:valence", None, 0.0),
    ],
)
def test_chance_follows_from_the_number_of_classes_or_from_nothing(
    metric: str, num_classes: int | None, chance: float | None
) -> None:
    assert chance_of(metric, matrix(num_classes) if num_classes else None) == chance


def test_what_has_a_chance_level_and_a_range_is_drawn() -> None:
    headline = [claimed(name) for name in ("uar", "accuracy", "coverage", "brier", "rmse:valence", "ccc:valence")]
    found = plots(headline, matrix(4))
    assert [(each["claimed"].metric, each["axis"], each["ticks"], each["chance"]) for each in found] == [
        ("uar", (0.0, 1.0), (0.0, 0.25, 0.5, 0.75, 1.0), 0.25),
        ("accuracy", (0.0, 1.0), (0.0, 0.25, 0.5, 0.75, 1.0), None),
        ("ccc:valence", (-1.0, 1.0), (-1.0, -0.5, 0.0, 0.5, 1.0), 0.0),
    ]
