"""Three-valued verdicts on a difference, and how many subjects would decide it."""

from __future__ import annotations

import math
from typing import Literal

Verdict = Literal["met", "not_met", "inconclusive", "not_tested"]

MAX_SUBJECTS = 100_000
"""Beyond it a number of subjects is not advice."""


def verdict(lo: float | None, hi: float | None, tolerance: float) -> Verdict:
    """Where the simultaneous interval of a difference lies.

    ``met``: within ± tolerance (equivalence; "certify" of Cherian & Candès 2023, arXiv:2305.03712). ``not_met``:
    outside ("flag"). ``inconclusive``: it reaches over the tolerance, or there is no interval.
    """
    if lo is None or hi is None:
        return "inconclusive"
    if -tolerance <= lo and hi <= tolerance:
        return "met"
    return "not_met" if lo > tolerance or hi < -tolerance else "inconclusive"


def subjects_needed(value: float, reach: float, tolerance: float, num_subjects: int) -> int | None:
    """About how many subjects would bring the interval to one side of the tolerance, if the difference stays.

    The reach of an interval shrinks with the root of the number of subjects.

    Args:
        value: the difference.
        reach: half the width of its interval.
        tolerance: that it is held against.
        num_subjects: that the interval rests on.

    Returns:
        None where it is more than `MAX_SUBJECTS`: the difference lies at the tolerance.
    """
    room = abs(tolerance - abs(value))
    if room * math.sqrt(MAX_SUBJECTS) <= reach * math.sqrt(num_subjects):
        return None
    return math.ceil(num_subjects * (reach / room) ** 2)
