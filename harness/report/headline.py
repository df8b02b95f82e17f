"""The figures at the top of the report, and the plots under its headline table, beside chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from harness.report import sections
from harness.report.levels_table import Results
from harness.report.run_curves import Confusion


@dataclass(frozen=True)
class Lead:
    """A figure at the top, with what it is to be held against: the name and the value of chance."""

    claimed: sections.Claimed
    beside: tuple[str, float] | None


def lead(headline: Sequence[sections.Claimed], names: Sequence[str], chance: float | None) -> list[Lead]:
    """The figures at the top: how well, how often right, on how much; each beside chance."""
    by_name = {claimed.metric: claimed for claimed in headline}
    wanted: list[str] = [name for name in ("uar", "accuracy") if name in by_name]
    wanted += [name for name in by_name if name == "auc" or name.startswith("ccc:")]
    shown = [name for name in [*wanted[: 3 if "auc" in wanted else 2], "coverage"] if name in by_name]
    return [Lead(by_name[name], _beside(by_name[name], names, chance)) for name in shown]


def _beside(claimed: sections.Claimed, names: Sequence[str], chance: float | None) -> tuple[str, float] | None:
    """Chance where it is known; for accuracy, whose chance depends on the classes' sizes, the majority class."""
    known = {"uar": chance, "auc": 0.5}.get(claimed.metric, 0.0 if claimed.metric.startswith("ccc:") else None)
    if known is not None:
        return "chance", known
    cells = dict(zip(names, claimed.cells, strict=True))
    row = cells.get("majority") if claimed.metric == "accuracy" and names[0] != "majority" else None
    return ("majority class", row["value"]) if row and row["value"] is not None else None


def chance_of_uar(matrix: Confusion | None) -> float | None:
    """The UAR of any answer that does not depend on the sample: one over the number of classes."""
    return 1 / len(matrix.classes) if matrix and matrix.classes else None


def plots(headline: Sequence[sections.Claimed], matrix: Confusion | None) -> list[dict[str, Any]]:
    """The metrics that are drawn for all models, each with the range and ticks of its axis and with chance."""
    found: list[dict[str, Any]] = []
    for claimed in headline:
        if claimed.metric in ("uar", "accuracy", "macro_f1", "auc"):
            chance = {"uar": chance_of_uar(matrix), "auc": 0.5}.get(claimed.metric)
            found.append(
                {"claimed": claimed, "axis": (0.0, 1.0), "ticks": (0.0, 0.25, 0.5, 0.75, 1.0), "chance": chance}
            )
        elif claimed.metric.startswith("ccc:"):
            found.append(
                {"claimed": claimed, "axis": (-1.0, 1.0), "ticks": (-1.0, -0.5, 0.0, 0.5, 1.0), "chance": 0.0}
            )
    return found


def chances(results: Results, matrix: Confusion | None) -> dict[str, float]:
    """Per metric what is reached without looking at the sample, where it is the same for every group."""
    correlations = [metric for metric in results.metrics(results.system) if metric.startswith("ccc:")]
    uar = chance_of_uar(matrix)
    return {"auc": 0.5, **({} if uar is None else {"uar": uar}), **dict.fromkeys(correlations, 0.0)}
