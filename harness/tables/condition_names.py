"""The names of conditions: a family, with a severity where it has several, or several of them joined."""

from __future__ import annotations

import math

JOINT = "+"
"""Stands between the parts of a joined condition: ``face/grey+face/mirror``."""

SEVERITY = "@"
"""Stands before the severity: ``voice/gain@2``."""


def family_and_severity(condition: str) -> tuple[str, float | None]:
    """The family and the severity; the whole name and None without one, or where several are joined."""
    family, _, text = condition.partition(SEVERITY)
    try:
        severity = float(text)
    except ValueError:
        return condition, None
    return (family, severity) if JOINT not in family and math.isfinite(severity) else (condition, None)
