"""How an estimated attribute errs: from another attribute of the same samples, or from counts of other people.

Resolved when a study is planned, and part of the plan, so that gaps that are corrected for these errors follow
from plan and tables.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import pyarrow as pa
from pydantic import ConfigDict, Field, NonNegativeInt, TypeAdapter, model_validator

from harness.attributes.grouping import MAX_GROUPS, Grouping, Text
from harness.attributes.groups import group_samples
from harness.attributes.origins import Origin
from harness.attributes.scales import SCALES
from harness.errors import HarnessError
from harness.plain_numbers import PlainNumbers
from harness.wording import listed

ANNOTATED = ("self_report", "observer", "screening", "simulated")
"""Sources that are no estimates: what an estimate is held against unless something else is chosen."""

OPTION = "attributes.errors"

Row = Annotated[tuple[NonNegativeInt, ...], Field(max_length=MAX_GROUPS)]
ErrorChoice = str | dict[Text, Row] | None
"""Another attribute; people by true group, each with how many are estimated to be in which group; or nothing."""


class EstimateErrors(PlainNumbers):
    """The errors of one estimated attribute.

    Attributes:
        reference: another axis that says to which group the samples truly belong; None if counts say it.
        groups: of the counts; empty if there is a reference.
        counts: people by true group (rows) and estimated group.
        ordered: whether the groups are the steps of a scale.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    reference: Text | None = None
    groups: Annotated[tuple[Text, ...], Field(max_length=MAX_GROUPS)] = ()
    counts: Annotated[tuple[Row, ...], Field(max_length=MAX_GROUPS)] = ()
    ordered: bool

    @model_validator(mode="after")
    def _is_whole(self) -> EstimateErrors:
        square = len(self.counts) == len(self.groups) and all(len(row) == len(self.groups) for row in self.counts)
        if not square or (self.reference is None) == (not self.groups):
            raise ValueError("expected a reference, or groups with as many rows and columns of counts")
        return self


def estimate_errors(section: Mapping[str, Any]) -> dict[str, EstimateErrors]:
    """The errors by attribute, read back from ``plan["attributes"]``; none in a plan of a time without them.

    Raises:
        ValueError: they are malformed.
    """
    return TypeAdapter(dict[str, EstimateErrors]).validate_python(section.get("errors", {}))


def planned_errors(
    choices: Mapping[str, ErrorChoice], origins: Mapping[str, Origin], samples: pa.Table, grouping: Grouping
) -> dict[str, EstimateErrors]:
    """How each estimated attribute that is an axis errs.

    Without a choice it is held against the one annotated axis with the same groups of a scale, if there is one.

    Args:
        choices: by attribute.
        origins: attribute → where it comes from.
        samples: the samples.
        grouping: how they are grouped.

    Raises:
        HarnessError: a choice is about no estimated axis, or names neither an axis with the same groups nor counts
            of its groups.
    """
    axes = [axis for axis in grouping.axes or () if axis in origins]
    estimated = [axis for axis in axes if origins[axis].source == "estimated"]
    for name in choices:
        if name not in estimated:
            raise HarnessError(
                f"{OPTION}: {name!r} is no axis whose source is estimated "
                f"({listed(estimated) or 'there is none'}). State it: attributes.sources={{{name}: estimated}}."
            )
    groups = {axis: _groups(axis, samples, grouping) for axis in axes} if estimated else {}
    found = {}
    for name in estimated:
        ordered = _is_ordered(name, grouping)
        choice = choices[name] if name in choices else _usual(name, origins, groups, grouping)
        if isinstance(choice, str):
            _require_same_groups(name, choice, groups)
            found[name] = EstimateErrors(reference=choice, ordered=ordered)
        elif choice is not None:
            found[name] = _counted(name, choice, groups[name], ordered)
    return found


def _groups(axis: str, samples: pa.Table, grouping: Grouping) -> tuple[str, ...]:
    return tuple(group.name for group in group_samples(samples, axis, grouping).groups if not group.is_unknown)


def _is_ordered(name: str, grouping: Grouping) -> bool:
    banding = grouping.bands.get(name)
    if isinstance(banding, str):
        return not SCALES[banding].open
    return isinstance(banding, tuple) and not any(isinstance(item, str) for item in banding)


def _usual(
    name: str, origins: Mapping[str, Origin], groups: Mapping[str, tuple[str, ...]], grouping: Grouping
) -> str | None:
    scale = grouping.bands.get(name)
    alike = [
        axis
        for axis in groups
        if scale is not None
        and origins[axis].source in ANNOTATED
        and grouping.bands.get(axis) == scale
        and groups[axis] == groups[name]
    ]
    return alike[0] if len(alike) == 1 else None


def _require_same_groups(name: str, chosen: str, groups: Mapping[str, tuple[str, ...]]) -> None:
    others = [axis for axis in groups if axis != name]
    if chosen not in others:
        raise HarnessError(f"{OPTION}: {chosen!r} is no other axis ({listed(others) or 'there is none'}).")
    if groups[chosen] != groups[name]:
        raise HarnessError(
            f"{OPTION}: {name} ({listed(groups[name])}) and {chosen} ({listed(groups[chosen])}) have different "
            f"groups. Give both the same bands, such as attributes.bands={{{name}: monk_3, {chosen}: monk_3}}."
        )


def _counted(
    name: str, counts: Mapping[str, Sequence[int]], groups: tuple[str, ...], ordered: bool
) -> EstimateErrors:
    if unknown := [group for group in counts if group not in groups]:
        raise HarnessError(f"{OPTION}: {name} has no groups {listed(unknown)}; it has {listed(groups, 12)}.")
    if any(len(row) != len(counts) for row in counts.values()):
        raise HarnessError(
            f"{OPTION}: {name} needs a square table: for each of the {len(counts)} true groups the people who are "
            f"estimated to be in each of them, such as {{light: [40, 8], dark: [6, 42]}}."
        )
    return EstimateErrors(groups=tuple(counts), counts=tuple(map(tuple, counts.values())), ordered=ordered)
