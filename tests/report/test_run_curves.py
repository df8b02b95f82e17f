"""What the report reads from the curves."""

from __future__ import annotations

from typing import Any

import pytest

from harness.attributes.group import EVERYBODY, Group
from harness.report.group_tables import MeasuredGroup
from harness.report.reliability import bins, bins_of_tested, risks
from harness.report.run_curves import RunCurves
from harness.report.sections import Failure, answer_names, confusion_rows, failures, not_carried, shares
from harness.tables.curves import Curve, curves_table


def row(curve: str, **columns: Any) -> Curve:
    return Curve(**{"dataset": "d", "model": "m", "condition": "clean", "curve": curve, **columns})


def read(*rows: Curve) -> RunCurves:
    return RunCurves(curves_table(rows), "m")


LABELS = [
    row("label_shares", answer="anger", x=0.25, y=0.5, n_samples=4),
    row("label_shares", answer="calm", x=0.75, n_samples=4),
    row("label_shares", answer="unscored", y=0.5, n_samples=4),
    row("confusion", truth="anger", answer="anger", n_samples=1),
    row("confusion", truth="calm", answer="unscored", n_samples=2),
    row("confusion", truth="calm", n_samples=3),
    row("merged", truth="calm", answer="calm"),
    row("merged", truth="neutral", answer="calm"),
]


def test_the_matrix_keeps_no_score_apart_from_an_answer_that_is_called_so() -> None:
    matrix = read(*LABELS).confusion()
    assert matrix is not None
    assert (matrix.classes, matrix.outside, matrix.unreachable) == (("anger", "calm"), ("unscored",), ("calm",))
    assert answer_names(matrix) == ["anger", "calm", "unscored", "unscored"]
    counts = [[cell[0] for cell in line.cells] for line in confusion_rows(matrix)]
    assert counts == [[1, 0, 0, 0], [0, 0, 2, 3]]
    assert [line.num_samples for line in confusion_rows(matrix)] == [1, 5]
    assert [(one.name, one.truth, one.predicted) for one in shares(matrix)] == [
        ("anger", 0.25, 0.5),
        ("calm", 0.75, 0.0),
        ("unscored", 0.0, 0.5),
    ]


def test_what_the_mapping_of_labels_loses_is_said() -> None:
    matrix = read(*LABELS).confusion()
    assert matrix is not None
    assert matrix.losses() == [
        "calm merges calm, neutral.",
        "The model cannot answer calm: these samples count as wrong.",
        "The model can answer unscored, which the truth never is: always wrong.",
    ]


def test_nothing_is_confused_without_labels_and_other_models_are_left_out() -> None:
    assert read().confusion() is None
    others = [row(one.curve, model="majority", answer="anger", x=1.0, y=1.0) for one in LABELS]
    noisy = row("label_shares", condition="voice/noise@10", answer="anger", x=1.0, y=1.0)
    assert read(*others, noisy).confusion() is None


def test_the_rarest_reasons_stand_at_the_end_however_many_they_are() -> None:
    counts = {"n_samples": 2, "n_subjects": 1}
    found = failures(
        read(
            row("unscored", truth="abstained", n_samples=9, n_subjects=4),
            row("unscored", truth="failed", answer="timeout", **counts),
            row("unscored", truth="failed", answer="no_face", n_samples=5, n_subjects=3),
        )
    )
    assert found == [
        Failure("failed", "no_face", 5, 3),
        Failure("failed", "timeout", 2, 1),
        Failure("abstained", "other reasons", 9, 4),
    ]


def test_an_attribute_that_is_always_empty_is_not_carried() -> None:
    samples = {"model": None, "condition": None}
    known = [row("attribute", answer=name, n_samples=num, **samples) for name, num in (("age", 6), ("sex", 0))]
    assert not_carried(read(*known)) == ["sex", "skin_tone", "race", "neurodivergence", "health"]


def test_trainings_are_counted_per_model() -> None:
    folds = {"condition": None, "n_subjects": 1}
    curves = read(
        *(row("training", x=i, y=y, **folds) for i, y in enumerate((0, 2, 1))),
        row("training", model="other", x=0, y=0, **folds),
    )
    assert curves.trainings() == {"m": (3, 2), "other": (1, 0)}


def test_bins_are_read_per_group() -> None:
    group = {"axis": "sex", "group": "all", "group_values": ("all",)}
    curves = read(
        row("reliability", x=0.6, x_lo=0.0, x_hi=0.7, y=0.5, n_samples=2),
        row("reliability", x=0.9, x_lo=0.7, x_hi=1.0, y=0.75, n_samples=4),
        row("reliability", x=0.8, x_lo=0.7, x_hi=1.0, y=0.25, n_samples=1, **group),
        row("risk_coverage", x=0.5, y=0.1, n_samples=3),
    )
    assert [
        (one.low, one.high, one.num_samples, one.confidence, one.right) for one in bins(curves)[EVERYBODY]
    ] == [
        (0.0, 0.7, 2, 0.6, 0.5),
        (0.7, 1.0, 4, 0.9, 0.75),
    ]
    assert list(bins(curves, "sex")) == [Group.of("all")]
    assert [(point.coverage, point.risk) for point in risks(curves)] == [(0.5, 0.1)]


@pytest.mark.parametrize("num", [3, 7])
def test_the_largest_tested_groups_are_drawn(num: int) -> None:
    groups = [Group.of(f"town {index}") for index in range(num)]
    curves = read(
        *(
            row(
                "reliability",
                axis="town",
                group=g.name,
                group_values=g.values,
                x=0.5,
                x_lo=0,
                x_hi=1,
                y=0.5,
                n_samples=2,
            )
            for g in groups
        )
    )
    tested = [MeasuredGroup(group, 20, 2 + index, {}, None) for index, group in enumerate(groups[1:])]
    drawn = [one.group for one, _ in bins_of_tested(curves, "town", tested, 5)]
    assert drawn == groups[1:][-5:]
