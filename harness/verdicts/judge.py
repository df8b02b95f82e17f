"""Every verdict in the results is made here and nowhere else.

The simultaneous interval of a difference is compared with the tolerance. The result then has to pass gates, each
of which withholds a verdict in situations where the interval alone would give it too often. All gates are required
arguments of `judge`: a caller states what each gate found, or that it does not apply. ``docs/statistics.md`` lists
the gates and where they apply.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import InitVar, dataclass
from enum import Enum
from typing import Literal, final

from harness.verdicts.subjects_to_decide import subjects_to_decide
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

_NO_LABELS = "equivalent, but without labels it cannot be shown that answers are better than chance"
_AT_TOLERANCE = "the difference is close to the tolerance: no realistic number of subjects would settle it"

_NOT_CONTRADICTED = "not contradicted: the stated figure lies within the interval"
_AT_LIMIT = "the limit lies within the interval"

Better = Literal["higher", "lower", "zero"]
"""Which way is better; ``zero`` for a signed figure, which is compared by its size."""

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
    if not within and shrunk is not None:
        return _judgement("inconclusive", shrunk)
    if within is None:
        return _judgement("inconclusive", _would_decide(value, interval, tolerance, undecided))
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
    better: Better,
    elsewhere: str | None,
) -> Judgement:
    """The verdict on a figure that somebody states.

    ``met``: what was measured is at least as good with confidence, as the whole interval says. ``not_met``: it is
    worse, as the whole interval says. ``inconclusive``: the figure lies within the interval and is not
    contradicted, or there is no interval.

    Args:
        claimed: the stated figure.
        interval: of the measured one, or the reason why there is none.
        better: which way is better.
        elsewhere: that it was stated for other data than these; None if it was not.

    Raises:
        ValueError: the upper bound of the interval is below the lower one.
    """
    if isinstance(interval, str):
        return _judgement("inconclusive", joined((interval, elsewhere)))
    reached = _reaches(claimed, *interval, better)
    if reached is None:
        return _judgement("inconclusive", joined((_NOT_CONTRADICTED, elsewhere)))
    return _judgement("met" if reached else "not_met", elsewhere)


def judge_limit(*, limit: float, interval: tuple[float, float] | str, better: Better) -> Judgement:
    """The verdict on a value for which there is a limit.

    ``met``: the whole interval keeps to the limit. ``not_met``: the whole interval does not. ``inconclusive``: the
    limit lies within the interval, or there is none.

    Args:
        limit: that is kept.
        interval: of the value, or the reason why there is none.
        better: which way is better: ``lower`` for a limit that the value may not exceed.

    Raises:
        ValueError: the upper bound of the interval is below the lower one.
    """
    if isinstance(interval, str):
        return _judgement("inconclusive", interval)
    reached = _reaches(limit, *interval, better)
    if reached is None:
        return _judgement("inconclusive", _AT_LIMIT)
    return _judgement("met" if reached else "not_met", None)


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


def _reaches(figure: float, lo: float, hi: float, better: Better) -> bool | None:
    """Whether the whole interval is at least as good as a figure (True), worse (False), or neither (None)."""
    if lo > hi:
        raise ValueError(f"an interval from {lo:g} to {hi:g} is reversed")
    if better == "zero":
        figure, lo, hi = abs(figure), max(lo, -hi, 0.0), max(hi, -lo)
    at_least, worse = (lo >= figure, hi < figure) if better == "higher" else (hi <= figure, lo > figure)
    return at_least if at_least or worse else None


def _judgement(verdict: Verdict, reason: str | None) -> Judgement:
    return Judgement(verdict, reason, _JUDGE)
