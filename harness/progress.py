"""How much of some work is done, as those who do it say, and how long the rest takes.

Work is split into shares whose sizes are estimates of what each costs: a bar made of them neither jumps nor runs
backwards, though one share is told of rows and another of draws.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from threading import Lock
from typing import TypeVar

Item = TypeVar("Item")

SEEN_STEP = 0.001
"""Of the whole: smaller steps are not told, as nobody would see them."""


class Share:
    """A share of some work. Several threads may say what is done; what is done never becomes less.

    Args:
        seen: called with the part of the whole that is done, up to 1, each time it has grown visibly; by the
            thread that has done the work. None: nobody looks.
    """

    def __init__(self, seen: Callable[[float], None] | None = None) -> None:
        self._whole = None if seen is None else _Whole(seen)
        self._size, self._done = 1.0, 0.0
        self._parts: list[Share] = []

    @property
    def is_seen(self) -> bool:
        """Whether anybody looks."""
        return self._whole is not None

    def split(self, *sizes: float) -> list[Share]:
        """Shares of what is not done yet of this one.

        Args:
            sizes: what each costs in comparison with the others, such as seconds; none is below 0.
        """
        if self._whole is None:
            return [self] * len(sizes)
        left, total = self._size * (1.0 - self._done), sum(sizes)
        parts = []
        for size in sizes:
            part = Share()
            part._whole = self._whole
            part._size = left * size / total if total else left / len(sizes)
            parts.append(part)
        self._done = 1.0
        self._parts += parts
        return parts

    def to(self, done: float) -> None:
        """Say how much of this share is done, from 0 to 1."""
        if self._whole is not None:
            with self._whole.lock:
                grown = min(done, 1.0) - self._done
                if grown > 0.0:
                    self._done += grown
                    self._whole.add(grown * self._size)

    def end(self) -> None:
        """Say that all of it is done, or that the rest is not needed."""
        for part in self._parts:
            part.end()
        self.to(1.0)

    def each(self, items: Iterable[Item], num: int) -> Iterator[Item]:
        """The same items; a part of this share is done whenever the next one is asked for.

        Args:
            items: that make up this share, each about as much work as the others.
            num: how many there are; if there are fewer, the rest is not needed.
        """
        for index, item in enumerate(items, 1):
            yield item
            self.to(index / num)
        self.end()


class _Whole:
    """All of the work."""

    def __init__(self, seen: Callable[[float], None]) -> None:
        self.lock = Lock()
        self._seen, self._done, self._told = seen, 0.0, 0.0

    def add(self, grown: float) -> None:
        """Add to what is done, with the lock held."""
        self._done += grown
        done = 1.0 if self._done > 1.0 - 1e-9 else self._done
        if done - self._told >= SEEN_STEP or (done == 1.0 and self._told < 1.0):
            self._told = done
            self._seen(done)


UNSEEN = Share()
"""For work at which nobody looks."""


class Pace:
    """How long the rest of some work takes: the mean of the rates of all of it so far and of its latter half.

    The first is steady; the second tells where work has become slower or faster than its shares say.

    Args:
        now: when the work began, seconds of any clock.
    """

    def __init__(self, now: float) -> None:
        self._times, self._done = [now], [0.0]

    def note(self, done: float, now: float) -> None:
        """Note which part is done, 0 … 1."""
        if done > self._done[-1]:
            self._times.append(now)
            self._done.append(done)

    def left(self, now: float) -> float | None:
        """Seconds until all of it is done, at least 0; None where nothing is done that could tell."""
        last, done = self._times[-1], self._done[-1]
        if done >= 1.0:
            return 0.0
        if done <= 0.0 or last <= self._times[0]:
            return None
        middle = bisect_left(self._times, (self._times[0] + last) / 2, hi=len(self._times) - 1)
        rate = (self._rate_since(0) + self._rate_since(max(middle - 1, 0))) / 2
        return max((1.0 - done) / rate - (now - last), 0.0)

    def _rate_since(self, start: int) -> float:
        return (self._done[-1] - self._done[start]) / (self._times[-1] - self._times[start])
