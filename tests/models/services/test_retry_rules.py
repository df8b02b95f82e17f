from __future__ import annotations

from datetime import UTC, datetime

import pytest

from harness.models.services.retry_rules import backoff_s, ends_the_run, is_transient, retry_after_s

NOW = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0),
        ("30", 30),
        (" 100000 ", 100_000),
        ("Thu, 26 Nov 2026 12:01:30 GMT", 90),
        ("Thu, 26 Nov 2026 13:00:00 +0100", 0),
        ("Wed, 25 Nov 2026 12:00:00 GMT", 0),
        ("", 0),
        ("-5", 0),
        ("soon", 0),
        ("1e5", 0),
        ("²", 0),
        ("Fri, 99 Nov 2026 99:00:00 GMT", 0),
        ("Thu, 26 Nov 99999999999999999999 12:00:00 GMT", 0),
        ("Thu, 26 Nov 2026 12:01:30 +99999999999999", 0),
    ],
)
def test_a_service_asks_to_wait_in_seconds_or_until_a_date(text: str, seconds: float) -> None:
    assert retry_after_s({"retry-after": text}, NOW) == seconds


def test_without_the_header_nothing_is_asked() -> None:
    assert retry_after_s({}, NOW) == 0


def test_pauses_double_up_to_a_bound() -> None:
    assert [backoff_s(attempt, 1.0, 10.0) for attempt in range(1, 7)] == [1, 2, 4, 8, 10, 10]


def test_what_may_succeed_later() -> None:
    assert [status for status in (200, 301, 400, 404, 408, 425, 429, 500, 503, 599) if is_transient(status)] == [
        *(408, 425, 429, 500, 503, 599)
    ]


@pytest.mark.parametrize(
    ("status", "body", "ends"),
    [
        (200, b"insufficient_quota", False),
        (401, b"", True),
        (402, b"", True),
        (403, b"forbidden", False),
        (403, b'{"code": "quota_exceeded"}', True),
        (429, b'{"error": {"type": "insufficient_quota"}}', True),
        (429, b"Rate limit reached for requests per minute", False),
        (429, b"x" * 10_000 + b"insufficient_quota", False),
        (400, b"Your credit balance is too low to access the API", True),
        (500, b"", False),
    ],
)
def test_what_no_waiting_mends(status: int, body: bytes, ends: bool) -> None:
    assert (ends_the_run(status, body) is not None) is ends
