"""Every verdict in the results is made here and nowhere else.

The simultaneous interval of a difference is compared with the tolerance. The result then has to pass gates, each
of which withholds a verdict in situations where the interval alone would give it too often. All gates are required
arguments of `judge`: a caller states what each gate found, or that it does not apply. ``docs/statistics.md`` lists
the gates and where they apply.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import InitVar, dataclass
from enum import Enum
from typing import Literal, final

from harness.wording import joined

Verdict = Literal["met", "not_met", "inconclusive", "not_tested"]

VERDICTS: tuple[Verdict, ...] = ("met", "not_met", "inconclusive", "not_tested")

JUDGED: tuple[Verdict, ...] = ("not_met", "inconclusive", "met")
"""The verdicts on what was tested, the most serious first."""

WORST_FIRST: tuple[Verdict, ...] = ("not_met", "inconclusive", "not_tested", "met")
"""Of several: a comparison that was not made leaves open what one that was met has shown."""

MAX_SIZE_RATIO = 1.5
"""On a metric whose bias depends on the number of samples, such as ECE, groups whose numbers of samples differ by
more than this factor are not compared."""

MAX_SUBJECTS_TO_DECIDE = 100_000
"""Larger numbers of subjects are not reported: they would be no practical advice."""

_NO_LABELS = "equivalent, but without labels it cannot be shown that answers are better than chance"
_AT_TOLERANCE = "the difference is close to the tolerance: no realistic number of subjects would settle it"

_NOT_CONTRADICTED = "not contradicted: the stated figure lies within the interval"

_JUDGE = object()


@final
@dataclass(frozen=True)
class Judgement:
    """A verdict and the reason for it. Only the functions of this module can make one.

    Attributes:
        verdict: one of `VERDICTS`.
        reason: why a verdict was withheld, or what a check found; None if there is nothing to add.

    Raises:
        TypeError: it is constructed anywhere else.
    """

    verdict: Verdict
    reason: str | None
    made_by: InitVar[object] = None

    def __post_init__(self, made_by: object) -> None:
        if made_by is not _JUDGE:
            raise TypeError("Only harness.verdicts.judge makes judgements: ask judge, checked or not_tested.")


class NoChanceTest(Enum):
    """Why it is not stated whether answers are better than chance."""

    UNKNOWN = "no metric can be compared with chance: `met` is withheld"
    NOT_ASKED = "the verdict does not depend on it: two systems that guess are equivalent"


@dataclass(frozen=True)
class Undecided:
    """What is needed to say how many subjects would settle an inconclusive comparison.

    Attributes:
        num_subjects: the subjects that the interval is based on.
        whose: the noun that follows the number, such as ``subjects``.
        alike: how far below and above the value the interval reaches because all subjects of a side are alike.
    """

    num_subjects: int
    whose: str
    alike: tuple[float, float] = (0.0, 0.0)


@dataclass(frozen=True)
class SizeBias:
    """The two sides of a comparison on a metric whose bias depends on the number of samples.

    Attributes:
        num_samples: the samples of each side.
        why: why the metric is not compared where they differ, and which one is compared instead.
    """

    num_samples: Sequence[int]
    why: str

    @property
    def matters(self) -> bool:
        """Whether the numbers of samples differ too much."""
        return max(self.num_samples, default=0) > MAX_SIZE_RATIO * min(self.num_samples, default=0)


@dataclass(frozen=True)
class OverReport:
    """How likely a difference is by chance, considering all tests of a report.

    Attributes:
        p: the p-value of no difference, corrected for these tests.
        level: the confidence level of the report.
        num_tests: the tests that it is corrected for.
    """

    p: float
    level: float
    num_tests: int

    @property
    def beyond_chance(self) -> bool:
        """Whether there is a difference with confidence after correction."""
        return is_significant(self.p, self.level)


def judge(
    *,
    value: float,
    interval: tuple[float, float] | str,
    tolerance: float,
    too_few: str | None,
    above_chance: Sequence[tuple[str, bool]] | NoChanceTest,
    min_above_chance: float,
    size_bias: SizeBias | None,
    over_report: OverReport | None,
    shrunk: str | None,
    undecided: Undecided,
) -> Judgement:
    """The verdict on a difference.

    ``met``: its interval lies within ± tolerance (equivalence; "certify" of Cherian & Candès 2023,
    arXiv:2305.03712) and every gate is passed. ``not_met``: the interval lies outside ("flag"), and the difference
    is beyond chance after correction for all tests of the report. ``inconclusive``: the interval crosses the
    tolerance, there is no interval, or a gate withholds the verdict.

    Args:
        value: the difference.
        interval: its simultaneous bounds, or the reason why there are none.
        tolerance: the largest difference that is accepted.
        too_few: why there are too few subjects to test anything; None if there are enough.
        above_chance: for each side, its name and whether the system is better than chance there with confidence,
            by more than the plan demands.
        min_above_chance: what the plan demands; 0 for any better than chance.
        size_bias: the samples of each side, if the metric's bias depends on their number; None if it does not.
        over_report: how likely the difference is by chance after correction for all tests of the report; None
            where there is no such correction.
        shrunk: why a gap that became smaller says nothing about fairness; None if it says something, or none did.
        undecided: what is needed to say how many subjects would settle the comparison.

    Raises:
        ValueError: the upper bound of the interval is below the lower one.
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
    if not within and shrunk is not None:
        return _judgement("inconclusive", shrunk)
    if not within:
        return _not_within(over_report)
    if above_chance is NoChanceTest.UNKNOWN:
        return _judgement("inconclusive", _NO_LABELS)
    if not isinstance(above_chance, NoChanceTest) and (
        failing := [name for name, above in above_chance if not above]
    ):
        better = f"better than chance by {min_above_chance:g}" if min_above_chance else "better than chance"
        return _judgement("inconclusive", f"equivalent, but not {better} for {' and '.join(failing)}")
    return _judgement("met", None)


