"""Channel order and input scale: would the model be much better on other input?

A model that is given BGR for RGB, or 0 to 255 for 0 to 1, still answers, only worse.

Shapes: S subjects, C classes of the truth.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from harness.arrays import Floats
from harness.checks.checked_system import CheckedSystem
from harness.checks.probe_answers import SPARED, answers_to, is_spared
from harness.metrics.categorical import OF_CLASS, OTHER, UNSCORED, count_per_class, uar
from harness.statistics.intervals import Interval, Range
from harness.statistics.jackknife import jackknife_intervals
from harness.tables.alignment import NO_LABEL
from harness.tables.probe_tables import AS_GIVEN
from harness.tables.results import Result
from harness.verdicts.judge import Judgement, checked, not_tested
from harness.wording import quantity

MIN_GAIN = 0.05
"""By how much other input must raise UAR: a wrong channel order or scale costs more."""

SAYS = {
    "swapped": "with red and blue swapped",
    "times_255": "with its input times 255",
    "divided_by_255": "with its input divided by 255",
    "stretched": "with its input stretched from 0 … 1 to -1 … 1",
    "squeezed": "with its input squeezed from -1 … 1 to 0 … 1",
}

REMEDY = {
    "channel_order": "Remedy: compare the order of channels with what the provider documents; OpenCV reads BGR.",
    "input_scale": "Remedy: compare the scale of the input with what the provider documents.",
}


def channel_order(system: CheckedSystem) -> list[Result]:
    """Whether a face model is much better with red and blue swapped."""
    return [other_input(system, "channel_order")]


def input_scale(system: CheckedSystem) -> list[Result]:
    """Whether a face model is much better on pictures of another scale."""
    return [other_input(system, "input_scale")]


def other_input(system: CheckedSystem, check: str) -> Result:
    """Whether one of the variants gains more than `MIN_GAIN` in UAR, beyond chance.

    The gain is paired: the same samples of the same subjects. Its interval is corrected for the number of variants
    (Bonferroni). A sample that has no score under a variant counts as wrong.

    Args:
        system: see `CheckedSystem`.
        check: ``channel_order`` or ``input_scale``.
    """
    counts = _counts(system, answers_to(system, check))
    own_SC4 = counts.pop(AS_GIVEN, None)
    if own_SC4 is None or not counts:
        reason = "Only pretrained models of faces are asked with other input, on labelled samples."
        spared = is_spared(system) and "face" in system.card.modalities
        return system.finding(check, not_tested(SPARED if spared else reason))
    num_subjects = int(own_SC4.any((1, 2)).sum())
    finding = partial(
        system.finding,
        check,
        threshold=MIN_GAIN,
        num_samples=int(own_SC4[..., OF_CLASS].sum()),
        num_subjects=num_subjects,
    )
    if num_subjects < system.min_subjects:
        reason = f"{quantity(num_subjects, 'subject')}; at least {system.min_subjects} are needed."
        return finding(not_tested(reason))
    level = 1.0 - (1.0 - system.level) / len(counts)
    gains = [_gain(variant, own_SC4, other_SC4, level) for variant, other_SC4 in counts.items()]
    best = max(gains, key=lambda gain: gain.value)
    bounds = (best.interval.lo, best.interval.hi)
    return finding(_judged(best, check), value=best.value, interval=bounds, method=best.interval.method)


@dataclass(frozen=True)
class _Gain:
    """What a variant of the input gains in UAR."""

    variant: str
    value: float
    interval: Interval


def _judged(best: _Gain, check: str) -> Judgement:
    said = f"{SAYS.get(best.variant, best.variant)} its UAR changes by {best.value:+.3f}"
    lo, hi = best.interval.lo, best.interval.hi
    if lo is None or hi is None:
        return checked(None, f"At best, {said}; {best.interval.reason}.")
    if best.value > MIN_GAIN and lo > 0.0:
        return checked(True, f"The model is much better on other input: {said}. {REMEDY[check]}")
    if hi <= MIN_GAIN or best.value <= 0.0:
        return checked(False, f"The model is not much better on other input: at best, {said}.")
    return checked(None, f"At best, {said}; with these samples that may be chance.")


def _counts(system: CheckedSystem, probes: pa.Table) -> dict[str, Floats]:
    """The four counts per subject and class, ``[S, C, 4]``, of each variant, over the same labelled samples."""
    mapping = system.aligned.mapping
    if mapping is None or probes.num_rows == 0:
        return {}
    index = {name: place for place, name in enumerate(mapping.classes)}
    answer_of = {label: index.get(name, OTHER) for label, name in mapping.predicted.items()}
    answers = np.array([answer_of.get(label, UNSCORED) for label in probes["label"].to_pylist()])
    position = pc.index_in(probes["sample_id"], value_set=system.samples["sample_id"]).to_numpy()
    variants = np.array(probes["variant"].to_pylist())
    counts = {}
    for variant in dict.fromkeys(variants.tolist()):
        rows = np.flatnonzero((variants == variant) & (system.aligned.truth[position] != NO_LABEL))
        where = position[rows]
        counts[variant] = count_per_class(
            system.aligned.subject[where],
            system.aligned.truth[where],
            answers[rows],
            system.aligned.num_subjects,
            len(mapping.classes),
        )
    return counts


def _gain(variant: str, own_SC4: Floats, other_SC4: Floats, level: float) -> _Gain:
    """The difference in UAR on the same subjects, with its interval over subjects."""
    both_S2C4 = np.stack([own_SC4, other_SC4], axis=1)[own_SC4.any((1, 2))]
    value_1 = _difference(both_S2C4.sum(0)[None])
    left_out_1S = _difference(both_S2C4.sum(0) - both_S2C4)[None]
    size_1S = own_SC4[..., OF_CLASS].sum(-1)[own_SC4.any((1, 2))][None]
    (interval,) = jackknife_intervals(
        value_1, left_out_1S, size_1S, level=level, within=[Range(-1.0, 1.0)], kinds=["student"]
    )
    return _Gain(variant, float(value_1[0]), interval)


def _difference(both_2C4: Floats) -> Floats:
    difference: Floats = uar(both_2C4[..., 1, :, :]) - uar(both_2C4[..., 0, :, :])
    return difference
