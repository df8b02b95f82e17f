"""What a run's tables say, for the document of ``--json``: numbers as they are stored, not as they are shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import pyarrow as pa

from harness.commands.json_answer import answer, is_wanted
from harness.report.check_findings import findings
from harness.report.group_names import group_name
from harness.report.ranked_gaps import Gap, gaps, untested, worst
from harness.report.run_curves import RunCurves
from harness.report.sections import failures
from harness.tables.results import select

_OF_LEVEL = (
    *("model", "metric", "value", "lo", "hi", "level"),
    *("n_samples", "n_subjects", "n_unscored", "reason"),
)
_OF_UNTESTED = ("axis", "num_subjects", "reason")
_OF_GAP = ("metric", "axis", "value", "lo", "hi", "p", "tolerance", "verdict", "reason", "num_subjects")


def answer_results(plan: Mapping[str, Any], results: pa.Table, curves: pa.Table) -> None:
    """Add what a run's tables say, where somebody asked for it.

    Args:
        plan: of the run.
        results: its results.
        curves: its curves.
    """
    if is_wanted():
        answer(**_in_results(plan, results, curves))


def _in_results(plan: Mapping[str, Any], results: pa.Table, curves: pa.Table) -> dict[str, Any]:
    """The system, its metrics overall, the worst gaps, what was not tested, and findings about the test."""
    system = plan["model"]["name"]
    return {
        "system": system,
        "dataset": plan["dataset"]["name"],
        "num_samples": plan["dataset"]["num_samples"],
        "num_subjects": plan["dataset"]["num_subjects"],
        "metrics": _columns(select(results, axis="overall", statistic="level"), _OF_LEVEL),
        "without_score": [asdict(one) for one in failures(RunCurves(curves, system))],
        "gaps": [_gap(one) for one in worst(gaps(results, system))],
        "not_tested": [
            {
                "axis": one.axis,
                "group": group_name(one.group),
                "num_subjects": one.num_subjects,
                "reason": one.reason,
            }
            for one in untested(results, system)
        ],
        "findings": [
            {
                "check": one.name,
                "about": one.about,
                "verdict": one.verdict,
                "sentence": one.sentence,
                "remedy": one.remedy,
            }
            for one in findings(results, system)
        ],
    }


def _columns(rows: pa.Table, names: tuple[str, ...]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = rows.select(list(names)).to_pylist()
    return found


def _gap(gap: Gap) -> dict[str, Any]:
    named = {"worse": group_name(gap.worse), "than": group_name(gap.than)}
    return {**{name: getattr(gap, name) for name in _OF_GAP}, **named, "beyond_chance": gap.beyond_chance}
