"""What a run may spend on the answers of a system, and what it has spent so far."""

from __future__ import annotations

import threading

from harness.errors import HarnessError

_ROUNDING = 1e-9
"""Ten calls at 0.1 fit into 1.0, whatever their sum is in binary."""


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
        self._reserved = 0.0
        self._lock = threading.Lock()

    def note_spent(self, calls: int, cost: float) -> None:
        """Count what an earlier part of the run has spent."""
        with self._lock:
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
            planned = self.cost + self._reserved + expected
            if self.max_cost is not None and planned > self.max_cost * (1 + _ROUNDING):
                raise HarnessError(
                    _spent(
                        f"budget.max_cost={self.max_cost:g}",
                        f"{self.cost:g} is spent, and the next call may cost {expected:g}",
                    )
                )
            self.calls += 1
            self._reserved += expected

    def settle(self, expected: float, cost: float) -> None:
        """Replace what was reserved by what was paid."""
        with self._lock:
            self._reserved -= expected
            self.cost += cost


def _spent(limit: str, found: str) -> str:
    return (
        f"The budget is spent: {limit}, and {found}, counting what the run had before. All answers are kept. To "
        "go on, repeat the command with a higher budget."
    )
