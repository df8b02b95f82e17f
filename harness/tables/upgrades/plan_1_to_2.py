"""The plan, from version 1 to 2: every option is stated, and so is the version."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

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
    "match_on": None,
    "search_depth": 2,
}
"""The choices of the measurement that were in force where a plan of version 1 does not state them."""


def plan_1_to_2(plan: dict[str, Any]) -> dict[str, Any]:
    """State what a plan of version 1 left to defaults; what is malformed is left for the reader to refuse."""
    measure = plan.get("measure")
    stated = {**MEASURE, **measure} if isinstance(measure, dict) else measure
    return {**plan, "schema": 2, **({"measure": stated} if "measure" in plan else {})}
