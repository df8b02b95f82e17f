"""The order of a model's labels that scores best, and bounds of its gain over the model's own order.

Shapes: S subjects, U labels, of which C are tested, K = U + 2 answers with other labels and no score, B resamples,
P pairs of labels, F flattened counts. ``recall_UU`` holds the shares of answers per class; rows of classes that
are not tested are 0.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib.machinery import ExtensionFileLoader, PathFinder
from importlib.util import module_from_spec
from pathlib import Path

import numpy as np
import scipy
from scipy.special import ndtr, stdtrit

from harness.arrays import Floats, Ints
from harness.metrics.tally import ratio
from harness.statistics.resampling import ResampledSums, subject_weights
from harness.statistics.tail_quantiles import expanded_tail
from harness.statistics.threads import one_thread

RESAMPLES = 1000


@dataclass(frozen=True)
class BestOrder:
    """The best order of the labels other than the model's own.

    Attributes:
        gain: by how much it raises UAR; negative if the model's own order is the best.
        lo: lower bound of the gain of the best order, simultaneous over all orders.
        hi: upper bound of the gain of swapping any two labels; ``gain`` if that is greater.
        by_chance: what the best of all orders gains by chance if in truth no order is better.
        cycles: the labels that change places, each ``(a, b, …)``: b is answered for a, …, a for the last.
    """

    gain: float
    lo: float
    hi: float
    by_chance: float
    cycles: tuple[tuple[int, ...], ...]


def best_order(counts_SCK: Floats, class_C: Ints, *, level: float, seed: int) -> BestOrder:
    """Find the best other order by the Hungarian algorithm, and bound its gain over resampled subjects.

    The gain of an order is linear in the recalls. So the largest error over all U! orders in one resample is the
    gain of the best order of (resampled - observed) recalls, and its quantile bounds all orders together. Swaps
    of two labels are few and less noisy; they get a second, studentised bound with Student's quantile. Each of
    the two bounds has half of the error.

    Args:
        counts_SCK: answers per subject and tested class; the last two answers are other labels and no score.
        class_C: the label that is right for each tested class, 0 … U - 1; at least two.
        level: at most ``1 - level`` of the bounds are above the truth.
        seed: of the resampling.
    """
    num_subjects = len(counts_SCK)
    recall_UU = _recalls(counts_SCK.sum(0), class_C)
    error_BUU = _resampled(counts_SCK, class_C, seed) - recall_UU
    error_B = np.array([_gain(error_UU, _best(error_UU), class_C) for error_UU in error_BUU])
    reach, by_chance = (
        float(np.quantile(error_B, 1 - expanded_tail(tail, num_subjects))) for tail in ((1 - level) / 2, 1 - level)
    )
    order_U = _best_other(recall_UU, class_C)
    gain = _gain(recall_UU, order_U, class_C)
    swap_P, reach_P = _swaps(recall_UU, error_BUU, class_C, (1 - level) / 2, num_subjects)
    return BestOrder(
        gain=gain,
        lo=max(gain - reach, float((swap_P - reach_P).max())),
        hi=max(gain, float((swap_P + reach_P).max())),
        by_chance=by_chance,
        cycles=_worthwhile_cycles(recall_UU, order_U, class_C),
    )


def _recalls(counts_CK: Floats, class_C: Ints) -> Floats:
    """``[..., C, K]`` → shares ``[..., U, U]``; 0 where a class has no samples."""
    num_labels = counts_CK.shape[-1] - 2
    share_CU = np.nan_to_num(ratio(counts_CK, counts_CK.sum(-1, keepdims=True)))[..., :num_labels]
    recall_UU = np.zeros((*counts_CK.shape[:-2], num_labels, num_labels))
    recall_UU[..., class_C, :] = share_CU
    return recall_UU


def _resampled(counts_SCK: Floats, class_C: Ints, seed: int) -> Floats:
    num_subjects, *shape = counts_SCK.shape
    resampled = ResampledSums(counts_SCK.reshape(num_subjects, -1))
    with one_thread():
        sums = [resampled(weights_bS) for weights_bS in subject_weights(num_subjects, RESAMPLES, seed)]
    return _recalls(np.concatenate(sums).reshape(-1, *shape), class_C)


def _best(recall_UU: Floats) -> Ints:
    """The order with the highest sum of recalls: the answer ``[U]`` that is read as each label."""
    order_U: Ints = _linear_sum_assignment()(recall_UU, maximize=True)[1]
    return order_U


@cache
def _linear_sum_assignment() -> Callable[..., tuple[Ints, Ints]]:
    """SciPy's, from its compiled module alone where that is found: the whole package takes 0.14 s to import."""
    spec = PathFinder.find_spec("_lsap", [str(Path(folder) / "optimize") for folder in scipy.__path__])
    if spec is not None and isinstance(spec.loader, ExtensionFileLoader):
        module = module_from_spec(spec)
        with suppress(ImportError, AttributeError):
            spec.loader.exec_module(module)
            alone: Callable[..., tuple[Ints, Ints]] = module.linear_sum_assignment
            return alone
    from scipy.optimize import linear_sum_assignment

    whole: Callable[..., tuple[Ints, Ints]] = linear_sum_assignment
    return whole


