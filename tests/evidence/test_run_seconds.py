from __future__ import annotations

from typing import Any

import pytest

from harness.evidence.run_seconds import OF_WORKERS, STAGES, recorded_seconds, total_seconds

SECONDS = {name: float(place) for place, name in enumerate((*STAGES, *OF_WORKERS), start=1)}


def test_what_workers_did_meanwhile_is_no_part_of_the_run() -> None:
    found = recorded_seconds({"seconds": {"of_a_later_version": 5.0, **SECONDS}})
    assert found == SECONDS
    assert total_seconds(found) == 1 + 2 + 3 + 4 + 5 + 6 + 7


def test_earlier_versions_did_not_record_all_that_workers_did() -> None:
    stages = {name: SECONDS[name] for name in STAGES}
    assert recorded_seconds({"seconds": stages}) == stages | {"preparing": 0.0, "reading": 0.0}


@pytest.mark.parametrize(
    "record",
    [
        None,
        {},
        {"seconds": 12.5},
        {"seconds": {name: SECONDS[name] for name in (*STAGES[1:], *OF_WORKERS)}},
        {"seconds": SECONDS | {"waiting": "<b>"}},
        {"seconds": SECONDS | {"waiting": -1.0}},
        {"seconds": SECONDS | {"waiting": float("nan")}},
        {"seconds": SECONDS | {"waiting": float("inf")}},
        {"seconds": SECONDS | {"waiting": 1e308}},
    ],
    ids=[
        "no record",
        "no times",
        "of an early version",
        "a stage is missing",
        "text",
        "negative",
        "nan",
        "inf",
        "huge",
    ],
)
def test_a_record_without_all_of_them_says_nothing(record: dict[str, Any] | None) -> None:
    assert recorded_seconds(record) is None
