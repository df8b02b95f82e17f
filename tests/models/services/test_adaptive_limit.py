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


def test_answers_that_take_much_longer_than_usual_are_a_sign_of_a_queue() -> None:
    limit = AdaptiveLimit(8)
    for step in range(10):
        limit.answered(sent_at=float(step), now=step + 0.5)
    for step in range(20, 25):
        limit.answered(sent_at=float(step), now=step + 1.9)
    assert limit.limit == 8, "under four times the usual"
    for step in (30, 31):
        limit.answered(sent_at=float(step), now=step + 2.1)
    assert limit.limit == 8, "two of the last five"
    limit.answered(sent_at=32.0, now=34.1)
    assert limit.limit == 4


def test_a_single_slow_answer_says_nothing() -> None:
    limit = AdaptiveLimit(16)
    for step in range(1_000):
        limit.answered(sent_at=float(step), now=step + (2.0 if step % 100 == 50 else 0.05))
        assert limit.limit == 16


def test_the_first_answers_say_nothing_of_what_is_usual() -> None:
    limit = AdaptiveLimit(8)
    limit.answered(sent_at=0.0, now=0.1)
    limit.answered(sent_at=1.0, now=9.0)
    assert limit.limit == 8
