"""Figures that a benchmark measures, taken down beside the table that it prints, for `all.py`."""

from __future__ import annotations

import json
import os
from pathlib import Path

FILE = "HARNESS_FIGURES"
"""The variable that names the file; without it nothing is taken down."""

SET_ASIDE = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "PYTHONDONTWRITEBYTECODE")


def as_users_do() -> dict[str, str]:
    """The environment without what makes other benchmarks use one thread, and tests write no bytecode."""
    return {name: value for name, value in os.environ.items() if name not in SET_ASIDE}


def take_down(name: str, value: float, peer: str = "", peer_value: float | None = None) -> None:
    """Add a figure.

    Args:
        name: what `all.py` calls it.
        value: in the unit that is stated there.
        peer: what was measured beside it in the same run.
        peer_value: the same figure of the peer.
    """
    if path := os.environ.get(FILE):
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(json.dumps({"name": name, "value": value, "peer": peer, "peer_value": peer_value}) + "\n")


def read_figures(path: Path) -> dict[str, tuple[float, str, float | None]]:
    """Name → value, peer and its value; the last of several of one name."""
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    return {one["name"]: (one["value"], one["peer"], one["peer_value"]) for one in map(json.loads, lines)}
