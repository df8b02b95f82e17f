"""Emotions that options name: known words, labels of the data, and none that would count nothing."""

from __future__ import annotations

import pytest

from harness.errors import HarnessError
from harness.metrics.assignment import NEGATIVE
from harness.practice_tests.named_emotions import named_emotions


def test_names_are_those_of_the_vocabulary_or_of_the_data() -> None:
    assert named_emotions(["Angry", "fear"], "negative", []) == {"anger", "fear"}
    assert named_emotions(["Worried about bills"], "negative", ["worried about bills"]) == {"worried about bills"}
    assert named_emotions(NEGATIVE, "negative", []) == set(NEGATIVE)


def test_a_name_that_would_count_nothing_is_refused() -> None:
    message = r"^negative=feer: neither a known emotion nor a label of the data or the system\. Did you mean fear"
    with pytest.raises(HarnessError, match=message):
        named_emotions(["anger", "feer"], "negative", ["neutral"])
