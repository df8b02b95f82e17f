"""Where a run keeps its answers: a journal for each model and condition, and notes beside them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

FILES_READ = "files.jsonl"
"""The files that were read, see `harness.inference.file_log`."""

BUDGET = "budget.jsonl"
"""Calls and their cost, see `harness.models.budget`."""

PROBING = "probing"
"""What the checks ask."""

DESCRIBED = f"{PROBING}/media"
"""What is described of all media while they are open."""

REPEATS = "repeats"
VECTOR = "vector"


def journal_names(plan: Mapping[str, Any]) -> list[str]:
    """The journals that a plan asks for of a system that reads media, relative to the journal's folder."""
    system, conditions = plan["model"]["name"], [condition["name"] for condition in plan["conditions"]]
    again = [f"{REPEATS}/{repeat}/{system}/{conditions[0]}" for repeat in range(2, plan["repeats"] + 1)]
    return [*(f"{system}/{name}" for name in conditions), *again]


def journals_there(journal: Path) -> Iterator[str]:
    """The journals of which there are shards, those aside that rest on what other samples were answered."""
    for folder in sorted({path.parent for path in journal.rglob("shard-*.parquet")}):
        name = folder.relative_to(journal).as_posix()
        if name == DESCRIBED or not name.startswith(f"{PROBING}/"):
            yield name


def vector_width(journals: Iterable[Path]) -> int:
    """The length of the vectors of a model, from its journals; 0 if none holds a vector."""
    for journal in journals:
        for path in sorted(journal.glob("shard-*.parquet")):
            try:
                vectors = pq.read_table(path, columns=[VECTOR])[VECTOR]
            except (OSError, ValueError, pa.ArrowException):
                continue
            if width := pc.max(pc.list_value_length(vectors)).as_py():
                return int(width)
    return 0
