"""How many subjects would settle a comparison that is open."""

from __future__ import annotations

import math

MAX_SUBJECTS_TO_DECIDE = 100_000
"""Larger numbers of subjects are not reported: they would be no practical advice."""


def subjects_to_decide(
    value: float,
    interval: tuple[float, float],
    tolerance: float,
    num_subjects: int,
    alike: tuple[float, float] = (0.0, 0.0),
) -> int | None:
    """About how many subjects would bring the interval to one side of the tolerance, all else equal.

    The width of an interval shrinks with the square root of the number of subjects; the part of it that is an
    exact bound, because all subjects of a side are alike, with their number itself.

    Args:
        value: the difference.
        interval: its bounds.
        tolerance: the largest difference that is accepted.
        num_subjects: the subjects that the interval is based on.
        alike: the exact part of the distance from the value to the lower and to the upper bound.

    Returns:
        None if there are more than `MAX_SUBJECTS_TO_DECIDE`: the difference is close to the tolerance.
    """
    below, above = value - interval[0], interval[1] - value
    if abs(value) <= tolerance:
        ends = [(below, alike[0], tolerance + value), (above, alike[1], tolerance - value)]
    elif value > 0:
        ends = [(below, alike[0], value - tolerance)]
    else:
        ends = [(above, alike[1], -tolerance - value)]
    times = max(_times_to_reach(*end) for end in ends)
    return math.ceil(num_subjects * times) if num_subjects * times < MAX_SUBJECTS_TO_DECIDE else None


def _times_to_reach(distance: float, exact: float, room: float) -> float:
    """How many times as many subjects bring a bound from a distance into the room that there is.

    The squares of both parts of the distance add up: room² = (distance² - exact²) / times + exact² / times².
    """
    if not room > 0:
        return math.inf
    spread = max(distance**2 - exact**2, 0.0)
    return (spread + math.sqrt(spread**2 + (2 * room * exact) ** 2)) / (2 * room**2)
