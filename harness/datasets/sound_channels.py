"""Which channel of a sound file a sample is, as a column of a table says."""

from __future__ import annotations

from harness.errors import HarnessError

SIDES = {"left": 1, "right": 2}


def channel_of(value: object, column: str) -> int | None:
    """The number of a channel, from 1, that a cell names; None for an empty one.

    Args:
        value: a number, or ``left`` or ``right``.
        column: it stands in, for the message.

    Raises:
        HarnessError: it names none.
    """
    text = "" if value is None else f"{value:g}" if isinstance(value, float) else str(value).strip().lower()
    if not text:
        return None
    number = SIDES.get(text) or (int(text) if text.isdecimal() and len(text) < 4 else 0)
    if number < 1:
        raise HarnessError(f"{column} says {text}; expected the number of a channel from 1, left, or right.")
    return number
