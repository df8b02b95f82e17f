"""An observer that shows nothing and remembers the warnings."""

from __future__ import annotations


class Silent:
    """Shows nothing.

    Attributes:
        warnings: what the user was warned of.
    """

    def __init__(self) -> None:
        self.warnings: list[str] = []

    def stage(self, text: str) -> None:
        pass

    def progress(self, done: int, total: int) -> None:
        pass

    def warn(self, text: str) -> None:
        self.warnings.append(text)
