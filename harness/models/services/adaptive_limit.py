"""How many requests may be under way at once, learned from how the service bears them.

Additive increase, multiplicative decrease, as in TCP: Chiu & Jain (1989), Computer Networks and ISDN Systems 17.
"""

from __future__ import annotations

import statistics
from collections import deque

_REMEMBERED = 32
_FEWEST = 8
_RECENT = 5
_SLOW = 4.0
"""If most of so many answers take more than this many times the usual, they waited in a queue. A single one says
nothing: of many services one answer in a hundred takes forty times as long, whatever is under way."""


class AdaptiveLimit:
    """Starts at the most, halves where the service is overloaded, and recovers by one per round of answers.

    Args:
        most: requests at once.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._limit = float(most)
        self._lowered_at = -float("inf")
        self._seconds: deque[float] = deque(maxlen=_REMEMBERED)

    @property
    def limit(self) -> int:
        """Requests that may be under way now, at least 1."""
        return int(self._limit)

    def answered(self, sent_at: float, now: float) -> None:
        """Learn from an answer, by the monotonic times of request and answer in seconds."""
        self._seconds.append(now - sent_at)
        seconds = list(self._seconds)
        before, recent = seconds[:-_RECENT], seconds[-_RECENT:]
        usual = statistics.median(before) if len(before) >= _FEWEST else float("inf")
        if statistics.median(recent) > _SLOW * usual:
            self.overloaded(sent_at, now)
        else:
            self._limit = min(float(self._most), self._limit + 1.0 / self._limit)

    def overloaded(self, sent_at: float, now: float) -> None:
        """Halve the limit, once for all requests that were sent before it was halved."""
        if sent_at > self._lowered_at:
            self._limit = max(1.0, self._limit / 2.0)
            self._lowered_at = now
