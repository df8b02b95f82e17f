"""Asks a service for answers, several at once, and hands each on as it arrives.

Requests run in an event loop in a thread of its own, and are taken from the caller in another, a few ahead: so as
many are under way as may be, until there are no more. An answer keeps its place among those under way until the
caller comes back for the next one, by when it is in the journal: a kill loses at most `ServiceOptions.concurrency`
answers.
"""

from __future__ import annotations

import asyncio
import atexit
import logging
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from queue import SimpleQueue

import httpx

from harness.cards.facts import Price
from harness.errors import HarnessError
from harness.models.answer import Answer
from harness.models.budget import Budget
from harness.models.services.adaptive_limit import AdaptiveLimit
from harness.models.services.answer_cache import AnswerCache, ReadAll
from harness.models.services.attempts import Attempts, Stop, StoppedError
from harness.models.services.deferred_interrupts import deferred_interrupts
from harness.models.services.exchange import Exchange, ServiceRequest, Usage, cost_of
from harness.models.services.sender import Sender
from harness.models.services.service_connection import ServiceConnection, ServiceOptions

logger = logging.getLogger(__name__)

AHEAD = 16
"""Requests that may wait for their turn: their bodies are in memory."""

_LAST_REQUEST_S = 10.0
"""How long the end of the process waits for media that are being read for a request."""


def _not_counted(_: Exchange) -> Usage:
    return Usage()


class ServiceClient:
    """Asks one service.

    Args:
        owner: begins messages, such as ``model acme``.
        connection: of the card.
        options: of the user.
        budget: of the run.
        price: of the card; None where it is not stated.
        usage: reads the tokens of a successful exchange.
        cache: of answers; None where each is asked for.
        repeat: which time the samples are asked about.

    Raises:
        HarnessError: a credential is missing, the URL or the file of certificates cannot be used, or the budget
            limits a cost that the card does not state.
    """

    def __init__(
        self,
        owner: str,
        connection: ServiceConnection,
        options: ServiceOptions,
        budget: Budget,
        *,
        price: Price | None = None,
        usage: Callable[[Exchange], Usage] = _not_counted,
        cache: AnswerCache | None = None,
        repeat: int = 1,
    ) -> None:
        if budget.max_cost is not None and price is None:
            raise HarnessError(
                f"{owner}: budget.max_cost={budget.max_cost:g} needs a price, and its card states none. Add price "
                "to the card, or use budget.max_calls."
            )
        self._options = options
        self._budget = budget
        self._price = price
        self._usage = usage
        self._cache = cache
        self._repeat = repeat
        self._sender = Sender.of(connection, options, owner)
        self._limit = AdaptiveLimit(options.concurrency)
        self._attempts = Attempts(owner, self._sender, options, budget, self._limit)
        typical = Usage(tokens_in=connection.tokens_in, tokens_out=connection.tokens_out)
        self._expected = cost_of(price, 1, typical) or 0.0
        for name in ("httpx", "httpcore"):  # in detail they log headers
            logging.getLogger(name).setLevel(logging.WARNING)

    def answered(
        self, requests: Iterable[ServiceRequest], read: ReadAll
    ) -> Iterator[tuple[int, Sequence[Answer]]]:
        """The answers to the samples of each request, as they arrive: (index, answers).

        Args:
            requests: each about one sample or several; taken in another thread, a few ahead of what is asked.
            read: (index, exchange) → the answers to the samples of that request, see `Exchange.answer`.

        Raises:
            HarnessError: see `exchanges`.
        """
        if self._cache is not None:
            yield from self._cache.answered(requests, self._repeat, self.exchanges, read)
            return
        for index, exchange in self.exchanges(requests):
            yield index, read(index, exchange)

    def exchanges(self, requests: Iterable[ServiceRequest | Exchange]) -> Iterator[tuple[int, Exchange]]:
        """What came of each request, as they arrive: (index, exchange), with its cost counted.

        Args:
            requests: see `answered`. What an earlier run has paid for stands in the place of its request.

        Raises:
            HarnessError: no further request can succeed: the budget or the quota is spent, credentials are
                refused, the service cannot be reached, or nothing came for too many requests in a row. What was
                under way is handed on before. What the requests themselves raise is likewise raised in the end.
            KeyboardInterrupt: likewise, after Ctrl-C; at once after a second one.
        """
        for index, exchange in _Asked(self._sender, self._attempts, self._limit, lambda: self._expected, requests):
            if exchange.attempts == 0:
                yield index, exchange
                continue
            usage = self._usage(exchange) if exchange.is_success else Usage()
            cost = cost_of(self._price, exchange.charged, usage)
            self._budget.settle(exchange.reserved, cost or 0.0)
            self._expected = max(self._expected, (cost or 0.0) / max(1, exchange.charged))
            yield index, replace(exchange, usage=usage, cost=cost)


