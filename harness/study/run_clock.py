"""Where the time of a run went: its stages one after another, for ``run.json`` and the terminal."""

from __future__ import annotations

import time
from datetime import UTC, datetime

from harness.evidence.run_seconds import OF_WORKERS, STAGES
from harness.inference.time_spent import TimeSpent


class RunClock:
    """Runs from when it is made.

    Attributes:
        started: when it was made.
        inference: is filled while the predictions are made.
    """

    def __init__(self) -> None:
        self.started = datetime.now(UTC)
        self._last = time.perf_counter()
        self._laps: dict[str, float] = {}
        self.inference = TimeSpent()

    def lap(self, stage: str) -> None:
        """End a stage: ``listing``, ``predicting``, ``checking`` or ``measuring``."""
        now = time.perf_counter()
        self._laps[stage], self._last = now - self._last, now

    def measured(self) -> dict[str, float]:
        """End the last stage, ``measuring``, and say the `seconds`."""
        self.lap("measuring")
        return self.seconds()

    def seconds(self) -> dict[str, float]:
        """Of `STAGES` and `OF_WORKERS`."""
        inference = self.inference
        known = {
            **self._laps,
            "checking": self._laps["checking"] + inference.beside,
            "opening": inference.opening,
            "waiting": inference.waiting,
            "computing": inference.computing,
            "preparing": inference.preparing,
            "reading": inference.reading,
        }
        predicting = known.pop("predicting")
        known["concluding"] = (
            predicting - inference.opening - inference.waiting - inference.computing - inference.beside
        )
        # Stages are summed and subtracted, so one that took no time may come out as a little less than none.
        return {stage: max(0.0, round(known[stage], 3)) for stage in (*STAGES, *OF_WORKERS)}
