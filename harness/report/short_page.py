"""The report of tables too large for memory: what results alone can tell, on one page without scripts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from harness.report.check_findings import findings
from harness.report.group_names import group_name
from harness.report.metric_names import metric_name
from harness.report.ranked_gaps import gaps, untested
from harness.report.templating import template
from harness.tables.results import select

MAX_GAPS = 200


@dataclass(frozen=True, kw_only=True)
class ShortReport:
    """What the page is made from.

    Attributes:
        plan: the resolved plan.
        plan_sha256: its canonical hash.
        num_samples: of the table.
        num_subjects: of the table.
        results: what was measured.
    """

    plan: Mapping[str, Any]
    plan_sha256: str
    num_samples: int
    num_subjects: int
    results: pa.Table


def render(report: ShortReport) -> str:
    """The page as one HTML document."""
    system = report.plan["model"]["name"]
    ranked = gaps(report.results, system)
    return template("short_report.html.j2", {"metric_name": metric_name, "group_name": group_name}).render(
        report=report,
        system=system,
        dataset=report.plan["dataset"]["name"],
        simulated=bool(report.plan["dataset"]["simulated"]),
        levels=_overall(report.results),
        gaps=ranked[:MAX_GAPS],
        num_more=max(0, len(ranked) - MAX_GAPS),
        untested=untested(report.results, system),
        findings=findings(report.results, system),
    )


def _overall(results: pa.Table) -> list[dict[str, Any]]:
    """The levels over all samples, of every model and condition."""
    chosen = select(results, condition=None, axis="overall", statistic="level")
    rows: list[dict[str, Any]] = chosen.to_pylist()
    return rows
