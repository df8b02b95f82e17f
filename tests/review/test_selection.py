from __future__ import annotations

import numpy as np
import pytest

from harness.errors import HarnessError
from harness.review.selection import Rule, is_selected, read_rules
from harness.tables.predictions import predictions_table

LABELS = ("anger", "fear>=0.5", "calm")


def test_a_rule_is_a_label_or_a_label_with_a_score() -> None:
    rules = read_rules(["anger", "calm >= 0.25"], LABELS, scored=True)
    assert rules == (Rule("anger"), Rule("calm", 0.25))
    assert read_rules(["fear>=0.5", "fear>=0.5>=0.7"][:1], LABELS, scored=False) == (Rule("fear>=0.5"),)
    assert read_rules(["fear>=0.5>=0.7"], LABELS, scored=True) == (Rule("fear>=0.5", 0.7),)


@pytest.mark.parametrize(
    ("texts", "scored", "message"),
    [
        (["joy"], True, "state a label of the system.*Its labels: anger"),
        (["anger>=2"], True, "state a label of the system"),
        (["anger", "anger>=0.5"], True, "stated twice"),
        (["calm>=0.5"], False, "gives no scores"),
        (["anger", "fear>=0.5", "calm"], True, "nobody could be missed"),
    ],
)
def test_what_cannot_be_selected_is_refused(texts: list[str], scored: bool, message: str) -> None:
    with pytest.raises(HarnessError, match=message):
        read_rules(texts, LABELS, scored=scored)


def test_a_case_is_selected_by_its_label_or_by_a_score_and_never_without_an_answer() -> None:
    predictions = predictions_table(
        model="m",
        labels=LABELS,
        sample_id=["a", "b", "c", "d"],
        outcome=["scored", "scored", "scored", "abstained"],
        reason=[None, None, None, "no_face"],
        label=["anger", "calm", "calm", None],
        scores=[[0.8, 0.1, 0.1], [0.1, 0.3, 0.6], [0.1, 0.2, 0.7], None],
    )
    both = is_selected(predictions, LABELS, [Rule("anger"), Rule("fear>=0.5", 0.3)])
    np.testing.assert_array_equal(both, [True, True, False, False])
    np.testing.assert_array_equal(is_selected(predictions, LABELS, [Rule("anger")]), [True, False, False, False])
