from __future__ import annotations

from harness.models.services.adaptive_limit import AdaptiveLimit


def test_it_halves_once_for_all_that_was_sent_before_and_recovers_by_one_a_round() -> None:
    limit = AdaptiveLimit(16)
    assert limit.limit == 16
    for _ in range(5):
        limit.overloaded(sent_at=0.0, now=1.0)
    assert limit.limit == 8
    limit.overloaded(sent_at=1.5, now=2.0)
    assert limit.limit == 4
    for _ in range(4 + 5):  # a round at 4, then a round at 5
        limit.answered(sent_at=3.0, now=3.1)
    assert limit.limit == 5
    for _ in range(200):
        limit.answered(sent_at=3.0, now=3.1)
    assert limit.limit == 16, "never more than allowed"


def test_it_never_falls_below_one() -> None:
    limit = AdaptiveLimit(3)
    for step in range(10):
        limit.overloaded(sent_at=float(step), now=step + 0.5)
    assert limit.limit == 1


def test_an_answer_that_takes_much_longer_than_usual_is_a_sign_of_a_queue() -> None:
    limit = AdaptiveLimit(8)
    for step in range(10):
        limit.answered(sent_at=float(step), now=step + 0.5)
    limit.answered(sent_at=20.0, now=21.9)
    assert limit.limit == 8, "under four times the usual"
    limit.answered(sent_at=30.0, now=32.1)
    assert limit.limit == 4


def test_the_first_answers_say_nothing_of_what_is_usual() -> None:
    limit = AdaptiveLimit(8)
    limit.answered(sent_at=0.0, now=0.1)
    limit.answered(sent_at=1.0, now=9.0)
    assert limit.limit == 8
