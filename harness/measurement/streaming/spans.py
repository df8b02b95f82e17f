"""Spans of rows, each of which is summarised or counted on its own, and where that is done.

What is found of spans is merged in their order, so it does not matter where or when each is counted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Protocol, TypeVar

from harness.errors import HarnessError
from harness.tables.pieces import lengths

Task = TypeVar("Task")
Outcome = TypeVar("Outcome")

LEAST_ROWS, MOST_ROWS = 1_000_000, 4_000_000
"""Of a span, roughly. What is counted of one is sent and merged, which costs as much as counting some of its rows;
and what is kept of each row must fit into the memory of whoever counts it."""

SPANS_EACH = 4
"""For each of those who count, so that none is idle for long at the end."""


class Spread(Protocol):
    """Calls a function for each of several tasks, here or elsewhere."""

    @property
    def num_workers(self) -> int:
        """How many tasks are worked on at a time."""

    @property
    def is_elsewhere(self) -> bool:
        """Whether that is in other processes, so that functions, tasks and outcomes are pickled."""

    def __call__(self, function: Callable[[Task], Outcome], tasks: Iterable[Task]) -> Iterator[Outcome]:
        """The outcomes, in the order of the tasks.

        Args:
            function: can be pickled, and depends on its task alone.
            tasks: can be pickled; not asked for long before they are worked on.
        """

    def end(self) -> None:
        """End what is worked on beside the caller, and cannot be interrupted; may be called by another thread."""


class Here:
    """Works on one task after another in this process."""

    num_workers = 1
    is_elsewhere = False

    def __call__(self, function: Callable[[Task], Outcome], tasks: Iterable[Task]) -> Iterator[Outcome]:
        """See `Spread`."""
        return map(function, tasks)

    def end(self) -> None:
        """Nothing is worked on beside the caller."""


HERE = Here()


@dataclass
class Stoppable:
    """Another spread, until it is ended: then the next outcome is an error, as nobody needs it.

    Attributes:
        spread: where tasks are worked on.
    """

    spread: Spread
    _is_ended: bool = False

    @property
    def num_workers(self) -> int:
        """See `Spread`."""
        return self.spread.num_workers

    @property
    def is_elsewhere(self) -> bool:
        """See `Spread`."""
        return self.spread.is_elsewhere

    def end(self) -> None:
        """Work on no more tasks; may be called by another thread."""
        self._is_ended = True
        self.spread.end()

    def __call__(self, function: Callable[[Task], Outcome], tasks: Iterable[Task]) -> Iterator[Outcome]:
        """See `Spread`."""
        for outcome in self.spread(function, tasks):
            if self._is_ended:
                raise HarnessError("Counting was stopped.")
            yield outcome


@dataclass(frozen=True)
class Span:
    """Consecutive samples.

    Attributes:
        first: the row of the first.
        lengths: the rows of each piece in which they are read.
    """

    first: int
    lengths: tuple[int, ...]

    def __str__(self) -> str:
        return f"rows {self.first + 1:,} to {self.first + self.num_rows:,}"

    @property
    def num_rows(self) -> int:
        """How many they are."""
        return sum(self.lengths)


def spans_of(group_rows: Sequence[int], num_workers: int) -> list[Span]:
    """Divide the rows of a file into spans of whole row groups; of parts of those that are larger than a span.

    Args:
        group_rows: the rows of each row group.
        num_workers: how many spans are counted at a time.
    """
    wanted = sum(group_rows) // (num_workers * SPANS_EACH) if num_workers > 1 else 0
    least = min(max(wanted, LEAST_ROWS), MOST_ROWS)
    spans, first, num_rows = [], 0, 0
    for rows in chain.from_iterable(_parts(rows, least) for rows in group_rows):
        num_rows += rows
        if num_rows >= least:
            spans.append(Span(first, tuple(lengths(num_rows))))
            first, num_rows = first + num_rows, 0
    return [*spans, Span(first, tuple(lengths(num_rows)))] if num_rows else spans


def _parts(rows: int, least: int) -> list[int]:
    """The rows of a row group, in parts if they are too many for a span."""
    if rows <= MOST_ROWS:
        return [rows]
    whole, rest = divmod(rows, least)
    return [*[least] * whole, rest]