def _best_other(recall_UU: Floats, class_C: Ints) -> Ints:
    """The best order other than the model's own: at least one tested class is read from another answer."""
    orders = []
    for label in class_C:
        without = recall_UU.copy()
        without[label, label] = -2.0 * len(recall_UU)
        orders.append(_best(without))
    return max(orders, key=lambda order_U: _gain(recall_UU, order_U, class_C))


def _gain(recall_UU: Floats, order_U: Ints, class_C: Ints) -> float:
    labels = np.arange(len(order_U))
    return float((recall_UU[labels, order_U] - recall_UU[labels, labels]).sum()) / len(class_C)


def _swaps(
    recall_UU: Floats, error_BUU: Floats, class_C: Ints, tail: float, num_subjects: int
) -> tuple[Floats, Floats]:
    """The gain ``[P]`` of swapping each two labels of which one is tested, and how far it may be off."""
    first_P, second_P = np.triu_indices(len(recall_UU), 1)
    tested_P = np.isin(first_P, class_C) | np.isin(second_P, class_C)
    first_P, second_P = first_P[tested_P], second_P[tested_P]

    def swapped(matrix: Floats) -> Floats:
        gained: Floats = (
            matrix[..., first_P, second_P]
            + matrix[..., second_P, first_P]
            - matrix[..., first_P, first_P]
            - matrix[..., second_P, second_P]
        ) / len(class_C)
        return gained

    error_BP = swapped(error_BUU)
    deviation_P = error_BP.std(0) * np.sqrt(num_subjects / (num_subjects - 1))
    largest_B = np.nan_to_num(ratio(error_BP, deviation_P)).max(1)
    normal = float(np.quantile(largest_B, 1 - tail))
    student = float(stdtrit(num_subjects - 1, ndtr(normal)))
    return swapped(recall_UU), student * deviation_P


def _worthwhile_cycles(recall_UU: Floats, order_U: Ints, class_C: Ints) -> tuple[tuple[int, ...], ...]:
    """The cycles of an order that give most of its gain, the largest first; the others are noise."""
    unseen, cycles = set(range(len(order_U))), []
    while unseen:
        cycle = [min(unseen)]
        while (following := int(order_U[cycle[-1]])) != cycle[0]:
            cycle.append(following)
        unseen -= set(cycle)
        alone_U = np.arange(len(order_U))
        alone_U[cycle] = order_U[cycle]
        cycles.append((_gain(recall_UU, alone_U, class_C), tuple(cycle)))
    cycles.sort(reverse=True)
    return tuple(cycle for gain, cycle in cycles if len(cycle) > 1 and gain >= cycles[0][0] / 2)
