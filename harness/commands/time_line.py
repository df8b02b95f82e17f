"""The line of the terminal that says where the time of a run went."""

from __future__ import annotations

from collections.abc import Mapping

from harness.study.run_clock import STAGES

_SHOWN = {
    "listing": "listing samples",
    "opening": "opening models",
    "waiting": "waiting for samples",
    "checking": "checks on the test",
}
"""Stages that are called otherwise than in ``run.json``."""

SHORTEST_S = 0.05


def time_line(seconds: Mapping[str, float]) -> str:
    """The stages that took a tenth of a second and more, and what workers did meanwhile.

    Args:
        seconds: see `RunClock.seconds`.
    """
    parts = [
        f"{_SHOWN.get(stage, stage)} {seconds[stage]:,.1f}" for stage in STAGES if seconds[stage] >= SHORTEST_S
    ]
    total = f"Time: {sum(seconds[stage] for stage in STAGES):,.1f} s"
    reading = f", {seconds['reading']:,.1f} s of it to read" if seconds["reading"] >= SHORTEST_S else ""
    workers = f"; samples took {seconds['preparing']:,.1f} s to prepare{reading}" if seconds["preparing"] else ""
    return ": ".join([total, ", ".join(parts)] if parts else [total]) + workers
