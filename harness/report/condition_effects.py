"""What each condition does to the system's figures, answers and gaps, as the results and curves tables say it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from harness.attributes.group import EVERYBODY, Group
from harness.known_metrics import facts_of
from harness.report.levels_table import Results
from harness.report.metric_names import in_display_order, metric_name
from harness.report.repeated import repeat_rows
from harness.tables.results import select
from harness.tables.schemas import CLEAN

Row = dict[str, Any]

MAX_FLIPS = 3
MAX_SHOWN = 20
_OF_BOTH = "clean_answers"


@dataclass(frozen=True)
class Effect:
    """One condition.

    Attributes:
        name: of the condition.
        meaning: what its severity stands for; None if the plan does not say it.
        label_preserving: whether people would still give the same label; None if the plan does not say it.
        levels: metric → its row under the condition.
        differences: metric → the row of its difference from clean media.
        errors: metric → the row of the error relative to clean media.
        of_both: metrics of the answers under both conditions → their rows.
        flips: the most frequent changes: answer on clean media, answer under the condition, samples.
        num_flips: samples whose answer changes.
    """

    name: str
    meaning: str | None
    label_preserving: str | None
    levels: Mapping[str, Row]
    differences: Mapping[str, Row]
    errors: Mapping[str, Row]
    of_both: Mapping[str, Row]
    flips: Sequence[tuple[str | None, str | None, int]]
    num_flips: int


@dataclass(frozen=True)
class GapChange:
    """A gap between two groups under a condition, beside the same gap on clean media.

    Attributes:
        row: of the difference of both gaps.
        group, versus: the groups.
        levels: the rows of both groups under the condition; None where there is none.
    """

    row: Row
    group: Group
    versus: Group
    levels: tuple[Row | None, Row | None]


@dataclass(frozen=True)
class ConditionEffects:
    """All conditions of one system.

    Attributes:
        metrics: metric → its title: those at the top of the report, without a coverage that is always the same.
        of_both: the same for metrics of the answers under both conditions.
        clean: metric → its row on clean media.
        effects: one for each condition.
        areas: rows of the areas over severities, of `metrics`.
        affected: rows of the groups whose figures a condition changes beyond chance, the most changed first.
        num_groups: all differences of groups that were tested.
        changed_gaps: the gaps that a condition changes beyond chance, the most changed first.
        num_gaps: all gaps that were compared.
        asked_again: the row of the consistency of repeated answers on clean media; None if there were no repeats.
    """

    metrics: Mapping[str, str]
    of_both: Mapping[str, str]
    clean: Mapping[str, Row]
    effects: Sequence[Effect]
    areas: Sequence[Row]
    affected: Sequence[Row]
    num_groups: int
    changed_gaps: Sequence[GapChange]
    num_gaps: int
    asked_again: Row | None


def condition_effects(
    results: pa.Table, curves: pa.Table, system: str, planned: Sequence[Any] = ()
) -> ConditionEffects | None:
    """The effects of all conditions; None if `clean` is the only one.

    Args:
        results: the results table.
        curves: the curves table.
        system: the name of the system under test.
        planned: the conditions as the plan states them; plans of earlier versions only name them.
    """
    own = results.filter(pc.equal(results["model"], system))
    levels = select(own, condition=None, statistic="level", axis="overall")
    names = [name for name in levels["condition"].unique().to_pylist() if name != CLEAN]
    if not names:
        return None
    measured = {name: Results(own, system, name) for name in (CLEAN, *names)}
    found = in_display_order(levels["metric"].unique().to_pylist())
    metrics = {m: metric_name(m)[0] for m in found if facts_of(m).lead is not None and _says_something(m, levels)}
    of_both = {m: metric_name(m)[0] for m in found if _OF_BOTH in facts_of(m).needs}
    versus = select(
        own, condition=None, versus_condition=CLEAN, axis="overall", statistic="difference"
    ).to_pylist()
    errors = select(
        own, condition=None, versus_condition=CLEAN, axis="overall", statistic="index", index="relative_error"
    ).to_pylist()
    stated = {entry["name"]: entry for entry in planned if isinstance(entry, Mapping)}
    of_groups = _of_groups(own, names, metrics)
    gaps = _gaps(own)
    return ConditionEffects(
        metrics=metrics,
        of_both=of_both,
        clean=_levels(measured[CLEAN], system, metrics),
        effects=[
            Effect(
                name=name,
                meaning=stated.get(name, {}).get("meaning"),
                label_preserving=stated.get(name, {}).get("label_preserving"),
                levels=_levels(measured[name], system, metrics),
                differences=_by_metric(versus, name),
                errors=_by_metric(errors, name),
                of_both=_levels(measured[name], system, of_both),
                **_flips(curves, system, name),
            )
            for name in names
        ],
        areas=[row for row in versus if row["condition"] not in names and row["metric"] in metrics],
        affected=_beyond_chance(of_groups),
        num_groups=len(of_groups),
        changed_gaps=[_gap_change(row, measured[row["condition"]]) for row in _beyond_chance(gaps)],
        num_gaps=len(gaps),
        asked_again=next(
            (one.row for one in repeat_rows(own, system) if one.row["metric"] == "consistency"), None
        ),
    )


def _says_something(metric: str, levels: pa.Table) -> bool:
    """Whether a metric can be compared with chance, or differs between conditions, as coverage seldom does."""
    values = set(levels.filter(pc.equal(levels["metric"], metric))["value"].to_pylist())
    return facts_of(metric).chance is not None or len(values) > 1


def _levels(results: Results, system: str, metrics: Mapping[str, str]) -> dict[str, Row]:
    found = {metric: results.row(system, metric, group=EVERYBODY) for metric in metrics}
    return {metric: row for metric, row in found.items() if row is not None}


def _by_metric(rows: Sequence[Row], condition: str) -> dict[str, Row]:
    return {row["metric"]: row for row in rows if row["condition"] == condition}


def _flips(curves: pa.Table, system: str, condition: str) -> dict[str, Any]:
    """The fields of an effect that count changed answers."""
    chosen = curves.filter(
        (pc.field("curve") == "flips") & (pc.field("model") == system) & (pc.field("condition") == condition)
    )
    moved = [
        (row["truth"], row["answer"], row["n_samples"])
        for row in chosen.to_pylist()
        if row["truth"] != row["answer"]
    ]
    moved.sort(key=lambda flip: (-flip[2], flip[0] or "", flip[1] or ""))
    return {"flips": moved[:MAX_FLIPS], "num_flips": sum(num for *_, num in moved)}


def _of_groups(own: pa.Table, names: Sequence[str], metrics: Mapping[str, str]) -> list[Row]:
    """The differences of groups from clean media, without the areas over severities."""
    rows = select(own, condition=None, versus_condition=CLEAN, statistic="difference", versus=None)
    tested = rows.filter((pc.field("axis") != "overall") & (pc.field("verdict") != "not_tested")).to_pylist()
    return [row for row in tested if row["condition"] in names and row["metric"] in metrics]


def _gaps(own: pa.Table) -> list[Row]:
    """The gaps between groups minus the same gaps on clean media."""
    rows = select(own, condition=None, versus_condition=CLEAN, statistic="difference")
    found: list[Row] = rows.filter(pc.field("versus").is_valid() & pc.field("value").is_valid()).to_pylist()
    return found


def _beyond_chance(rows: Sequence[Row]) -> list[Row]:
    """The rows whose interval excludes zero, the largest first."""
    beyond = [row for row in rows if row["lo"] is not None and not row["lo"] <= 0 <= row["hi"]]
    return sorted(beyond, key=lambda row: -abs(row["value"]))


def _gap_change(row: Row, levels: Results) -> GapChange:
    group, versus = Group.of_row(row), Group.of_row(row, "versus")
    first, second = (levels.row(row["model"], row["metric"], row["axis"], each) for each in (group, versus))
    return GapChange(row, group, versus, (first, second))
