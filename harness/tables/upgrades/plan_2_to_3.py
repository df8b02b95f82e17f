"""The plan, from version 2 to 3: whether answers are measured against raters' votes is explicit."""

from __future__ import annotations

from typing import Any


def plan_2_to_3(plan: dict[str, Any]) -> dict[str, Any]:
    """Upgrade a plan to version 3: before, votes were not measured. Malformed parts are left for the reader."""
    made = {**plan, "schema": 3}
    if isinstance(plan.get("measure"), dict):
        made["measure"] = {"votes": False, "shares": None, **plan["measure"]}
    return made
