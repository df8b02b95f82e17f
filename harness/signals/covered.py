"""How much of a window its recording must cover."""

from __future__ import annotations

import math
from collections.abc import Iterable

from harness.errors import Reason, Unscored

MIN_COVERED = 0.9
"""A window of which less lies between a recording's first and last frame is too short. Gaps in between do not
count: sensors leave out what they are not sure of."""


def require_covered(recorded: Iterable[tuple[float, float]], start_s: float, end_s: float) -> None:
    """Check that a recording covers a window.

    Args:
        recorded: from when to when each of its sensors recorded, on the window's clock.
        start_s: where the window begins.
        end_s: where it ends.

    Raises:
        Unscored: none covers at least `MIN_COVERED` of it (``too_short``).
    """
    duration_s = end_s - start_s
    covered_s = max((min(last, end_s) - max(first, start_s) for first, last in recorded), default=0.0)
    if covered_s < MIN_COVERED * duration_s:
        raise Unscored(
            Reason.TOO_SHORT,
            f"the recording covers {math.floor(100 * max(covered_s / duration_s, 0.0))} % of the window; at least "
            f"{100 * MIN_COVERED:.0f} % are needed",
        )
