"""One request to a service, and what came of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from harness.cards.facts import Price
from harness.errors import Reason, Unscored
from harness.files import json_value
from harness.models.answer import Answer

MAX_VALUES = 2_000_000
"""In the JSON of one answer: in memory each takes up to thirty times the bytes that were sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceRequest:
    """What is sent for one sample, or for several.

    Attributes:
        body: of the request; empty for none.
        headers: of this request, such as its content type. Those of the connection, with credentials, are added.
        query: added to the URL of the connection, percent-encoded.
    """

    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What a service counted of one exchange; None where it does not say."""

    tokens_in: int | None = None
    tokens_out: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """What came of one request, after all attempts.

    Attributes:
        status: of the last answer that came; None where none did.
        headers: of that answer, by name in small letters, without credentials.
        body: of that answer, decompressed, without credentials; empty where it was not read to its end.
        failure: why there is no answer to be read: ``rate_limited``, ``timeout`` or ``no_answer`` after the last
            attempt, or ``unreadable_answer`` for one over the size limit. None where the service answered, with
            whatever status.
        attempts: how often it was sent; 0 for an answer that an earlier run has paid for.
        seconds: what the last attempt took; NaN where there was none.
        day: of the last attempt, as an ISO date in UTC.
        charged: for how many of the attempts the service may charge: those that it answered with success, and
            those whose answer was lost on the way.
        reserved: of the budget, until the cost is known.
        usage: what the service counted.
        cost: by the price of the card; None where that states none.
        followed: another exchange has ended, too, and comes next.
    """

    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    failure: Unscored | None = None
    attempts: int
    seconds: float
    day: str
    charged: int = 0
    reserved: float = 0.0
    usage: Usage = Usage()
    cost: float | None = None
    followed: bool = False

    @property
    def is_success(self) -> bool:
        """Whether the service answered, and not with an error."""
        return self.failure is None and self.status is not None and 200 <= self.status < 300

    def json(self) -> Any:
        """The value that the body states.

        Raises:
            Unscored: it is no strict JSON, or holds more than `MAX_VALUES` values: ``unreadable_answer``.
        """
        if sum(map(self.body.count, (b"[", b"{", b","))) > MAX_VALUES:
            raise Unscored(Reason.UNREADABLE_ANSWER, f"over {MAX_VALUES:,} values")
        try:
            return json_value(self.body.decode("utf-8-sig"))
        except UnicodeDecodeError:
            raise Unscored(Reason.UNREADABLE_ANSWER, "not UTF-8") from None
        except ValueError:
            raise Unscored(Reason.UNREADABLE_ANSWER, "not JSON") from None

    def answer(self, read: Callable[[Exchange], Answer]) -> Answer:
        """What it means for the sample: a failure as it is, anything else as `read` says.

        Args:
            read: gives vector and version, or raises `Unscored`. All that is known of the exchange is filled in.
        """
        try:
            answer = Answer(unscored=self.failure) if self.failure is not None else read(self)
        except Unscored as unscored:
            answer = Answer(unscored=unscored)
        return replace(
            answer,
            attempts=self.attempts,
            seconds=self.seconds,
            cost=self.cost,
            raw=self.body or None,
            tokens_in=self.usage.tokens_in,
            tokens_out=self.usage.tokens_out,
            day=self.day,
            costly=self.attempts > 0,
            followed=self.followed,
        )


def cost_of(price: Price | None, calls: float, usage: Usage) -> float | None:
    """What a price makes of some calls with these tokens in all; None without a price."""
    if price is None:
        return None
    tokens = (usage.tokens_in or 0) * price.per_million_tokens_in
    tokens += (usage.tokens_out or 0) * price.per_million_tokens_out
    return calls * price.per_call + tokens / 1e6
