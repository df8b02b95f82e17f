"""How well the label, or a group, is predicted from the recording, and whether that is a fault."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from harness.checks.properties import Property
from harness.checks.target import Target
from harness.statistics.estimates import MetricEstimate
from harness.statistics.intervals import ALL_ALIKE
from harness.wording import listed

MIN_GAIN = 0.05
"""A UAR less than this above chance is of no use to anybody, however sure it is."""

MIN_CLASS_GAIN = 0.2
"""The same of a single class among several: its recall less its share of false guesses."""


@dataclass(frozen=True)
class Predicted:
    """What properties of the recording predict.

    Attributes:
        uar: with which the classes are predicted.
        by_class: recall less false guesses of every class; none where there are two, for whom it is that of both.
        names: of the classes.
        certain: whether some value occurs with one class only.
    """

    uar: MetricEstimate
    by_class: Sequence[MetricEstimate]
    names: Sequence[str]
    certain: bool

    @property
    def threshold(self) -> float:
        """The UAR from which on a prediction is of use."""
        return 1 / len(self.names) + MIN_GAIN

    @property
    def is_readable(self) -> bool | None:
        """Whether the target, or one class of it, can be read off; None where these subjects cannot say."""
        interval = self.uar.interval
        above = self.uar.value >= self.threshold
        if interval.method == ALL_ALIKE:
            return self.certain or above
        if self.certain or self._readable_classes or (_is_over(interval.lo, 1 / len(self.names)) and above):
            return True
        # Significantly worse than chance is a sign of few people, as it is of a leak, and no evidence against one.
        at_most = [interval.hi is not None and 1 / len(self.names) <= interval.hi <= self.threshold]
        at_most += [one.interval.hi is not None and one.interval.hi <= MIN_CLASS_GAIN for one in self.by_class]
        return False if all(at_most) else None

    @property
    def single_classes(self) -> str:
        """The classes that can be read off by themselves, for a sentence."""
        found = [f"{listed([name])} ({gain:+.2f})" for name, gain in self._readable_classes]
        return f"; by itself {listed(found)} (recall less false guesses)" if found else ""

    @property
    def _readable_classes(self) -> list[tuple[str, float]]:
        return [
            (name, one.value)
            for name, one in zip(self.names, self.by_class, strict=False)
            if one.value >= MIN_CLASS_GAIN and _is_over(one.interval.lo, 0.0)
        ]


def predicted(
    target: Target, properties: Sequence[Property], level: float, seed: int, *, certain: bool = False
) -> Predicted:
    """Predict a target from properties of its samples.

    Args:
        target: the label or a group.
        properties: that vary among its samples.
        level: of the intervals: half of the error is for the UAR, half for all single classes.
        seed: of folds and resamples.
        certain: whether some value occurs with one class only.
    """
    single = len(target.classes) > 2
    half = 1 - (1 - level) / 2 if single else level
    guesses = target.guessed_from(properties, seed)
    by_class = guesses.class_estimates(half) if single else []
    return Predicted(guesses.uar_estimate(half), by_class, target.classes, certain)


def _is_over(lo: float | None, chance: float) -> bool:
    return lo is not None and lo > chance
