"""The parameters, tags and metrics of a run in the form that MLflow accepts."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import pyarrow as pa

from harness.known_metrics import facts_of
from harness.metrics.latency import Latency
from harness.metrics.metric_facts import MetricFacts, Shown
from harness.report.claims import MeasuredClaim
from harness.report.metric_names import in_display_order
from harness.tables.results import select
from harness.tracking.mlflow_names import key, metric_key, named
from harness.verdicts.judge import JUDGED, VERDICTS, is_significant
from harness.wording import printable

MAX_TRACKED_METRICS = 50
MAX_PARAMS = 100
MAX_PARAM_TEXT = 500
"""The limit of every MLflow server; newer ones accept more. The full values are in ``plan.yaml``."""

GAPS_TRACKED = 8

TIMES_TRACKED = ("p50", "p95", "p99", "attempts", "throughput")

NOT_CHOICES = ("schema", "code_sha256", "cards", "power", "missing_answers", "extensions")
"""Sections of the plan that state facts, or what follows from the choices: they are only in ``plan.yaml``."""


def parameters(plan: Mapping[str, Any]) -> dict[str, str]:
    """The choices of a plan as flat parameters, such as ``measure.resamples``; at most 100, long values are cut.

    What was not chosen (null, an empty list or table) is left out, as are facts: cards, the sizes of groups.
    """
    choices = {name: value for name, value in plan.items() if name not in NOT_CHOICES}
    if notes := _at(plan, "model", "notes"):
        choices["model"] = {**choices["model"], "notes": " ".join(notes)}
    if "attributes" in plan:
        choices["attributes"] = {name: _at(plan, "attributes", name) for name in ("axes", "bands", "file_sha256")}
    if "baselines" in plan:
        choices["baselines"] = ", ".join(model["name"] for model in plan["baselines"])
    flat = [
        (key(name), _text(value)[:MAX_PARAM_TEXT]) for name, value in _flatten(choices, "") if _is_given(value)
    ]
    return named(flat[:MAX_PARAMS])


def tags(plan: Mapping[str, Any], run: Mapping[str, Any]) -> dict[str, str]:
    """The tags by which runs can be found and distinguished."""
    git = run.get("git") or {}
    found = {
        "harness.plan_sha256": run.get("plan_sha256"),
        "harness.version": plan.get("harness"),
        "harness.dataset": _at(plan, "dataset", "name"),
        "harness.dataset_sha256": _at(plan, "dataset", "samples_sha256"),
        "harness.media_merkle_root": _at(run, "media", "merkle_root"),
        "harness.media_files": _at(run, "media", "files"),
        "harness.model": _at(plan, "model", "name"),
        "harness.kind": (_at(plan, "cards", "models") or [{}])[0].get("kind"),
        "harness.notes": " ".join([*(_at(plan, "model", "notes") or []), *(_at(plan, "protocol", "notes") or [])])
        or None,
        "harness.simulated": _at(plan, "dataset", "simulated"),
        "harness.git_commit": git.get("commit"),
        "harness.git_dirty": git.get("dirty"),
    }
    return {name: _text(value)[:MAX_PARAM_TEXT] for name, value in found.items() if value is not None}


def metrics(
    results: pa.Table, model: str, *, claims: Sequence[MeasuredClaim] = (), times: Sequence[Latency] = ()
) -> dict[str, float]:
    """The headline metrics under the clean condition, at most 50, the most important first.

    The system's metrics over all samples have their own names (``uar``), those of baselines are prefixed with the
    baseline's name (``majority/uar``). Then the number of figures that the provider states with each verdict
    (``claim/not_met``) and, over all samples, how long answers took (``latency/p95``, in seconds). For gaps
    between groups there are the number with each verdict (``gap/not_met``), the number beyond chance in the report
    as a whole (``gap/beyond_chance``), and the largest on each axis with its corrected p-value
    (``gap/sex/uar/max_min``, ``gap/sex/uar/p``); for single groups see `harness.tracking.tracked_groups`. Single
    classes follow (``recall/anger``) and, if there is room, the verdicts of each axis (``gap/sex/uar/not_met``).
    All values but the times are in the results table.
    """
    rows = [row for row in _clean(results, "level") if _is_headline(row)]
    own = [row for row in rows if row["model"] == model]
    whole = [row for row in own if _facts(row).shown >= Shown.REPORT]
    whole.sort(key=lambda row: _facts(row).order)
    largest, counts = _gaps(results, model)
    found = [
        *((name, float(row[name])) for row in whole[:1] for name in ("n_samples", "n_subjects", "n_unscored")),
        *(pair for row in whole if _facts(row).shown > Shown.REPORT for pair in _with_interval(row)),
        *(
            (metric_key(row["model"], row["metric"]), row["value"])
            for row in rows
            if row["model"] != model and _facts(row).lead is not None and _facts(row).chance
        ),
        *_claims(one for one in claims if one.model == model),
        *_times(times),
        *largest,
        *((metric_key(row["metric"]), row["value"]) for row in own if _facts(row).shown == Shown.CLASSES),
        *((metric_key(row["metric"]), row["value"]) for row in whole if _facts(row).shown == Shown.REPORT),
        *counts,
    ]
    return named(found[:MAX_TRACKED_METRICS])


NamedValues = list[tuple[str, float]]


def _gaps(results: pa.Table, model: str) -> tuple[NamedValues, NamedValues]:
    """The number of gaps by verdict and the largest per axis; and the numbers by verdict per axis and metric."""
    gaps = [row for row in _clean(results, "difference") if row["model"] == model and row["verdict"] is not None]
    largest = [(f"gap/{verdict}", num) for verdict, num in _verdict_counts(gaps)] if gaps else []
    if gaps:
        largest.append(("gap/beyond_chance", float(sum(_is_beyond_chance(row) for row in gaps))))
    indices = [row for row in _clean(results, "index") if row["model"] == model and row["value"] is not None]
    spans = [row for row in indices if row["index"] == "max_min_difference"]
    tests = {
        (row["axis"], row["metric"]): row["value"] for row in indices if row["index"] == "global_test_p_corrected"
    }
    ordered = in_display_order(list(dict.fromkeys(row["metric"] for row in spans)))
    spans.sort(key=lambda row: ordered.index(row["metric"]))
    for row in spans[:GAPS_TRACKED]:
        place = (row["axis"], row["metric"])
        largest.append((_gap_key(*place, "max_min"), row["value"]))
        if place in tests:
            largest.append((_gap_key(*place, "p"), tests[place]))
    by_place: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for row in gaps:
        by_place.setdefault((row["axis"], row["metric"]), []).append(row)
    counts = [
        (_gap_key(axis, metric, verdict), num)
        for (axis, metric), members in by_place.items()
        for verdict, num in _verdict_counts(members)
    ]
    return largest, counts


def _claims(claims: Iterable[MeasuredClaim]) -> NamedValues:
    """The number of figures that the provider of the system states, by verdict."""
    found = [one.judgement.verdict for one in claims]
    return [(f"claim/{verdict}", float(found.count(verdict))) for verdict in VERDICTS] if found else []


def _times(times: Sequence[Latency]) -> NamedValues:
    """Over all samples: seconds, requests per answer, and answers per second by the clock."""
    whole = [asdict(one) for one in times if one.axis is None][:1]
    return [(f"latency/{name}", one[name]) for one in whole for name in TIMES_TRACKED if one[name] is not None]


def _gap_key(axis: str, metric: str, what: str) -> str:
    return key("gap", axis.replace("*", "_"), *metric.split(":", maxsplit=1), what)


def _facts(row: Mapping[str, Any]) -> MetricFacts:
    return facts_of(row["metric"])


def _is_beyond_chance(row: Mapping[str, Any]) -> bool:
    p, level = row["p_corrected"], row["level"]
    return p is not None and level is not None and is_significant(p, level)


def _verdict_counts(gaps: Sequence[Mapping[str, Any]]) -> NamedValues:
    return [(verdict, float(sum(row["verdict"] == verdict for row in gaps))) for verdict in JUDGED]


def _clean(results: pa.Table, statistic: str) -> list[dict[str, Any]]:
    return list(select(results, statistic=statistic).to_pylist())


def _with_interval(row: Mapping[str, Any]) -> NamedValues:
    name = metric_key(row["metric"])
    ends = ("lo", "hi") if _facts(row).shown >= Shown.HEADLINE else ()
    return [(name, row["value"]), *((f"{name}.{end}", row[end]) for end in ends if row[end] is not None)]


def _is_headline(row: Mapping[str, Any]) -> bool:
    return row["value"] is not None and row["axis"] == "overall" and row["group"] == "all"


def _flatten(value: Any, prefix: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping) and value:
        for name, inner in value.items():
            yield from _flatten(inner, f"{prefix}.{name}" if prefix else str(name))
    else:
        yield prefix, value


def _is_given(value: Any) -> bool:
    return value is not None and value not in ("", [], {})


def _text(value: Any) -> str:
    return printable(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str))


def _at(plan: Mapping[str, Any], *keys: str) -> Any:
    value: Any = plan
    for name in keys:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value
