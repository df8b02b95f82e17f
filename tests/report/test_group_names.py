"""Groups in words, whatever their names hold."""

from __future__ import annotations

from harness.attributes.group import EVERYBODY, THE_REST, Group
from harness.report.group_names import axis_name, group_name


def test_the_parts_of_an_intersection_are_set_apart() -> None:
    assert group_name(Group.of("female")) == "female"
    assert group_name(Group.of("female", "65+")) == "female \N{MULTIPLICATION SIGN} 65+"
    assert group_name(Group.of("a*b", "c - d"), cross=", ") == "a*b, c - d"


def test_the_rest_and_everybody_are_called_so() -> None:
    assert group_name(THE_REST) == "the rest"
    assert group_name(Group.of("rest")) == "rest"  # a group that somebody named so is another
    assert group_name(EVERYBODY) == EVERYBODY.name


def test_a_flagged_cell_keeps_the_name_that_says_its_axes() -> None:
    flagged = Group("sex=female & tone=dark", ("female", "dark"))
    assert group_name(flagged) == "sex=female & tone=dark"


def test_axes_are_written_with_spaces() -> None:
    assert axis_name(["sex", "skin_tone"]) == "sex \N{MULTIPLICATION SIGN} skin tone"
    assert axis_name(["age"]) == "age"