class _Asked:
    """Requests, taken in one thread and asked in another: iterated once."""

    def __init__(
        self,
        sender: Sender,
        attempts: Attempts,
        limit: AdaptiveLimit,
        expected: Callable[[], float],
        requests: Iterable[ServiceRequest | Exchange],
    ) -> None:
        self._sender = sender
        self._attempts = attempts
        self._limit = limit
        self._expected = expected
        self._requests = requests
        self._arrived: SimpleQueue[tuple[int, Exchange] | None] = SimpleQueue()
        self._ready = threading.Event()
        self._failure: BaseException | None = None
        self._under_way = 0
        self._waiting: deque[tuple[int, ServiceRequest | Exchange]] = deque()
        self._ahead = threading.Semaphore(AHEAD)
        self._all_taken = False
        self._ended = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[None]
        self._stop: Stop

    def __iter__(self) -> Iterator[tuple[int, Exchange]]:
        thread = threading.Thread(target=self._run, name="service requests", daemon=True)
        thread.start()
        self._ready.wait()
        try:
            with deferred_interrupts(self._interrupt):
                while (item := self._arrived.get()) is not None:
                    together = [item, *self._at_hand()]
                    for place, (index, exchange) in enumerate(together, start=1):
                        yield index, replace(exchange, followed=place < len(together))
                    self._in_loop(partial(self._handed_on, len(together)))
        finally:
            self._ended = True
            self._ahead.release()  # who takes requests may be in the middle of one, and is not waited for
            self._in_loop(lambda: self._task.cancel())
            thread.join()
        if self._failure is not None:
            raise self._failure

    def _in_loop(self, call: Callable[[], object]) -> None:
        if self._loop is not None:
            with suppress(RuntimeError):  # it is closed: all is done
                self._loop.call_soon_threadsafe(call)

    def _at_hand(self) -> Iterator[tuple[int, Exchange]]:
        """What has arrived besides: all of it keeps its places until the last is handed on."""
        while not self._arrived.empty():
            item = self._arrived.get()
            if item is None:
                self._arrived.put(None)  # the end is for who waits
                return
            yield item

    def _handed_on(self, num: int = 1) -> None:
        self._under_way -= num
        self._stop.changed.set()

    def _interrupt(self, why: BaseException) -> None:
        logger.warning("Waiting for the answers under way; once more to stop at once.")
        self._in_loop(lambda: self._stop.set(why))

    def _take(self) -> None:
        """The thread that takes requests, which may wait for media to be read."""
        try:
            for item in enumerate(self._requests):
                self._ahead.acquire()
                if self._ended:
                    return
                self._in_loop(partial(self._wait, item))
        except BaseException as error:
            self._in_loop(partial(self._stop.set, error))
        self._in_loop(partial(self._wait, None))

    def _wait(self, item: tuple[int, ServiceRequest | Exchange] | None) -> None:
        """Put a request in line; None after the last."""
        if item is None:
            self._all_taken = True
        else:
            self._waiting.append(item)
        self._stop.changed.set()

    def _run(self) -> None:
        """The thread that asks."""
        try:
            asyncio.run(self._ask_all())
        except BaseException as error:
            self._failure = error
        finally:
            self._ready.set()
            self._arrived.put(None)

    async def _ask_all(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), Stop()
        task = asyncio.current_task()
        assert task is not None
        self._task = task
        self._ready.set()
        taking = threading.Thread(target=self._take, name="requests to a service", daemon=True)
        atexit.register(taking.join, _LAST_REQUEST_S)  # a thread that ends within a decoder would end the process
        taking.start()
        transport = self._sender.transport()
        try:
            async with asyncio.TaskGroup() as tasks:
                while (item := await self._next()) is not None:
                    self._under_way += 1
                    self._ahead.release()
                    index, request = item
                    if isinstance(request, Exchange):
                        self._arrived.put((index, request))
                    else:
                        tasks.create_task(self._ask(index, request, transport))
        finally:
            self._ended = True
            self._ahead.release()
            await transport.aclose()
        if self._stop.why is not None:
            raise self._stop.why

    async def _next(self) -> tuple[int, ServiceRequest | Exchange] | None:
        """The next request, once one more may be under way; None where there is none, or a reason to stop."""
        while self._stop.why is None:
            if self._waiting and self._under_way < self._limit.limit:
                return self._waiting.popleft()
            if self._all_taken and not self._waiting:
                break
            self._stop.changed.clear()
            await self._stop.changed.wait()
        return None

    async def _ask(self, index: int, request: ServiceRequest, transport: httpx.AsyncBaseTransport) -> None:
        try:
            exchange = await self._attempts.ask(request, self._expected(), transport, self._stop)
        except StoppedError:
            self._handed_on()
        except Exception as error:
            self._stop.set(error)
            self._handed_on()
        else:
            self._arrived.put((index, exchange))
