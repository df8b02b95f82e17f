"""Who watches a study: the terminal, a notebook, or nobody."""

from __future__ import annotations

from typing import Protocol


class Observer(Protocol):
    """Is told how a study goes on."""

    def stage(self, text: str) -> None:
        """A stage begins."""

    def progress(self, done: int, total: int) -> None:
        """Samples are done, of so many in all."""

    def warn(self, text: str) -> None:
        """Something went wrong that does not stop the study."""
