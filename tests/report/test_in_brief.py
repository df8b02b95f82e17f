from __future__ import annotations

from harness.report.in_brief import unscored
from harness.report.sections import Failure


def test_a_reason_of_two_outcomes_is_named_once() -> None:
    found = [
        Failure("abstained", "no_signal", 6, 3),
        Failure("failed", "timeout", 5, 2),
        Failure("failed", "no_signal", 4, 2),
        Failure("failed", "crashed", 1, 1),
    ]
    assert unscored("toy", found, 20) == "16 of 20 samples without a score: 10 no_signal, 5 timeout, 1 crashed."
    assert unscored("toy", found, 16) == "toy scored nothing: 10 no_signal, 5 timeout, 1 crashed."
    assert unscored("toy", [], 16) is None
