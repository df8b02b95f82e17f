from __future__ import annotations

from dataclasses import asdict
from typing import Any

import pytest

from harness.metrics.latency import Latency
from harness.scoring.recorded_times import MAX_GROUPS, recorded_times

TIMES = [
    Latency(None, None, 40, 0.1, 0.2, 0.3, 9.0, attempts=1.5, throughput=31.0),
    Latency("sex", "female", 20, 0.1, 0.2, 0.3, None, attempts=1.0),
]


def test_what_a_record_says_is_read_back() -> None:
    assert recorded_times({"latency": [asdict(one) for one in TIMES]}) == TIMES


def test_a_record_of_an_earlier_version_counted_no_requests() -> None:
    (one,) = recorded_times({"latency": [{**asdict(TIMES[0]), "attempts": None, "throughput": None}]})
    earlier = {name: of for name, of in asdict(TIMES[0]).items() if name not in ("attempts", "throughput")}
    assert recorded_times({"latency": [earlier]}) == [one]


@pytest.mark.parametrize(
    "latency",
    [
        None,
        "fast",
        {"p50": 1},
        [None],
        [{"p50": 1.0}],
        [{**asdict(TIMES[0]), "p99": float("nan")}],
        [{**asdict(TIMES[0]), "p99": "soon"}],
        [{**asdict(TIMES[0]), "more": 1}],
        [asdict(TIMES[1])] * (MAX_GROUPS + 1),
    ],
)
def test_what_is_no_list_of_times_is_none(latency: Any) -> None:
    assert recorded_times({"latency": latency}) == []
    assert recorded_times({}) == recorded_times(None) == []
