"""The interface of progress observers: the terminal, a notebook, or a silent one."""

from __future__ import annotations

from typing import Protocol


class Observer(Protocol):
    """Receives the progress of a study."""

    def stage(self, text: str) -> None:
        """Called when a stage begins."""

    def progress(self, done: int, total: int) -> None:
        """Called with the number of samples done and the total."""

    def share(self, done: float) -> None:
        """Called with the share of a stage that is done, 0 … 1, where other things than samples are counted."""

    def note(self, text: str) -> None:
        """Called with what the user should know before anything is asked, and which is no problem."""

    def warn(self, text: str) -> None:
        """Called on problems that do not stop the study."""
