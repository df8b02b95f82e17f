"""The plan, from version 1 to 2: version and all options are explicit, group names are split into values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harness.tables.upgrades.glued_names import LESS, TIMES, group_of, splits

MEASURE: Mapping[str, Any] = {
    "resamples": 2000,
    "permutations": 1000,
    "level": 0.95,
    "min_subjects": 5,
    "gaps": [
        "accuracy",
        "uar",
        "macro_f1",
        "auc",
        "coverage",
        "ece",
        "calibration_error_sq",
        "negative_assignment",
        "ccc",
    ],
    "tolerance": 0.05,
    "tolerances": {},
    "min_above_chance": 0.0,
    "match_on": None,
    "search_depth": 2,
    "search_metric": "auto",
}
"""The defaults of the measurement that applied if a plan of version 1 does not state them."""


CONDITIONS = [{"name": "clean", "severity": None}]
"""The only condition of a run of version 1."""

TIMEOUT_S = 60.0
"""The default of what a sample might take. A plan of version 1 does not state it, whatever was chosen."""


def plan_1_to_2(plan: dict[str, Any]) -> dict[str, Any]:
    """Upgrade a plan to version 2; malformed parts are left for the reader to refuse."""
    made = {"conditions": CONDITIONS, "timeout_s": TIMEOUT_S, **plan, "schema": 2}
    if isinstance(plan.get("measure"), dict):
        made["measure"] = {**MEASURE, **plan["measure"]}
    axes = _axes(plan.get("attributes"), "groups")
    names = {axis: list(_groups(section)) for axis, section in axes.items()}
    if axes:
        listed = {axis: {**section, "groups": _listed(axis, section)} for axis, section in axes.items()}
        made["attributes"] = {**plan["attributes"], "groups": listed}
    power = _axes(plan.get("power"), "axes")
    if power:
        pairs = {axis: _in_pairs(section, names.get(axis, [])) for axis, section in power.items()}
        made["power"] = {**plan["power"], "axes": pairs}
    return made


def _axes(section: object, key: str) -> dict[str, dict[str, Any]]:
    """The entries of a section for each axis; empty if it is malformed."""
    axes = section.get(key) if isinstance(section, dict) else None
    whole = isinstance(axes, dict) and all(isinstance(of_axis, dict) for of_axis in axes.values())
    return axes if whole and axes else {}


def _groups(section: Mapping[str, Any]) -> Mapping[str, Mapping[str, Any]]:
    groups = section.get("groups")
    whole = isinstance(groups, dict) and all(isinstance(sizes, dict) for sizes in groups.values())
    return groups if whole and groups else {}


def _listed(axis: str, section: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The groups of an axis with their values: ``female*65+`` is female and 65+."""
    listed = []
    for name, sizes in _groups(section).items():
        shown, values = group_of(name, len(axis.split(TIMES)))
        listed.append({"group": shown, "values": values, **sizes})
    return listed


def _in_pairs(section: Mapping[str, Any], names: list[str]) -> dict[str, Any]:
    """The power of an axis, ``female - male`` as a pair of its groups."""
    made = dict(section)
    for name in ("smallest_pair", "typical_pair"):
        pair = section.get(name)
        if isinstance(pair, dict) and isinstance(pair.get("groups"), str):
            found = [list(two) for two in splits(pair["groups"], LESS)]
            known = [two for two in found if set(two) <= set(names)]
            made[name] = {**pair, "groups": (known or found or [[pair["groups"]]])[0]}
    return made
