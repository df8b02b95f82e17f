"""Reliability diagrams and the risk-coverage curve."""

from __future__ import annotations

from collections.abc import Sequence

from harness.attributes.group import Group
from harness.metrics.calibration import Bin
from harness.metrics.selective import RiskPoint
from harness.report.group_tables import MeasuredGroup
from harness.report.run_curves import RunCurves


def bins(curves: RunCurves, axis: str = "overall") -> dict[Group, list[Bin]]:
    """The reliability bins of each group of an axis; for ``overall``, those of all samples."""
    found: dict[Group, list[Bin]] = {}
    for row in curves.rows("reliability"):
        if row["axis"] == axis:
            one = Bin(row["x_lo"], row["x_hi"], row["n_samples"], confidence=row["x"], right=row["y"])
            found.setdefault(Group.of_row(row), []).append(one)
    return found


def risks(curves: RunCurves) -> list[RiskPoint]:
    """The risk-coverage curve over all samples."""
    return [RiskPoint(row["x"], row["y"]) for row in curves.rows("risk_coverage")]


def bins_of_tested(
    curves: RunCurves, axis: str, tested: Sequence[MeasuredGroup], most: int
) -> list[tuple[MeasuredGroup, list[Bin]]]:
    """The bins of each tested group of an axis; only of the ``most`` largest groups if there are more."""
    of_groups = bins(curves, axis)
    largest = sorted(tested, key=lambda one: -one.num_subjects)[:most]
    return [(one, of_groups[one.group]) for one in tested if one in largest and one.group in of_groups]
