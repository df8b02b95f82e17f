"""The page of a sweep: every study with its headline metrics, or why it failed. Everything is escaped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from harness.report.metric_names import metric_name
from harness.report.templating import template


@dataclass(frozen=True)
class SweptStudy:
    """One study of a sweep.

    Attributes:
        name: the choices that are its own.
        why: why it failed; empty if it is done.
        report: the path of its report from the page; None where there is none.
        metrics: of the system, overall.
    """

    name: str
    why: str
    report: str | None
    metrics: Mapping[str, float]


def render_sweep(studies: Sequence[SweptStudy], metrics: Sequence[str]) -> str:
    """One HTML file without scripts or external requests.

    Args:
        studies: in the order of the sweep.
        metrics: the columns.
    """
    return template("sweep.html.j2", {"metric_name": metric_name}).render(
        done=[study for study in studies if not study.why],
        failed=[study for study in studies if study.why],
        metrics=metrics,
    )
