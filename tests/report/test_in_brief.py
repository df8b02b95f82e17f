from __future__ import annotations

from harness.report.check_findings import Finding
from harness.report.in_brief import media_untested, unscored, uses_media
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


def check(metric: str, group: str, verdict: str, reason: str) -> Finding:
    about = "" if group == "all" else group
    return Finding(metric, about, verdict, reason, "", {"metric": metric, "group": group})


def test_a_blind_control_that_could_not_be_judged_is_told_and_one_that_was_not_made_is_not() -> None:
    found = [
        check("blind", "medium removed", "met", "Without the picture 1 of 9 answers stay the same."),
        check("blind", "background alone", "not_tested", "4 subjects; at least 5 are needed."),
        check("blind", "all", "not_tested", "The system was not asked without its media."),
        check("support", "x", "not_tested", "4 subjects; at least 5 are needed."),
    ]
    assert media_untested(found) == ["background alone: not tested. 4 subjects; at least 5 are needed."]
    assert uses_media(found) == found[:1]
