"""The plan's section on power: the differences that the study can show on each axis, before the first prediction.

Shapes: S subjects, G groups that are compared.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from itertools import combinations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from harness.arrays import Ints
from harness.attributes.grouping import MAX_GROUPS, Grouping
from harness.attributes.groups import Groups, group_samples
from harness.statistics.power import (
    Assumptions,
    certifiable_gap,
    detectable_gap,
    detectable_gap_between,
    gap_errors,
    subjects_needed,
)
from harness.wording import listed


@dataclass(frozen=True)
class PairPower:
    """Two groups and the smallest detectable gap between them; None if it is wider than any possible gap."""

    groups: tuple[str, str]
    detectable_gap: float | None


@dataclass(frozen=True)
class AxisPower:
    """The power on one axis.

    Attributes:
        num_groups: groups that are compared: those that are known and have enough subjects.
        num_pairs: the number of their pairs, for which the intervals are simultaneous.
        smallest_pair: the pair with the least information; None if nothing is compared.
        typical_pair: the median pair.
        subjects_to_detect: subjects per group with which a gap as wide as the tolerance is detected.
        subjects_to_certify: subjects per group with which equal groups are certified to lie within the tolerance.
            None if no realistic number is enough, or nothing is compared.
        reason: why nothing is compared; None if something is.
    """

    num_groups: int
    num_pairs: int = 0
    smallest_pair: PairPower | None = None
    typical_pair: PairPower | None = None
    subjects_to_detect: int | None = None
    subjects_to_certify: int | None = None
    reason: str | None = None


@dataclass(frozen=True)
class PowerPlan:
    """The power analysis of a study; as JSON values it is ``plan["power"]``."""

    assumed: Assumptions
    tolerance: float
    axes: Mapping[str, AxisPower]

    def plain(self) -> dict[str, object]:
        """The section of the plan."""
        section: dict[str, object] = json.loads(json.dumps(asdict(self)))
        return section


def power_plan(
    samples: pa.Table, grouping: Grouping, *, assumed: Assumptions, tolerance: float, min_subjects: int
) -> PowerPlan:
    """Compute the power on every axis.

    Args:
        samples: the samples of the study.
        grouping: how the samples are grouped.
        assumed: rate, ICC, power and level.
        tolerance: the largest difference between groups that the plan accepts.
        min_subjects: groups with fewer are not compared.
    """
    subjects = pc.dictionary_encode(samples["subject_id"].combine_chunks())
    subject_N, num_subjects = subjects.indices.to_numpy().astype(np.int64), len(subjects.dictionary)
    axes = {}
    for axis in grouping.axes or ():
        groups = group_samples(samples, axis, grouping)
        if len(groups.names) > MAX_GROUPS:
            reason = f"{len(groups.names):,} groups; at most {MAX_GROUPS} can be compared"
            axes[axis] = AxisPower(0, reason=reason)
            continue
        compared = dict(_compared(groups, subject_N, num_subjects, min_subjects))
        axes[axis] = _axis_power(compared, assumed, tolerance, min_subjects)
    return PowerPlan(assumed, tolerance, axes)


def _compared(groups: Groups, subject_N: Ints, num_subjects: int, min_subjects: int) -> Iterator[tuple[str, Ints]]:
    """The groups with enough subjects, and how many samples each subject has in them."""
    for index, group in enumerate(groups.groups):
        samples_S = np.bincount(subject_N[groups.index == index], minlength=num_subjects)
        if not group.is_unknown and np.count_nonzero(samples_S) >= min_subjects:
            yield group.name, samples_S


def _axis_power(
    compared: Mapping[str, Ints], assumed: Assumptions, tolerance: float, min_subjects: int
) -> AxisPower:
    if len(compared) < 2:
        only = f"only {listed(list(compared))} has" if compared else "no known group has"
        return AxisPower(len(compared), reason=f"{only} {min_subjects} subjects or more")
    names, samples_SG = list(compared), np.stack(list(compared.values()), axis=1)
    errors = gap_errors(samples_SG, assumed)
    pairs = sorted(combinations(range(len(names)), 2), key=lambda pair: float(errors.error[pair]))
    typical, smallest = pairs[(len(pairs) - 1) // 2], pairs[-1]

    def power_of(pair: tuple[int, int]) -> PairPower:
        gap = _detectable(samples_SG[:, pair], len(pairs), assumed)
        return PairPower((names[pair[0]], names[pair[1]]), gap)

    def needed(gap_of: Callable[..., float]) -> int | None:
        return subjects_needed(
            tolerance,
            float(errors.per_subject[typical]),
            num_pairs=len(pairs),
            assumed=assumed,
            gap_of=gap_of,
            paired=bool((samples_SG[:, typical] > 0).all(axis=1).any()),
        )

    return AxisPower(
        num_groups=len(names),
        num_pairs=len(pairs),
        smallest_pair=power_of(smallest),
        typical_pair=power_of(typical),
        subjects_to_detect=needed(detectable_gap),
        subjects_to_certify=needed(certifiable_gap),
    )


def _detectable(samples_S2: Ints, num_pairs: int, assumed: Assumptions) -> float | None:
    gap = detectable_gap_between(samples_S2, num_pairs=num_pairs, assumed=assumed)
    widest = max(assumed.rate, 1 - assumed.rate)
    return round(gap, 6) if gap <= widest else None
