"""What the system's confidence is worth: how often it is right at each level, and where it is confident alone."""

from __future__ import annotations

from collections.abc import Sequence

from harness.metrics.calibration import Bin
from harness.metrics.selective import RiskPoint
from harness.report.group_tables import Group
from harness.report.run_curves import RunCurves

MAX_CURVES = 12


def bins(curves: RunCurves, axis: str = "overall") -> dict[str, list[Bin]]:
    """The bins of ECE of each group of an axis; over all samples, those of the group ``all``."""
    found: dict[str, list[Bin]] = {}
    for row in curves.rows("reliability"):
        if row["axis"] == axis:
            one = Bin(row["x_lo"], row["x_hi"], row["n_samples"], confidence=row["x"], right=row["y"])
            found.setdefault(row["group"], []).append(one)
    return found


def risks(curves: RunCurves) -> list[RiskPoint]:
    """The risk-coverage curve over all samples."""
    return [RiskPoint(row["x"], row["y"]) for row in curves.rows("risk_coverage")]


def bins_of_tested(curves: RunCurves, axis: str, tested: Sequence[Group]) -> list[tuple[Group, list[Bin]]]:
    """The bins of each tested group of an axis, of the largest where there are many."""
    of_groups = bins(curves, axis)
    largest = sorted(tested, key=lambda group: -group.num_subjects)[:MAX_CURVES]
    return [(group, of_groups[group.name]) for group in tested if group in largest and group.name in of_groups]
