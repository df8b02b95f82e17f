"""What the judge says of a figure that a provider states, and of one for which there is a limit."""

from __future__ import annotations

from typing import Any

import pytest

from harness.verdicts.judge import judge_claim, judge_limit

ELSEWHERE = "measured elsewhere"


@pytest.mark.parametrize(
    ("claimed", "interval", "better", "verdict"),
    [
        (0.66, (0.45, 0.64), "higher", "not_met"),
        (0.66, (0.45, 0.66), "higher", "inconclusive"),
        (0.66, (0.66, 0.80), "higher", "met"),
        (0.66, (0.67, 0.80), "higher", "met"),
        (0.10, (0.02, 0.09), "lower", "met"),
        (0.10, (0.02, 0.12), "lower", "inconclusive"),
        (0.10, (0.11, 0.20), "lower", "not_met"),
        (-0.10, (-0.05, 0.08), "zero", "met"),  # a bias is compared by its size
        (0.10, (-0.30, -0.20), "zero", "not_met"),
        (0.10, (-0.20, 0.02), "zero", "inconclusive"),
    ],
)
def test_the_whole_interval_must_be_on_one_side(claimed: float, interval: Any, better: Any, verdict: str) -> None:
    said = judge_claim(claimed=claimed, interval=interval, better=better, elsewhere=None)
    assert said.verdict == verdict
    assert (said.reason is None) == (verdict != "inconclusive")
    of_limit = judge_limit(limit=claimed, interval=interval, better=better)
    assert (of_limit.verdict, of_limit.reason) == (
        verdict,
        "the limit lies within the interval" if verdict == "inconclusive" else None,  # nobody stated a figure
    )


def test_another_dataset_is_said_whatever_the_verdict() -> None:
    for claimed in (0.1, 0.5, 0.9):
        said = judge_claim(claimed=claimed, interval=(0.4, 0.6), better="higher", elsewhere=ELSEWHERE)
        assert (said.reason or "").endswith(ELSEWHERE)
    none = judge_claim(claimed=0.5, interval="there is no interval", better="higher", elsewhere=ELSEWHERE)
    assert (none.verdict, none.reason) == ("inconclusive", "there is no interval; measured elsewhere")


def test_a_reversed_interval_is_a_fault() -> None:
    with pytest.raises(ValueError, match="reversed"):
        judge_claim(claimed=0.5, interval=(0.6, 0.4), better="higher", elsewhere=None)
    with pytest.raises(ValueError, match="reversed"):
        judge_limit(limit=0.5, interval=(0.6, 0.4), better="higher")


def test_a_limit_without_an_interval_is_open() -> None:
    said = judge_limit(limit=0.5, interval="all subjects alike: no interval", better="lower")
    assert (said.verdict, said.reason) == ("inconclusive", "all subjects alike: no interval")
