"""An observer that shows nothing and remembers the warnings."""

from __future__ import annotations


class Silent:
    """Shows nothing.

    Attributes:
        notes: what the user was told.
        warnings: what the user was warned of.
    """

    def __init__(self) -> None:
        self.notes: list[str] = []
        self.warnings: list[str] = []

    def stage(self, text: str) -> None:
        pass

    def progress(self, done: int, total: int) -> None:
        pass

    def share(self, done: float) -> None:
        pass

    def note(self, text: str) -> None:
        self.notes.append(text)

    def warn(self, text: str) -> None:
        self.warnings.append(text)
