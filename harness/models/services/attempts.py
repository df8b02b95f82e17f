"""One request with all its attempts: paid for from the budget, repeated with pauses, given up in the end."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import httpx

from harness.errors import HarnessError, Reason, Unscored
from harness.models.budget import Budget
from harness.models.services.adaptive_limit import AdaptiveLimit
from harness.models.services.exchange import Exchange, ServiceRequest
from harness.models.services.reachable import AddressRefusedError
from harness.models.services.retry_rules import backoff_s, ends_the_run, is_transient, retry_after_s
from harness.models.services.sender import Received, RedirectRefusedError, Sender
from harness.models.services.service_connection import ServiceOptions

_CONTINUES = "All answers are kept; repeat the command to go on."


class StoppedError(Exception):
    """The run ends, and this request has no answer yet."""


class Stop:
    """Why no more is asked, once there is a reason. Belongs to an event loop."""

    def __init__(self) -> None:
        self.why: BaseException | None = None
        self.changed = asyncio.Event()
        """Set whenever something happened that whoever waits must look at."""

    def set(self, why: BaseException) -> None:
        """Give the reason; the first one counts."""
        self.why = self.why or why
        self.changed.set()

    async def pause(self, seconds: float) -> None:
        """Wait.

        Raises:
            StoppedError: there is a reason to stop, before or meanwhile.
        """
        until = time.monotonic() + seconds
        while self.why is None and (left := until - time.monotonic()) > 0:
            self.changed.clear()
            try:
                await asyncio.wait_for(self.changed.wait(), left)
            except TimeoutError:
                break
        if self.why is not None:
            raise StoppedError


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What came of one attempt: an answer, or a failure, or no connection."""

    received: Received | None = None
    failure: Unscored | None = None
    unreachable: str | None = None
    again: bool = False
    overloaded: bool = False
    charged: bool = False


class Attempts:
    """Asks until there is an answer. What it learns of the service holds for all requests.

    Args:
        owner: begins messages.
        sender: of single requests.
        options: attempts and pauses.
        budget: of the run.
        limit: is told how the service bears the requests.
    """

    def __init__(
        self, owner: str, sender: Sender, options: ServiceOptions, budget: Budget, limit: AdaptiveLimit
    ) -> None:
        self._owner = owner
        self._sender = sender
        self._options = options
        self._budget = budget
        self._limit = limit
        self._not_before = 0.0
        self._unanswered = 0

    async def ask(
        self, request: ServiceRequest, expected: float, transport: httpx.AsyncBaseTransport, stop: Stop
    ) -> Exchange:
        """Ask until there is an answer or no attempt is left.

        Args:
            request: to be sent.
            expected: what one attempt will cost.
            transport: carries it.
            stop: ends the waiting.

        Raises:
            StoppedError: it was stopped before it had an answer.
            HarnessError: no further request can succeed.
        """
        reserved, charged = 0.0, 0
        try:
            for attempt in range(1, self._options.attempts + 1):
                await stop.pause(self._not_before - time.monotonic())
                self._budget.take(expected)
                reserved += expected
                started = time.monotonic()
                outcome = await self._attempt(request, transport)
                charged += outcome.charged
                if not outcome.again or attempt == self._options.attempts:
                    break
                await stop.pause(backoff_s(attempt, self._options.wait_s, self._options.max_wait_s))
            if outcome.unreachable is not None:
                raise HarnessError(f"{self._owner}: {outcome.unreachable}. {_CONTINUES}")
        except (StoppedError, HarnessError):
            self._budget.settle(reserved, charged * expected)
            raise
        self._give_up(outcome, stop)
        received = outcome.received
        scrub = self._sender.credentials
        return Exchange(
            status=received.status if received else None,
            headers={name: scrub.scrubbed(of) for name, of in received.headers.items()} if received else {},
            body=scrub.scrubbed_bytes(received.body) if received else b"",
            failure=outcome.failure,
            attempts=attempt,
            charged=charged,
            reserved=reserved,
            seconds=time.monotonic() - started,
            day=datetime.now(UTC).date().isoformat(),
        )

    async def _attempt(self, request: ServiceRequest, transport: httpx.AsyncBaseTransport) -> _Outcome:
        sent_at = time.monotonic()
        try:
            outcome = self._judged(await self._sender.send(request, transport))
        except (AddressRefusedError, httpx.InvalidURL) as error:
            found = self._sender.credentials.scrubbed(str(error))
            raise HarnessError(f"{self._owner}: its address is not asked: {found}.") from None
        except RedirectRefusedError as error:
            outcome = _Outcome(failure=Unscored(Reason.NO_ANSWER, str(error)))
        except Unscored as unscored:
            outcome = _Outcome(failure=unscored, charged=True)
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            outcome = self._without_connection(error)
        except (TimeoutError, httpx.TimeoutException):
            failure = Unscored(Reason.TIMEOUT, "no answer in time")
            outcome = _Outcome(failure=failure, again=True, overloaded=True, charged=True)
        except (httpx.TransportError, httpx.StreamError):
            failure = Unscored(Reason.NO_ANSWER, "the connection broke off")
            outcome = _Outcome(failure=failure, again=True, overloaded=True, charged=True)
        learn = self._limit.overloaded if outcome.overloaded else self._limit.answered
        learn(sent_at, time.monotonic())
        return outcome

    def _judged(self, received: Received) -> _Outcome:
        """What an answer with this status means.

        Raises:
            HarnessError: no further request can succeed.
        """
        why = ends_the_run(received.status, received.body)
        if why is not None:
            raise HarnessError(f"{self._owner}: {why}. {_CONTINUES}")
        if not is_transient(received.status):
            return _Outcome(received=received, charged=received.status < 300)
        self._wait_as_asked(received.headers)
        if received.status == 429:
            failure = Unscored(Reason.RATE_LIMITED)
        else:
            failure = Unscored(Reason.NO_ANSWER, f"status {received.status}")
        return _Outcome(received=received, failure=failure, again=True, overloaded=True)

    def _wait_as_asked(self, headers: Mapping[str, str]) -> None:
        """A limit of the account is the same for all requests."""
        wait_s = min(retry_after_s(headers, datetime.now(UTC)), self._options.max_wait_s)
        self._not_before = max(self._not_before, time.monotonic() + wait_s)

    def _without_connection(self, error: httpx.TransportError) -> _Outcome:
        """The service was not even asked, so that this says nothing of the sample."""
        found = self._sender.credentials.scrubbed(str(error)) or "no connection in time"
        tried = f"no connection to the service ({found[:200]})"
        return _Outcome(unreachable=tried, again=not _is_refused_certificate(error), overloaded=True)

    def _give_up(self, outcome: _Outcome, stop: Stop) -> None:
        """Stop where nothing comes any more, before every sample is a failed row."""
        if outcome.failure is None or not outcome.again:
            self._unanswered = 0
            return
        self._unanswered += 1
        if self._unanswered == self._options.give_up_after:
            self._unanswered = 0
            stop.set(
                HarnessError(
                    f"{self._owner}: {self._options.give_up_after} requests in a row had no answer "
                    f"(model.give_up_after), the last one: {outcome.failure.text}. {_CONTINUES}"
                )
            )


def _is_refused_certificate(error: BaseException) -> bool:
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, ssl.SSLCertVerificationError):
        cause = cause.__cause__ or cause.__context__
    return cause is not None
