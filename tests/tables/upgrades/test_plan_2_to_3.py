"""A plan of version 2 in the form of version 3."""

from __future__ import annotations

from typing import Any

import pytest

from harness.tables.upgrades.plan_2_to_3 import plan_2_to_3


def test_votes_were_not_measured() -> None:
    measure = {"level": 0.9, "votes": False, "shares": None}
    assert plan_2_to_3({"seed": 3, "measure": {"level": 0.9}}) == {"seed": 3, "measure": measure, "schema": 3}


@pytest.mark.parametrize("measure", [None, [], "x"])
def test_a_malformed_part_is_left_for_the_reader_to_refuse(measure: Any) -> None:
    assert plan_2_to_3({"measure": measure}) == {"measure": measure, "schema": 3}
    assert plan_2_to_3({}) == {"schema": 3}
