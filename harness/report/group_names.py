"""Names of groups and axes for reports and the terminal."""

from __future__ import annotations

from collections.abc import Sequence

from harness.attributes.group import THE_REST, Group

CROSS = " \N{MULTIPLICATION SIGN} "


def group_name(group: Group, cross: str = CROSS) -> str:
    """A group in words: ``female × 65+``. A cell flagged by a search keeps its name, which contains its axes.

    Args:
        group: the group.
        cross: the separator between the parts of an intersection; with spaces, a line can break there.
    """
    if group == THE_REST:
        return "the rest"
    if group.values is None or group != Group.of(*group.values):
        return group.name
    return cross.join(group.values)


def axis_name(attributes: Sequence[str]) -> str:
    """An axis in words: ``sex × skin tone``."""
    return CROSS.join(attribute.replace("_", " ") for attribute in attributes)
