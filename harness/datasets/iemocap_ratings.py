"""What the raters of a turn of IEMOCAP said."""

from __future__ import annotations

import re
from collections import Counter

from harness.errors import HarnessError

RATER = re.compile(r"C-(E|F|M)\d*:\s*(.*?);?\s*\(")
SCALE = (1.0, 5.0)
"""Of the ratings: 1 negative, calm, weak; 5 positive, excited, strong."""


def votes_of(lines: list[str]) -> tuple[dict[str, int], int, str | None]:
    """What other people chose, how many they are, and what the actors said of themselves.

    A rater may name several categories.
    """
    votes: Counter[str] = Counter()
    own, raters = [], 0
    for line in lines:
        if rater := RATER.match(line):
            chosen = [word for text in rater[2].split(";") if (word := text.strip().lower())]
            if rater[1] == "E":
                votes.update(dict.fromkeys(chosen, 1))
                raters += bool(chosen)
            else:
                own += chosen
    return dict(sorted(votes.items())), raters, ", ".join(own) or None


def to_unit(text: str, where: str) -> float:
    """A mean rating from -1 to 1.

    Raises:
        HarnessError: it is no rating; `where` says where it stands.
    """
    low, high = SCALE
    try:
        value = 2 * (float(text) - low) / (high - low) - 1
    except ValueError:
        raise HarnessError(f"{where}: {text!r} is not a number.") from None
    if not -1 <= value <= 1:
        raise HarnessError(f"{where}: a mean rating of {text}; expected {low:g} to {high:g}.")
    return value
