"""What each worker of a run has done so far, noted beside its shards for those who ask from outside.

The note is of one process of the run: another one begins anew. Nothing rests on it.
"""

from __future__ import annotations

import json
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from harness.files import read_json, require_in_place
from harness.inference.executor import Finished

NOTE = "workers.json"
HERE = "this process"

_EVERY_S = 2.0
_WINDOW_S = 30.0
"""Over which a rate is taken."""


@dataclass(frozen=True)
class WorkerStatus:
    """What a worker has done.

    Attributes:
        name: a process of this machine that prepares samples, or an actor of a cluster with its machine.
        samples: that are answered.
        unscored: of these, failed or abstained.
        cost: of their answers, in the currency of the card's price.
        rate: samples per second of late; None in the beginning.
        last: when it last finished any, in seconds since 1970.
    """

    name: str
    samples: int
    unscored: int
    cost: float
    rate: float | None
    last: float


@dataclass
class _Tally:
    samples: int = 0
    unscored: int = 0
    cost: float = 0.0
    last: float = 0.0
    seen: deque[tuple[float, int]] = field(default_factory=deque)
    """Moments, and how many samples were answered by then."""

    def rate(self, now: float) -> float | None:
        while len(self.seen) > 1 and now - self.seen[1][0] >= _WINDOW_S:
            self.seen.popleft()
        began, before = self.seen[0] if self.seen else (now, 0)
        self.seen.append((now, self.samples))
        return (self.samples - before) / (now - began) if now > began else None


class WorkersNote:
    """Counts what each worker finishes, and notes it from time to time.

    Args:
        journal: the folder of the shards.
        every_s: seconds from one note to the next.
    """

    def __init__(self, journal: Path, every_s: float = _EVERY_S) -> None:
        self._path = journal / NOTE
        self._every_s = every_s
        self._of: dict[str, _Tally] = {}
        self._noted_at = time.monotonic()

    def add(self, finished: Finished) -> None:
        """Count what is finished."""
        of = self._of.setdefault(finished.worker or HERE, _Tally())
        of.samples += len(finished.places)
        of.unscored += sum(outcome != "scored" for outcome in finished.outcome)
        of.cost += sum(answer.cost or 0.0 for answer in finished.answers)
        of.last = time.time()
        if time.monotonic() - self._noted_at >= self._every_s:
            self.write()

    def write(self) -> None:
        """Note it now, without waiting for the disk: after a kill the note is of no use."""
        self._noted_at, now = time.monotonic(), time.time()
        workers = [
            WorkerStatus(name, of.samples, of.unscored, of.cost, of.rate(now), of.last)
            for name, of in sorted(self._of.items())
        ]
        require_in_place(self._path)
        self._path.parent.mkdir(parents=True, exist_ok=True)
        partial = self._path.with_name(f".{NOTE}.part")
        partial.write_text(json.dumps([asdict(worker) for worker in workers]), encoding="utf-8")
        partial.replace(self._path)


def noted_workers(journal: Path, since: float | None) -> Sequence[WorkerStatus]:
    """What the workers of a journal have done since the present process began; none where nothing is noted."""
    path = journal / NOTE
    try:
        if since is not None and path.stat().st_mtime < since:
            return ()
        return [WorkerStatus(**worker) for worker in read_json(path)]
    except (OSError, ValueError, TypeError):
        return ()
