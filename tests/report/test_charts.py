from __future__ import annotations

import re
from dataclasses import replace

import pytest

from harness.attributes.group import Group
from harness.metrics.calibration import Bin
from harness.metrics.selective import RiskPoint
from harness.report.charts import curve, degradation, gap_strip, risk_curve, strip
from harness.report.degradation import CurvePoint
from harness.report.ranked_gaps import Gap

GAP = Gap(
    metric="uar",
    axis="sex",
    attributes=("sex",),
    worse=Group.of("female"),
    than=Group.of("male"),
    value=0.1,
    lo=0.05,
    hi=0.15,
    null_lo=-0.04,
    null_hi=0.04,
    p=0.02,
    level=0.95,
    tolerance=0.05,
    verdict="not_met",
    reason=None,
    num_subjects=40,
)


def places(drawing: str, kind: str, name: str = "x1") -> list[float]:
    elements = re.findall(rf'<(?:line|circle|rect) class="{kind}"[^>]*/>', drawing)
    return [float(match[1]) for element in elements if (match := re.search(rf'{name}="([\d.]+)%"', element))]


def test_a_gap_is_drawn_in_the_units_of_its_metric_over_what_is_accepted_and_what_chance_gives() -> None:
    drawn = gap_strip(GAP, axis=(-0.2, 0.2))
    assert places(drawn, "dot", "cx") == [75.0]
    assert places(drawn, "whisker") == [62.5]
    assert places(drawn, "zero") == [50.0]
    assert (places(drawn, "accepted", "x"), places(drawn, "accepted", "width")) == ([37.5], [25.0])
    assert (places(drawn, "null", "x"), places(drawn, "null", "width")) == ([40.0], [20.0])


def test_a_drawing_may_reach_farther_to_one_side() -> None:
    drawn = gap_strip(GAP, axis=(-0.1, 0.3))
    assert places(drawn, "zero") == [25.0]
    assert (places(drawn, "accepted", "x"), places(drawn, "accepted", "width")) == ([12.5], [25.0])
    assert places(drawn, "dot", "cx") == [50.0]


def test_what_lies_beyond_the_drawing_stands_at_its_end() -> None:
    drawn = gap_strip(replace(GAP, hi=9.0, null_lo=-9.0), axis=(-0.2, 0.2))
    assert places(drawn, "whisker", "x2") == [100.0]
    assert places(drawn, "end") == places(drawn, "whisker")
    assert places(drawn, "null", "x") == [0.0]
    assert places(drawn, "null", "width") == [60.0]


def test_a_gap_without_interval_and_tolerance_is_a_dot() -> None:
    bare = replace(GAP, lo=None, hi=None, null_lo=None, null_hi=None, tolerance=None)
    drawn = gap_strip(bare, axis=(-1.0, 1.0))
    assert places(drawn, "dot", "cx") == [55.0]
    assert "whisker" not in drawn
    assert "accepted" not in drawn


def test_a_strip_marks_chance_and_all_samples() -> None:
    drawn = strip(0.5, 0.4, 0.6, chance=0.25, reference=0.75)
    assert places(drawn, "chance") == [25.0]
    assert places(drawn, "reference") == [75.0]


def test_a_curve_goes_up_where_more_is_right_and_says_so_in_words() -> None:
    drawn = curve([Bin(0.0, 0.5, 10, 0.4, 0.2), Bin(0.5, 1.0, 10, 0.8, 0.9)])
    assert places(drawn, "dot", "cx") == [40.0, 80.0]
    assert places(drawn, "dot", "cy") == pytest.approx([80.0, 10.0])
    assert 'aria-label="confident 0.400: right 0.200; confident 0.800: right 0.900"' in drawn


def test_a_risk_curve_is_told_at_its_start_half_and_end() -> None:
    points = [RiskPoint(0.2, 0.0), RiskPoint(0.6, 0.1), RiskPoint(1.0, 0.3)]
    drawn = risk_curve(points)
    assert "answering 0.200: wrong 0.000; answering 0.600: wrong 0.100; answering 1.000: wrong 0.300" in drawn
    assert risk_curve(points[-1:]).count("answering") == 1


def test_a_degradation_curve_has_its_severities_intervals_and_chance_where_they_belong() -> None:
    points = [CurvePoint(0.0, 0.75, 0.5, 1.0), CurvePoint(5.0, 0.25, None, None)]
    other = [CurvePoint(5.0, 0.5, 0.4, 0.6)]
    svg = degradation(points, other, chance=0.2, axis=(0.0, 1.0), severity_axis=(0.0, 10.0))
    assert re.findall(r'class="dot" cx="([^"]*)" cy="([^"]*)"', svg) == [
        ("50.00%", "50.00%"),
        ("0.00%", "25.00%"),
        ("50.00%", "75.00%"),
    ]
    assert re.findall(r'class="whisker" x1="([^"]*)" x2="\1" y1="([^"]*)" y2="([^"]*)"', svg) == [
        ("0.00%", "0.00%", "50.00%")
    ]
    assert 'class="chance" x1="0%" x2="100%" y1="80.00%" y2="80.00%"' in svg
    assert 'class="step" x1="0.00%" y1="25.00%" x2="50.00%" y2="75.00%"' in svg
    assert "severity 0: 0.750, interval [0.500, 1.000]; severity 5: 0.250" in svg


def test_without_chance_there_is_no_line_for_it() -> None:
    point = [CurvePoint(0.0, 0.75, None, None)]
    assert "chance" not in degradation(point, [], chance=None, axis=(0.0, 1.0), severity_axis=(0.0, 1.0))
