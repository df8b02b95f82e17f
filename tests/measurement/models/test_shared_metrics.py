"""The rows on which models are compared, and which metrics they share: five people and two lights, by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import paired_people as people
import pytest

from harness.attributes.group import Group
from harness.attributes.groups import Groups
from harness.measurement.measure_settings import MeasureSettings
from harness.measurement.models.shared_metrics import (
    compared_tallies,
    lay_out,
    matched_tallies,
    model_pairs,
    shared_metrics,
)
from harness.measurement.result_rows import OVERALL, Scope

SUBJECT = np.array([0, 0, 1, 1, 2, 2, 2])
TRUTH = np.array([0, 1, 0, 1, 0, 1, 2])
SEX = Groups(("sex",), (Group.of("f"), Group.of("m"), Group.of("x")), np.array([0, 0, 1, 1, 0, 0, 0]))
LIGHT = Groups(("light",), (Group.of("bright"), Group.of("dim")), np.array([0, 1, 0, 0, 1, 1, 0]))
"""Person 0 in both lights, person 1 in bright light alone, person 2 in both."""

RIGHT = people.Judge("right", people.aligned(SUBJECT, TRUTH, TRUTH))
WRONG = people.Judge("wrong", people.aligned(SUBJECT, TRUTH, np.array([1, 1, 1, 1, 1, 1, -1])))


def laid(*axes: Groups) -> tuple:
    models = [judge.counts_along(*axes) for judge in (RIGHT, WRONG)]
    return lay_out(matched_tallies(models), models[0].counts.cells, axes)


def test_people_in_one_group_each_need_no_rows_of_their_own() -> None:
    layout, tallies_of = laid(SEX)
    assert layout.subject.tolist() == [0, 1, 2]
    assert [(unit.scope, unit.positions.tolist()) for unit in layout.units] == [
        (OVERALL, [True, True, True]),
        (Scope.on(SEX, SEX.groups[0]), [True, False, True]),
        (Scope.on(SEX, SEX.groups[1]), [False, True, False]),
        (Scope.on(SEX, SEX.groups[2]), [False, False, False]),
    ]
    assert {len(tally.sums) for of_model in tallies_of for tally in of_model} == {3}


def test_people_in_several_groups_have_a_row_for_each_after_those_of_the_whole() -> None:
    layout, tallies_of = laid(LIGHT, SEX)
    assert layout.subject.tolist()[:3] == [0, 1, 2]
    assert sorted(layout.subject.tolist()[3:]) == [0, 0, 1, 2, 2]
    whole, bright, dim, f, m, x = (unit.positions for unit in layout.units)
    assert whole.tolist() == [True] * 3 + [False] * 5
    assert sorted(layout.subject[bright].tolist()) == [0, 1, 2]
    assert sorted(layout.subject[dim].tolist()) == [0, 2]
    assert not (bright | dim)[:3].any()
    assert not (bright & dim).any()
    assert [places.tolist()[:3] for places in (f, m, x)] == [
        [True, False, True],
        [False, True, False],
        [False, False, False],
    ]
    assert not (f | m | x)[3:].any()
    accuracy = next(shared for shared in shared_metrics(tallies_of) if shared.metric.name == "accuracy")
    right, wrong = (
        accuracy.statistics.value(
            accuracy.statistics.statistics[(accuracy.model == model) & bright[accuracy.position]].sum(0)
        )
        for model in (0, 1)
    )
    assert (right, wrong) == (1.0, pytest.approx(1 / 4))  # in bright light 0, 1, 2 and 2 alone are read as 1


def test_a_metric_of_one_model_alone_is_not_shared() -> None:
    scores = np.full((len(TRUTH), 4), 0.25)
    scored = people.Judge("scored", people.aligned(SUBJECT, TRUTH, TRUTH, scores))
    with_scores = matched_tallies([scored.counts_along(), WRONG.counts_along(), scored.counts_along()])
    found = {shared.metric.name: shared for shared in shared_metrics(with_scores)}
    assert found["brier"].models.tolist() == [0, 2]
    assert found["accuracy"].models.tolist() == [0, 1, 2]
    alone = matched_tallies([scored.counts_along(), WRONG.counts_along()])
    assert "brier" not in {shared.metric.name for shared in shared_metrics(alone)}


def test_people_without_samples_of_a_metric_have_no_row_and_no_difference() -> None:
    """Nobody but person 2 shows the third class."""
    found = {shared.metric.name: shared for shared in shared_metrics(laid()[1])}
    recall = found[f"recall:{people.CLASSES[2]}"]
    assert (recall.position.tolist(), recall.model.tolist()) == ([2, 2], [0, 1])
    assert (recall.num_samples.tolist(), recall.num_unscored.tolist()) == ([1, 1], [0, 1])
    everybody = np.ones(3, dtype=np.bool_)
    np.testing.assert_array_equal(recall.differences(everybody, np.array([1.0, -1.0])), [np.nan, np.nan, 1.0])
    accuracy = found["accuracy"]
    np.testing.assert_allclose(accuracy.differences(everybody, np.array([1.0, -1.0])), [1 / 2, 1 / 2, 2 / 3])
    np.testing.assert_allclose(
        accuracy.differences(np.array([True, False, True]), np.array([-1.0, 1.0])), [-1 / 2, np.nan, -2 / 3]
    )


def test_outcomes_have_the_reasons_of_all_models() -> None:
    other = replace(WRONG.aligned, reasons=("abstained:dark",))
    models = [WRONG.counts_along(), people.Judge("other", other).counts_along()]
    found = [
        {metric.name: metric.value(tally.sums.sum(0)) for tally in of_model for metric in tally.metrics}
        for of_model in matched_tallies(models)
    ]
    names = ("abstained:dark", "failed:no_face")
    assert [[of_model[name] for name in names] for of_model in found] == [[0, 1 / 7], [1 / 7, 0]]


def test_only_what_is_compared_is_kept() -> None:
    settings = MeasureSettings(gaps=("accuracy", "recall"))
    kept = compared_tallies(RIGHT.counts_along().counts.tallies, settings)
    names = [metric.name for tally in kept for metric in tally.metrics]
    assert names == ["accuracy", *(f"recall:{name}" for name in people.CLASSES)]
    assert compared_tallies(RIGHT.counts_along().counts.tallies, MeasureSettings(gaps=("ece",))) == []


def test_every_pair_of_models_once() -> None:
    assert model_pairs(3) == [(0, 1), (0, 2), (1, 2)]
    assert model_pairs(1) == []
