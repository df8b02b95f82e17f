"""Which answers are worth another attempt, after how long, and which end the run."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

_TRANSIENT = {408, 425, 429}

_LOOKED_AT_BYTES = 8_192
_EXHAUSTED = re.compile(
    rb"insufficient[_ ]quota|quota[_ ]exceeded|exceeded your current quota|billing[_ ]hard[_ ]limit"
    rb"|billing[_ ]not[_ ]active|credit balance is too low|insufficient[_ ](?:funds|credits?|balance)"
    rb"|out of credits?|payment[_ ]required",
    re.IGNORECASE,
)
"""How services say that an account has nothing left. Waiting does not help, unlike with a limit per minute."""


def is_transient(status: int) -> bool:
    """Whether the same request may succeed a little later: too many requests, or a fault of the server."""
    return status in _TRANSIENT or status >= 500


def ends_the_run(status: int, body: bytes) -> str | None:
    """Why no further request can succeed, or None."""
    if status == 401:
        return "it does not accept the credentials (status 401)"
    if status == 402 or (status >= 400 and _EXHAUSTED.search(body[:_LOOKED_AT_BYTES])):
        return f"its quota or the account's credit is exhausted (status {status})"
    return None


def retry_after_s(headers: Mapping[str, str], now: datetime) -> float:
    """Seconds that the service asks to wait (RFC 9110, 10.2.3: a number or a date); 0 where it does not ask."""
    text = headers.get("retry-after", "").strip()
    if text.isascii() and text.isdecimal():
        return float(text[:12])
    try:
        until = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return 0.0
    return max(0.0, ((until if until.tzinfo else until.replace(tzinfo=UTC)) - now).total_seconds())


def backoff_s(attempt: int, first_s: float, most_s: float) -> float:
    """Seconds to wait after attempt number `attempt`, from 1: twice as long each time, up to a bound."""
    return min(most_s, first_s * 2.0 ** (attempt - 1))
