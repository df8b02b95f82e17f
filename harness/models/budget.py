"""What a run may spend on the answers of a system, and what it has spent so far."""

from __future__ import annotations

import json
import threading
from pathlib import Path

from harness.errors import HarnessError
from harness.files import read_text, text_lines

_ROUNDING = 1e-9
"""Ten calls at 0.1 fit into 1.0, whatever their sum is in binary."""

_MOST_BYTES = 4 * 2**30
"""Of the notes: about 100 million calls."""


class Budget:
    """Counts calls and their cost, and refuses those beyond the limits. Used from several threads.

    A call that is under way is reserved at what it is expected to cost, so that calls at the same time do not
    overspend.

    Args:
        max_calls: how often systems may be asked, repeated attempts included; None for no limit.
        max_cost: what the answers may cost in all, in the currency of the card's price; None for no limit.
    """

    def __init__(self, max_calls: int | None = None, max_cost: float | None = None) -> None:
        self.max_calls = max_calls
        self.max_cost = max_cost
        self.calls = 0
        self.cost = 0.0
        self._path: Path | None = None
        self._lock = threading.Lock()

    def __reduce__(self) -> tuple[type[Budget], tuple[int, float]]:
        """A copy in another process may spend nothing: what is spent is counted in one."""
        return Budget, (0, 0.0)

    def keep_in(self, path: Path) -> None:
        """Count what an earlier part of the run has spent, and note there what this one spends.

        Every call is noted before it is made, so that one whose answer is lost with a killed process counts, too.

        Args:
            path: a file of lines ``[calls, cost]``, which add up; made when it is needed.

        Raises:
            OSError: it cannot be read.
        """
        self._path = path
        for line in text_lines(read_text(path, _MOST_BYTES)) if path.is_file() else ():
            try:
                calls, cost = json.loads(line)
            except ValueError:  # the last line of a process that was killed
                continue
            self.calls += calls
            self.cost += cost

    def take(self, expected: float) -> None:
        """Count a call that is about to be made.

        Args:
            expected: what it will cost.

        Raises:
            HarnessError: the budget does not allow it; nothing is counted.
        """
        with self._lock:
            if self.max_calls is not None and self.calls >= self.max_calls:
                raise HarnessError(_spent(f"budget.max_calls={self.max_calls}", f"{self.calls:,} calls were made"))
            planned = self.cost + expected
            if self.max_cost is not None and planned > self.max_cost * (1 + _ROUNDING):
                raise HarnessError(
                    _spent(
                        f"budget.max_cost={self.max_cost:g}",
                        f"{self.cost:g} is spent, and the next call may cost {expected:g}",
                    )
                )
            self._add(1, expected)

    def settle(self, expected: float, cost: float) -> None:
        """Replace what was reserved by what was paid."""
        with self._lock:
            self._add(0, cost - expected)

    def _add(self, calls: int, cost: float) -> None:
        self.calls += calls
        self.cost += cost
        if self._path is not None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("a", encoding="utf-8") as file:
                file.write(f"[{calls}, {cost!r}]\n")


def _spent(limit: str, found: str) -> str:
    return (
        f"The budget is spent: {limit}, and {found}, counting what the run had before. All answers are kept. To "
        "go on, repeat the command with a higher budget."
    )
