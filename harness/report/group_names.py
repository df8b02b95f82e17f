"""Groups and axes as pages and terminals write them."""

from __future__ import annotations

from collections.abc import Sequence

from harness.attributes.group import THE_REST, Group

CROSS = " \N{MULTIPLICATION SIGN} "


def group_name(group: Group, cross: str = CROSS) -> str:
    """A group in words: ``female × 65+``. A cell that a search flagged keeps its own name, which says its axes.

    Args:
        group: the group.
        cross: stands between the parts of an intersection; spaces let a line break there.
    """
    if group == THE_REST:
        return "the rest"
    if group.values is None or group != Group.of(*group.values):
        return group.name
    return cross.join(group.values)


def axis_name(attributes: Sequence[str]) -> str:
    """An axis in words: ``sex × skin tone``."""
    return CROSS.join(attribute.replace("_", " ") for attribute in attributes)
