"""The one judge: every verdict in the results is made here, and nowhere else.

A difference is held against its tolerance by its simultaneous interval, and then has to pass gates, each of which
withholds a verdict that the interval alone would give too often. `judge` takes all of them as required arguments:
whoever wants a verdict says of every gate what it found, or that the gate does not apply. ``docs/statistics.md``
lists them, with where they hold.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import InitVar, dataclass
from enum import Enum
from typing import Literal

Verdict = Literal["met", "not_met", "inconclusive", "not_tested"]

VERDICTS: tuple[Verdict, ...] = ("met", "not_met", "inconclusive", "not_tested")

JUDGED: tuple[Verdict, ...] = ("not_met", "inconclusive", "met")
"""The verdicts on what was tested, the gravest first."""

MIN_CARRYING = 2
"""Of a rate near 0 or 1, so many subjects have to differ from the others: with one alone, as where everybody but
one person is always right, intervals of 95 % hold the truth in 76 to 85 % of studies (``benchmarks/validity``)."""

MAX_SIZE_RATIO = 1.5
"""Beyond this ratio of samples groups are not compared on a metric that is biased by their number, as ECE is."""

MAX_SUBJECTS_TO_DECIDE = 100_000
"""Beyond it a number of subjects is not advice."""

_NEAR_PERFECT = "alike, but so near to perfect calibration that its interval is too narrow"
_NO_LABELS = "alike, but there are no labels to show that answers are better than chance"
_AT_TOLERANCE = "the difference lies at the tolerance: no number of subjects would be sure to decide"

_JUDGE = object()


@dataclass(frozen=True)
class Judgement:
    """A verdict and why it is not a plain one. Only the functions of this module make one.

    Attributes:
        verdict: one of `VERDICTS`.
        reason: what stands against a plain verdict, or for a check what was found; None where nothing does.

    Raises:
        TypeError: somebody else tries to.
    """

    verdict: Verdict
    reason: str | None
    made_by: InitVar[object] = None

    def __post_init__(self, made_by: object) -> None:
        if made_by is not _JUDGE:
            raise TypeError("Only harness.verdicts.judge makes judgements: ask judge, checked or not_tested.")


class NoChanceTest(Enum):
    """Why nobody says whether answers are better than chance."""

    UNKNOWN = "there is nothing to hold against chance: `met` is withheld"
    NOT_ASKED = "the verdict does not depend on it: two systems that guess are equivalent, as it says"


@dataclass(frozen=True)
class Undecided:
    """How to say how many subjects would decide: ``about 248 subjects in the two together would decide``.

    Attributes:
        num_subjects: that the interval rests on.
        whose: what follows the number, such as ``subjects``.
    """

    num_subjects: int
    whose: str


@dataclass(frozen=True)
class SizeBias:
    """What a metric that is biased by the number of samples is compared between.

    Attributes:
        num_samples: of each side.
        why: why it is not compared where they differ, and what is instead.
    """

    num_samples: Sequence[int]
    why: str

    @property
    def matters(self) -> bool:
        """Whether the numbers differ too much."""
        return max(self.num_samples, default=0) > MAX_SIZE_RATIO * min(self.num_samples, default=0)


def judge(
    *,
    value: float,
    interval: tuple[float, float] | str,
    tolerance: float,
    too_few: str | None,
    carried_by: Sequence[tuple[str, int | None]],
    above_chance: Sequence[tuple[str, bool]] | NoChanceTest,
    size_bias: SizeBias | None,
    near_perfect: bool,
    undecided: Undecided,
) -> Judgement:
    """The verdict on a difference.

    ``met``: its interval lies within ± tolerance (equivalence; "certify" of Cherian & Candès 2023,
    arXiv:2305.03712) and every gate is passed. ``not_met``: the interval lies outside ("flag"), and its spread can
    be trusted. ``inconclusive``: it reaches over the tolerance, there is none, or a gate withholds the verdict.

    Args:
        value: the difference.
        interval: its simultaneous bounds; or why there are none.
        tolerance: the largest difference that is accepted.
        too_few: why there are too few subjects to test anything; None where there are enough.
        carried_by: per spread that the interval rests on, what it is called and how many subjects carry it; None
            where the metric is no rate, whose spread one person can make.
        above_chance: per side what it is called and whether the system is surely better than chance there.
        size_bias: the samples of each side, where the metric is biased by their number; None where it is not.
        near_perfect: whether a side lies where the metric has no slope, so that its standard error vanishes.
        undecided: how to say what would decide.
    """
    if too_few is not None:
        return not_tested(too_few)
    if size_bias is not None and size_bias.matters:
        return _judgement("inconclusive", size_bias.why)
    if isinstance(interval, str):
        return _judgement("inconclusive", interval)
    within = is_within(*interval, tolerance)
    if within is None:
        return _judgement("inconclusive", _would_decide(value, interval, tolerance, undecided))
    if lone := [name for name, num in carried_by if num is not None and 0 < num < MIN_CARRYING]:
        return _judgement("inconclusive", f"the spread of {' and '.join(lone)} rests on one subject alone")
    if not within:
        return _judgement("not_met", None)
    if above_chance is NoChanceTest.UNKNOWN:
        return _judgement("inconclusive", _NO_LABELS)
    if not isinstance(above_chance, NoChanceTest) and (
        failing := [name for name, above in above_chance if not above]
    ):
        return _judgement("inconclusive", f"alike, but no better than chance for {' and '.join(failing)}")
    if near_perfect:
        return _judgement("inconclusive", _NEAR_PERFECT)
    return _judgement("met", None)


def checked(fault: bool | None, reason: str) -> Judgement:
    """The verdict of a check on the test itself.

    Args:
        fault: whether one was found: `True` is ``not_met``, `False` is ``met``; None where these data cannot tell.
        reason: what was found, with what to do about a fault.
    """
    if fault is None:
        return _judgement("inconclusive", reason)
    return _judgement("not_met" if fault else "met", reason)


def not_tested(reason: str) -> Judgement:
    """Nothing is said, and why."""
    return _judgement("not_tested", reason)


def is_within(lo: float, hi: float, tolerance: float) -> bool | None:
    """Whether an interval lies within ± tolerance (True), outside (False), or reaches over it (None)."""
    if -tolerance <= lo and hi <= tolerance:
        return True
    return False if lo > tolerance or hi < -tolerance else None


def subjects_to_decide(value: float, half_width: float, tolerance: float, num_subjects: int) -> int | None:
    """About how many subjects would bring the interval to one side of the tolerance, if the difference stays.

    The reach of an interval shrinks with the root of the number of subjects.

    Args:
        value: the difference.
        half_width: half the width of its interval.
        tolerance: that it is held against.
        num_subjects: that the interval rests on.

    Returns:
        None where it is more than `MAX_SUBJECTS_TO_DECIDE`: the difference lies at the tolerance.
    """
    room = abs(tolerance - abs(value))
    if not half_width * math.sqrt(num_subjects) < room * math.sqrt(MAX_SUBJECTS_TO_DECIDE):
        return None
    return math.ceil(num_subjects * (half_width / room) ** 2)


def _would_decide(value: float, interval: tuple[float, float], tolerance: float, undecided: Undecided) -> str:
    num = undecided.num_subjects
    needed = subjects_to_decide(value, (interval[1] - interval[0]) / 2, tolerance, num)
    if needed is None:
        return _AT_TOLERANCE
    return f"about {max(needed, num + 1):,} {undecided.whose} would decide, if it stays ({num:,} now)"


def _judgement(verdict: Verdict, reason: str | None) -> Judgement:
    return Judgement(verdict, reason, _JUDGE)
