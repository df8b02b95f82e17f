"""An axis of one attribute and the pairs on it, by the names of its groups: what tests by hand share."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from harness.attributes.group import UNKNOWN, Group
from harness.attributes.groups import Groups
from harness.measurement.cells import GroupTallies
from harness.metrics.tally import Tally


def tone(names: Sequence[str], group: Sequence[int] = ()) -> Groups:
    """The attribute tone, with the group of each person."""
    groups = tuple(Group.unknown(1) if name == UNKNOWN else Group.of(name) for name in names)
    return Groups(("tone",), groups, np.array(group, dtype=np.int64))


def pairs_of(tallies: Sequence[Tally], group: Sequence[int], names: Sequence[str]) -> GroupTallies:
    """One row per person, who is in one group."""
    return GroupTallies(tallies, np.arange(len(group)), np.array(group), tone(names, group))
