"""Where the time of a run went, as its record says it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field, TypeAdapter, ValidationError

STAGES = ("listing", "opening", "waiting", "computing", "concluding", "checking", "measuring")
"""In their order. Their seconds add up to the run's. What workers make for the checks while the predictions are
made counts as checking."""
OF_WORKERS = ("preparing", "reading")
"""What workers did meanwhile, all of them together: preparing samples, and the part of it that was reading."""

LONGEST_S = 1e10
"""Three centuries: no run takes longer, and a sum of such numbers is finite."""

_SECONDS = TypeAdapter(dict[str, Annotated[float, Field(ge=0, le=LONGEST_S)]], config={"strict": True})


def total_seconds(seconds: Mapping[str, float]) -> float:
    """Of all stages: what the run took."""
    return sum(seconds[stage] for stage in STAGES)


def recorded_seconds(record: Mapping[str, Any] | None) -> dict[str, float] | None:
    """The seconds of `STAGES` and `OF_WORKERS`; None if the record does not have all stages as numbers.

    Earlier versions did not record all that workers did: what is not there is 0.

    Args:
        record: as `harness.evidence.run_folder.RunFolder.read_run` gives it.
    """
    try:
        seconds = _SECONDS.validate_python((record or {}).get("seconds"))
    except ValidationError:
        return None
    if not seconds.keys() >= set(STAGES):
        return None
    return {name: seconds.get(name, 0.0) for name in (*STAGES, *OF_WORKERS)}
