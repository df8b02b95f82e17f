"""Each case worked out by hand from the rules of the authors; votes in the order of the table."""

from __future__ import annotations

import pytest

from harness.datasets.ferplus_votes import EMOTIONS, OTHERS, VoteRule, kept_votes


def votes(**counts: int) -> list[int]:
    return [counts.get(name, 0) for name in (*EMOTIONS, *OTHERS)]


@pytest.mark.parametrize(
    ("counts", "majority", "probability", "multi_target"),
    [
        ({"happiness": 10}, {"happiness": 10}, {"happiness": 10}, {"happiness": 10}),
        # The single vote is dropped: 5 of 9 is a majority; 5 is under 75 % of 9, so the next is taken.
        (
            {"anger": 5, "sadness": 4, "fear": 1},
            {"anger": 5},
            {"anger": 5, "sadness": 4},
            {"anger": 5, "sadness": 4},
        ),
        # Exactly half is no majority.
        ({"anger": 5, "sadness": 5}, {}, {"anger": 5, "sadness": 5}, {"anger": 5, "sadness": 5}),
        # Unknown leads: no emotion. Unknown comes second: it ends what is kept, which holds more than half.
        ({"unknown": 6, "anger": 4}, {}, {}, {}),
        ({"anger": 6, "unknown": 4}, {"anger": 6}, {"anger": 6}, {"anger": 6}),
        # Of equal ones the emotion comes first; half is not more than half for the rule that keeps it alone.
        ({"anger": 5, "NF": 5}, {}, {}, {"anger": 5}),
        # Four equal ones are taken together and are too many; 2 of 8 is under 30 %.
        ({"anger": 2, "sadness": 2, "fear": 2, "disgust": 2}, {}, {}, {}),
        (
            {"anger": 4, "sadness": 3, "fear": 3},
            {},
            {"anger": 4, "sadness": 3, "fear": 3},
            {"anger": 4, "sadness": 3, "fear": 3},
        ),
        # Nothing but single votes.
        ({"anger": 1, "sadness": 1}, {}, {}, {}),
        ({}, {}, {}, {}),
    ],
)
def test_what_a_rule_keeps(
    counts: dict[str, int],
    majority: dict[str, int],
    probability: dict[str, int],
    multi_target: dict[str, int],
) -> None:
    rules: dict[VoteRule, dict[str, int]] = {
        "majority": majority,
        "probability": probability,
        "multi_target": multi_target,
    }
    for rule, kept in rules.items():
        assert kept_votes(votes(**counts), rule) == kept, rule
