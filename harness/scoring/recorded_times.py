"""How long answers took, as the record of a run says it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field, TypeAdapter, ValidationError

from harness.metrics.latency import Latency

MAX_GROUPS = 10_000
"""In the record of one run."""

_TIMES = TypeAdapter(
    Annotated[list[Latency], Field(max_length=MAX_GROUPS)], config={"allow_inf_nan": False, "extra": "forbid"}
)


def recorded_times(record: Mapping[str, Any] | None) -> list[Latency]:
    """The section ``latency`` of ``run.json``, all samples first; empty if the record has none that can be read.

    Args:
        record: as `harness.evidence.run_folder.RunFolder.read_run` gives it.
    """
    try:
        return _TIMES.validate_python((record or {}).get("latency") or [])
    except ValidationError:
        return []
