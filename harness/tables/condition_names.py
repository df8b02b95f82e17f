"""The names of conditions: a family, with a severity where it has several, or several of them joined."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping
from typing import Any

JOINT = "+"
"""Stands between the parts of a joined condition: ``face/grey+face/mirror``."""

SEVERITY = "@"
"""Stands before the severity: ``voice/gain@2``."""


def family_and_severity(condition: str, ungraded: Collection[str] = ()) -> tuple[str, float | None]:
    """The family and the severity; the whole name and None without one, or where several are joined.

    Args:
        condition: its name.
        ungraded: families whose numbers are kinds and no strengths: see `ungraded_families`.
    """
    family, _, text = condition.partition(SEVERITY)
    if family in ungraded:
        return condition, None
    try:
        severity = float(text)
    except ValueError:
        return condition, None
    return (family, severity) if JOINT not in family and math.isfinite(severity) else (condition, None)


def ungraded_families(planned: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    """The families whose numbers are kinds, such as tones of skin: no curve leads from one to the next.

    Args:
        planned: the conditions of a plan.
    """
    found = (str(of["name"]).partition(SEVERITY)[0] for of in planned if of.get("graded") is False)
    return tuple(dict.fromkeys(found))
