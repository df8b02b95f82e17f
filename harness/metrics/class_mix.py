"""Metrics of answers, standardised to one mix of classes.

Accuracy, precision and F1 depend on how often each class occurs: two groups whose samples of every class are
answered alike differ on them if their classes are mixed differently. Here the samples of each class are a stratum
(`harness.metrics.strata`), scaled to its share in the whole run. Recall and UAR do not depend on the mix.

Shapes: R rows, C classes of the labels.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from harness.arrays import Floats
from harness.metrics.categorical import (
    ACCURACY,
    ACCURACY_SCORED,
    F1,
    MACRO_F1,
    OF_CLASS,
    PRECISION,
    RIGHT,
    UNANSWERED,
)
from harness.metrics.strata import InStrata, Strata
from harness.metrics.tally import FractionGradient, Metric, or_zero, ratio

MAX_CLASSES = 20
"""With more classes, answers are not counted by class and answer, which takes the square of their number per
subject; then accuracy alone is standardised."""

OF_ANSWERS = (MACRO_F1, PRECISION, F1)
"""Metrics that also depend on which class wrong answers name."""


def class_strata(
    metric: Metric, classes: Sequence[str], weights_C: Floats, answers_RCC: Floats | None
) -> Strata | None:
    """The strata of a metric of `harness.metrics.categorical.categorical`; None if it does not depend on the mix.

    Args:
        metric: the metric.
        classes: of the labels.
        weights_C: the samples of each class in the mix that groups are standardised to.
        answers_RCC: samples by row, class and answer, of the rows whose sums the strata split; None if they were
            not counted: then metrics that depend on them have no strata.
    """
    share_C = weights_C / max(weights_C.sum(), 1.0)
    split: Callable[[Floats], InStrata]
    function: tuple[Callable[[Floats], Floats], Callable[[Floats], Floats]]
    if metric.facts is ACCURACY:
        function, split = (_sum, np.ones_like), _right
    elif metric.facts is ACCURACY_SCORED:
        function, split = (_fraction, _fraction_gradient), _right_of_scored
    elif metric.facts not in OF_ANSWERS or answers_RCC is None:
        return None
    elif metric.facts is MACRO_F1:
        function = partial(_macro_f1, share_C=share_C), partial(_macro_f1_gradient, share_C=share_C)
        split = partial(_answers, answers_RCC=answers_RCC)
    else:
        index = list(classes).index(str(metric.part))
        one = _OneAnswer(index, float(share_C[index]) if metric.facts is F1 else None)
        function, split = (one.value, one.gradient), partial(_answers, answers_RCC=answers_RCC[..., [index]])
    return Strata(
        split=split,
        noun="classes",
        names=tuple(classes),
        weights=weights_C,
        value=function[0],
        gradient=function[1],
        all_needed=True,
    )


def mix_distance(of_class_GC: Floats, weights_C: Floats) -> float:
    """How far the mix of classes in some groups is from a given one: the largest total variation distance.

    Args:
        of_class_GC: the samples of each class in each group.
        weights_C: of the given mix.
    """
    mix_GC = ratio(of_class_GC, of_class_GC.sum(-1, keepdims=True))
    return float(np.abs(mix_GC - ratio(weights_C, weights_C.sum())).sum(-1).max(initial=0.0) / 2)


def _in_classes(sums_RC4: Floats, statistics_RCk: Floats) -> InStrata:
    return InStrata(sums_RC4[..., OF_CLASS], sums_RC4[..., UNANSWERED], statistics_RCk)


def _right(sums_RC4: Floats) -> InStrata:
    return _in_classes(sums_RC4, sums_RC4[..., [RIGHT]])


def _right_of_scored(sums_RC4: Floats) -> InStrata:
    scored_RC = sums_RC4[..., OF_CLASS] - sums_RC4[..., UNANSWERED]
    return _in_classes(sums_RC4, np.stack([sums_RC4[..., RIGHT], scored_RC], axis=-1))


def _answers(sums_RC4: Floats, answers_RCC: Floats) -> InStrata:
    return _in_classes(sums_RC4, answers_RCC)


def _sum(scaled_C1: Floats) -> Floats:
    total: Floats = scaled_C1.sum((-2, -1))
    return total


_of_fraction = FractionGradient([1, 0], [0, 1])


def _fraction(scaled_C2: Floats) -> Floats:
    above, below = np.moveaxis(scaled_C2.sum(-2), -1, 0)
    return ratio(above, below)


def _fraction_gradient(scaled_C2: Floats) -> Floats:
    each_2 = _of_fraction(scaled_C2.sum(-2))
    return np.broadcast_to(each_2[..., None, :], scaled_C2.shape)


@dataclass(frozen=True)
class _OneAnswer:
    """Precision or F1 of one class, from the answers of it in every class.

    Attributes:
        index: of the class.
        share: of the class among the samples, for F1; None for precision.
    """

    index: int
    share: float | None

    def value(self, scaled_C1: Floats) -> Floats:
        times, below = self._times_and_below(scaled_C1)
        return times * ratio(scaled_C1[..., self.index, 0], below)

    def gradient(self, scaled_C1: Floats) -> Floats:
        times, below = self._times_and_below(scaled_C1)
        falls = -ratio(self.value(scaled_C1), below)
        gradient_C1 = np.repeat(falls[..., None, None], scaled_C1.shape[-2], axis=-2)
        gradient_C1[..., self.index, 0] += ratio(np.full_like(below, times), below)
        return or_zero(gradient_C1)

    def _times_and_below(self, scaled_C1: Floats) -> tuple[float, Floats]:
        answered: Floats = scaled_C1.sum((-2, -1))
        return (1.0, answered) if self.share is None else (2.0, answered + self.share)


def _f1s(scaled_CC: Floats, share_C: Floats) -> tuple[Floats, Floats]:
    """The F1 of each class, and the samples and answers of it: the denominator."""
    size_C = share_C + scaled_CC.sum(-2)
    return ratio(2 * np.diagonal(scaled_CC, axis1=-2, axis2=-1), size_C), size_C


def _macro_f1(scaled_CC: Floats, share_C: Floats) -> Floats:
    occurs_C = share_C > 0
    mean: Floats = _f1s(scaled_CC, share_C)[0][..., occurs_C].mean(-1)
    return mean


def _macro_f1_gradient(scaled_CC: Floats, share_C: Floats) -> Floats:
    """A right answer raises the F1 of its class; any answer of a class lowers it."""
    f1_C, size_C = _f1s(scaled_CC, share_C)
    weight_C = ratio((share_C > 0) / max((share_C > 0).sum(), 1), size_C)
    gradient_CC: Floats = (2 * np.eye(len(share_C)) - f1_C[..., None, :]) * weight_C[..., None, :]
    return or_zero(gradient_CC)