def judge_claim(
    *,
    claimed: float,
    interval: tuple[float, float] | str,
    better: Literal["higher", "lower", "zero"],
    elsewhere: str | None,
) -> Judgement:
    """The verdict on a figure that somebody states.

    ``met``: what was measured is at least as good with confidence, as the whole interval says. ``not_met``: it is
    worse, as the whole interval says. ``inconclusive``: the figure lies within the interval and is not
    contradicted, or there is no interval.

    Args:
        claimed: the stated figure.
        interval: of the measured one, or the reason why there is none.
        better: which way is better; ``zero`` for a signed error, which is compared by its size.
        elsewhere: that it was stated for other data than these; None if it was not.

    Raises:
        ValueError: the upper bound of the interval is below the lower one.
    """
    if isinstance(interval, str):
        return _judgement("inconclusive", joined((interval, elsewhere)))
    lo, hi = interval
    if lo > hi:
        raise ValueError(f"an interval from {lo:g} to {hi:g} is reversed")
    if better == "zero":
        claimed, lo, hi = abs(claimed), max(lo, -hi, 0.0), max(hi, -lo)
    at_least, worse = (lo >= claimed, hi < claimed) if better == "higher" else (hi <= claimed, lo > claimed)
    if at_least or worse:
        return _judgement("met" if at_least else "not_met", elsewhere)
    return _judgement("inconclusive", joined((_NOT_CONTRADICTED, elsewhere)))


def checked(fault: bool | None, reason: str) -> Judgement:
    """The verdict of a check on the test itself.

    Args:
        fault: whether one was found: `True` gives ``not_met``, `False` gives ``met``, None (the data cannot show
            it) gives ``inconclusive``.
        reason: what was found, and what to do about a fault.
    """
    if fault is None:
        return _judgement("inconclusive", reason)
    return _judgement("not_met" if fault else "met", reason)


def not_tested(reason: str) -> Judgement:
    """The verdict where nothing was tested, with the reason."""
    return _judgement("not_tested", reason)


def is_significant(p: float, level: float) -> bool:
    """Whether a p-value is at most 1 - level: at 90 %, 0.1 is, whatever the rounding of 1 - 0.9."""
    return p <= 1 - level + 1e-9


def is_within(lo: float, hi: float, tolerance: float) -> bool | None:
    """Whether an interval lies within ± tolerance (True), outside (False), or across its edge (None).

    Raises:
        ValueError: its upper bound is below the lower one.
    """
    if lo > hi:
        raise ValueError(f"an interval from {lo:g} to {hi:g} is reversed")
    if -tolerance <= lo and hi <= tolerance:
        return True
    return False if lo > tolerance or hi < -tolerance else None


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


def _not_within(over_report: OverReport | None) -> Judgement:
    if over_report is None or over_report.beyond_chance:
        return _judgement("not_met", None)
    return _judgement(
        "inconclusive",
        f"beyond the tolerance by itself, but as much may be chance in a report with {over_report.num_tests:,} "
        f"tests (p = {over_report.p:.2g})",
    )


def _would_decide(value: float, interval: tuple[float, float], tolerance: float, undecided: Undecided) -> str:
    num = undecided.num_subjects
    needed = subjects_to_decide(value, interval, tolerance, num, undecided.alike)
    if needed is None:
        return _AT_TOLERANCE
    return (
        f"about {max(needed, num + 1):,} {undecided.whose} would be needed to decide, if the difference stays the "
        f"same ({num:,} now)"
    )


def _judgement(verdict: Verdict, reason: str | None) -> Judgement:
    return Judgement(verdict, reason, _JUDGE)
