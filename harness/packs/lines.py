"""What verifying a pack, or running it again, finds: one line for each promise."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Status(StrEnum):
    """What was found about a promise: open is neither shown nor refuted, limit is what verifying cannot show."""

    HOLDS = "holds"
    BROKEN = "broken"
    OPEN = "open"
    LIMIT = "limit"


@dataclass(frozen=True)
class Line:
    """One promise, and what was found.

    Attributes:
        status: whether it holds.
        text: in words, partly from the pack and therefore not trusted.
    """

    status: Status
    text: str

    @property
    def sentence(self) -> str:
        """The text with one full stop at its end; what other errors say has one already."""
        return f"{self.text.removesuffix('.')}."


def holds(text: str) -> Line:
    """A promise that was kept."""
    return Line(Status.HOLDS, text)


def left_open(text: str) -> Line:
    """A promise that is neither shown nor refuted."""
    return Line(Status.OPEN, text)


@dataclass(frozen=True)
class Found:
    """What was found about a run that was made again.

    Attributes:
        about: one word, such as ``predictions``.
        line: in words.
    """

    about: str
    line: Line
