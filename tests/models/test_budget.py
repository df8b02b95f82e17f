from __future__ import annotations

from pathlib import Path

import pytest

from harness.errors import HarnessError
from harness.models.budget import Budget


def test_so_many_calls_and_no_more() -> None:
    budget = Budget(max_calls=2)
    budget.take(0.0)
    budget.take(0.0)
    with pytest.raises(HarnessError, match=r"budget.max_calls=2, and 2 calls were made"):
        budget.take(0.0)
    assert budget.calls == 2


def test_ten_calls_at_a_tenth_cost_one() -> None:
    budget = Budget(max_cost=1.0)
    for _ in range(10):
        budget.take(0.1)
        budget.settle(0.1, 0.1)
    with pytest.raises(HarnessError, match=r"budget.max_cost=1, and 1 is spent, and the next call may cost 0.1"):
        budget.take(0.1)


def test_calls_under_way_are_reserved_at_what_they_may_cost() -> None:
    budget = Budget(max_cost=1.0)
    budget.take(0.6)
    with pytest.raises(HarnessError, match=r"the next call may cost 0.6"):
        budget.take(0.6)
    budget.settle(0.6, 0.1)
    budget.take(0.6)
    assert budget.cost == pytest.approx(0.7)


def test_what_was_spent_before_counts_also_what_was_under_way_at_a_kill(tmp_path: Path) -> None:
    path = tmp_path / "journal" / "budget.jsonl"
    before = Budget(max_cost=1.0)
    before.keep_in(path)
    assert not path.exists(), "a run that asks nothing writes nothing"
    before.take(0.25)
    before.settle(0.25, 0.125)
    before.take(0.25)
    with path.open("a") as file:
        file.write("[1, 0.2")  # killed while writing
    after = Budget(max_cost=1.0)
    after.keep_in(path)
    assert (after.calls, after.cost) == (2, 0.375)
