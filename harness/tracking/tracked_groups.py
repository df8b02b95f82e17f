"""What MLflow gets of single groups: verdicts as tags, by which its pages filter, and values as metrics."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from harness.metrics.metric_facts import Shown
from harness.report.metric_names import shown_in
from harness.tables.results import select
from harness.tracking.mlflow_names import key, metric_key, named
from harness.verdicts.judge import WORST_FIRST

MAX_VERDICT_TAGS = 60
MAX_GROUP_METRICS = 100
NOT_SENT_TAG = "harness.not_sent"


@dataclass(frozen=True)
class TrackedGroups:
    """What is sent of groups.

    Attributes:
        tags: ``verdict.<axis>`` and ``verdict.<axis>.<metric>``, and what was left out.
        metrics: ``group/<axis>/<group>/<metric>``.
    """

    tags: dict[str, str]
    metrics: dict[str, float]


def tracked_groups(results: pa.Table, model: str, min_subjects: int) -> TrackedGroups:
    """The verdicts on the groups of every axis, and the values of the groups, under the clean condition.

    The verdict of an axis is the worst on any metric and any two of its groups, by
    `harness.verdicts.judge.WORST_FIRST`.
    A group has a value where it has enough people to be judged. Of more than `MAX_VERDICT_TAGS` tags and
    `MAX_GROUP_METRICS` metrics, those of the metrics that the report shows last are left out, and a tag says how
    many. All are in the results table.

    Args:
        results: the results table.
        model: the system under test.
        min_subjects: of a group whose values are sent.
    """
    tags = list(named(_verdicts(select(results, statistic="difference", model=model).to_pylist())).items())
    values = list(_values(select(results, statistic="level", model=model).to_pylist(), min_subjects))
    cut = [
        f"{len(found) - most:,} of {len(found):,} {what}"
        for found, most, what in (
            (tags, MAX_VERDICT_TAGS, "verdicts"),
            (values, MAX_GROUP_METRICS, "values of groups"),
        )
        if len(found) > most
    ]
    note = [(NOT_SENT_TAG, f"{' and '.join(cut)}: see results.parquet among the artifacts")] if cut else []
    return TrackedGroups(dict([*tags[:MAX_VERDICT_TAGS], *note]), named(values[:MAX_GROUP_METRICS]))


def _verdicts(rows: Sequence[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    """Those of the axes, then those of the metrics, in display order, on each."""
    by_axis: dict[str, list[str]] = {}
    by_metric: dict[tuple[str, str], list[str]] = {}
    for row in rows:
        if row["verdict"] is not None:
            by_axis.setdefault(row["axis"], []).append(row["verdict"])
            by_metric.setdefault((row["metric"], row["axis"]), []).append(row["verdict"])
    yield from ((_tag(axis), _worst(verdicts)) for axis, verdicts in by_axis.items())
    metrics = shown_in(list(dict.fromkeys(metric for metric, _ in by_metric)), Shown.RESULTS)
    for metric in metrics:
        for axis in by_axis:
            if found := by_metric.get((metric, axis)):
                yield _tag(axis, metric), _worst(found)


def _worst(verdicts: Sequence[str]) -> str:
    return next(verdict for verdict in WORST_FIRST if verdict in verdicts)


def _tag(axis: str, *metric: str) -> str:
    """A name that can be typed into MLflow's search: ``verdict.sex.recall.anger``."""
    parts = (part for name in metric for part in name.split(":", maxsplit=1))
    return key(".".join(["verdict", axis.replace("*", "_"), *parts]).replace("/", "_"))


def _values(rows: Sequence[dict[str, Any]], min_subjects: int) -> Iterator[tuple[str, float]]:
    """Of every metric in display order: the groups, in the order of the results."""
    known = [row for row in rows if row["value"] is not None and row["axis"] != "overall"]
    of_metric: dict[str, list[dict[str, Any]]] = {}
    for row in known:
        if row["n_subjects"] >= min_subjects:
            of_metric.setdefault(row["metric"], []).append(row)
    for metric in shown_in(list(of_metric), Shown.TRACKED):
        for row in of_metric[metric]:
            axis, group = (row[name].replace("*", "_") for name in ("axis", "group"))
            yield metric_key("group", axis, group, metric), row["value"]
