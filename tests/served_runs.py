"""Whole runs of the service of `served_pictures`, in a folder with its cards, configs and data."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from served_pictures import REACHED
from silent import Silent

from harness.study.compose import compose_study
from harness.study.run_study import Study, run


def overrides(place: Path, *more: str) -> list[str]:
    return [
        "dataset=table",
        f"dataset.root={place / 'data'}",
        "dataset.label_source=acted",
        "model=acme",
        REACHED,
        f"out={place / 'run'}",
        "workers=0",
        "baselines=[]",
        "checks.enabled=false",
        "tracking.enabled=false",
        "measure.permutations=100",
        "measure.resamples=100",
        *more,
    ]


def measured(place: Path, *more: str) -> Study:
    return run(compose_study(overrides(place, *more), place / "configs"), Silent())


def table(place: Path, name: str) -> Any:
    return pq.read_table(place / "run" / f"{name}.parquet")
