"""Sentences on how a system follows the courses of single people."""

from __future__ import annotations

from harness.report.numbers import interval, number
from harness.report.run_curves import RunCurves
from harness.wording import quantity


def within_people(curves: RunCurves) -> list[str]:
    """One sentence for each dimension of which CCC is known within people."""
    return [
        f"CCC of {row['answer']} within each of {quantity(row['n_subjects'], 'subject')}, on average: "
        f"{number(row['y'])} {interval(row['lo'], row['hi'])}; the CCC above is that of all samples together."
        for row in curves.rows("within_subjects")
    ]
