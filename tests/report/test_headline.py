"""Which figures stand at the top, in which order, and the chance that each is held against."""

from __future__ import annotations

from harness.report.headline import lead, plots
from harness.report.sections import HeadlineMetric


def claimed(metric: str, chance: float | None = None) -> HeadlineMetric:
    """A metric of the system and of a baseline, whose own chance is another."""
    return HeadlineMetric(metric, metric, "", ({"value": 0.5, "chance": chance}, {"value": 0.4, "chance": 0.125}))


def names_of(*headline: str) -> list[str]:
    return [one.claimed.metric for one in lead([claimed(name) for name in headline])]


def test_how_well_comes_first_and_on_how_much_last() -> None:
    assert names_of("accuracy", "uar", "macro_f1", "coverage") == ["uar", "accuracy", "coverage"]
    assert names_of("coverage", "brier", "accuracy") == ["accuracy", "coverage"]
    assert names_of() == []


def test_two_classes_have_a_figure_more_and_more_classes_leave_dimensions_out() -> None:
    assert names_of("accuracy", "uar", "auc", "coverage") == ["uar", "accuracy", "auc", "coverage"]
    assert names_of("accuracy", "uar", "ccc:valence", "coverage") == ["uar", "accuracy", "coverage"]
    assert names_of("ccc:valence", "ccc:arousal", "coverage") == ["ccc:valence", "ccc:arousal", "coverage"]


def test_each_is_held_against_the_chance_of_the_system_itself() -> None:
    headline = [claimed("uar", 0.25), claimed("accuracy", 0.4), claimed("coverage")]
    assert [one.chance for one in lead(headline)] == [0.25, 0.4, None]


def test_a_metric_that_the_system_lacks_has_no_chance() -> None:
    (one,) = lead([HeadlineMetric("uar", "UAR", "", (None, {"value": 0.4, "chance": 0.25}))])
    assert one.chance is None


def test_what_has_a_chance_level_and_a_range_is_drawn() -> None:
    names = ("uar", "accuracy", "coverage", "brier", "rmse:valence", "ccc:valence")
    found = plots([claimed(name, 0.25 if name == "uar" else None) for name in names])
    assert [(each["claimed"].metric, each["axis"], each["ticks"], each["chance"]) for each in found] == [
        ("uar", (0.0, 1.0), (0.0, 0.25, 0.5, 0.75, 1.0), 0.25),
        ("accuracy", (0.0, 1.0), (0.0, 0.25, 0.5, 0.75, 1.0), None),
        ("ccc:valence", (-1.0, 1.0), (-1.0, -0.5, 0.0, 0.5, 1.0), None),
    ]
