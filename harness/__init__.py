"""Measure emotion-recognition systems (face, voice, wearable signals) on labelled datasets.

    import harness

    report = harness.measure(y_true, y_pred, subject=speaker, groups={"sex": sex, "age": age})
    report.gaps

Names are imported when they are first used, so that ``import harness`` is fast.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.3.0"

if TYPE_CHECKING:
    from harness.api.measure_arrays import measure
    from harness.api.measurement_report import MeasurementReport
    from harness.api.studies import compare, load, plan, run, score
    from harness.errors import HarnessError

__all__ = ["HarnessError", "MeasurementReport", "compare", "load", "measure", "plan", "run", "score"]

_HOMES = {
    "HarnessError": "harness.errors",
    "MeasurementReport": "harness.api.measurement_report",
    "measure": "harness.api.measure_arrays",
    **dict.fromkeys(("compare", "load", "plan", "run", "score"), "harness.api.studies"),
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'harness' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOMES])
