"""Answers that an earlier run has paid for, used again where the very same would be asked of the very same system.

The same is: address, method, headers, query and body to the byte (so prompt, parameters and medium), the number
of the repeat, and the version that answers. Only an answer says which version that is. So the first request of a
run is always asked, and what is kept is used as far as it is from the version that answered in this run. Only
answers that could be read and are scored are kept: a refusal or an error is asked for again. Nor is what this run
has asked itself used in it: equal samples are asked about one by one.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import islice

from harness.files import canonical_hash, sha256_bytes
from harness.models.answer import Answer
from harness.models.services.answer_store import AnswerStore
from harness.models.services.credentials import references
from harness.models.services.exchange import Exchange, ServiceRequest
from harness.models.services.service_connection import ServiceConnection, ServiceOptions
from harness.resources import cache_dir

logger = logging.getLogger(__name__)

Ask = Callable[[Iterable[ServiceRequest | Exchange]], Iterator[tuple[int, Exchange]]]
ReadAll = Callable[[int, Exchange], Sequence[Answer]]
"""(index of the request, what came of it) → the answers to its samples."""

ALIAS = "latest"
"""In the name of what may be another version tomorrow."""

_ALONE = 8
"""So many requests are sent one by one at most until one is answered with a version: refusals may not name it."""


def names_version(stated: str) -> bool:
    """Whether what a service states is a version and no alias of one."""
    return ALIAS not in stated.lower()


def answer_cache(
    owner: str,
    connection: ServiceConnection,
    options: ServiceOptions,
    is_version: Callable[[str], bool] = names_version,
) -> AnswerCache | None:
    """The cache of a service, if the user wants one and its address is known.

    Args:
        owner: begins messages.
        connection: of the card.
        options: of the user.
        is_version: whether what the service states with an answer names one version for good.
    """
    if not options.cache:
        return None
    if references((options.url or connection.url).partition("?")[0]):
        # Two values of the variable are two services, and no value of a variable is kept, not even as a hash.
        logger.warning("%s: its address is in the environment, so model.cache is not used.", owner)
        return None
    store = AnswerStore(cache_dir() / "answers" / "answers-1.sqlite")

    return AnswerCache(owner, store, partial(request_key, connection, options), is_version)


def request_key(
    connection: ServiceConnection, options: ServiceOptions, request: ServiceRequest, repeat: int
) -> str:
    """What identifies a request: a hash in which credentials are the names of their variables, or missing."""
    open_headers = {name: text for name, text in connection.headers.items() if not references(text)}
    return canonical_hash(
        {
            "url": options.url or connection.url,
            "method": connection.method,
            "headers": {**open_headers, **request.headers},
            "query": dict(request.query),
            "body": sha256_bytes(request.body),
            "repeat": repeat,
        }
    )


_LOOKED_UP = 16
"""Requests that are looked up at once."""


class AnswerCache:
    """Hands on what is kept, asks for the rest, and keeps what comes. One for all that a run asks of a service.

    Args:
        owner: begins messages.
        store: of the answers.
        key_of: (request, number of the repeat) → what identifies it.
        is_version: whether what the service states with an answer names one version for good.
    """

    def __init__(
        self,
        owner: str,
        store: AnswerStore,
        key_of: Callable[[ServiceRequest, int], str],
        is_version: Callable[[str], bool],
    ) -> None:
        self._owner = owner
        self._store = store
        self._key_of = key_of
        self._is_version = is_version
        self._version: str | None = None
        self._is_usable = True
        self._own: set[str] = set()

    def answered(
        self, requests: Iterable[ServiceRequest], repeat: int, ask: Ask, read: ReadAll
    ) -> Iterator[tuple[int, Sequence[Answer]]]:
        """The answers to each request: (index, answers), as they are known.

        Args:
            requests: each about one sample or several; taken as `ask` takes them.
            repeat: which time they are asked about.
            ask: see `ServiceClient.exchanges`.
            read: reads what came.

        Raises:
            HarnessError: see `ServiceClient.exchanges`.
        """
        keys: dict[int, str] = {}
        left, num_alone = enumerate(requests), 0
        for index, request in islice(left, 0 if self._knows else _ALONE):
            keys[index], num_alone = self._key_of(request, repeat), index + 1
            for _, exchange in ask([request]):
                yield from self._handed_on(index, exchange, keys, read)
            if self._knows:
                break
        for place, exchange in ask(self._known_or_not(left, keys, repeat, read)):
            yield from self._handed_on(num_alone + place, exchange, keys, read)

    @property
    def _knows(self) -> bool:
        """Whether it is known which version answers, or that none is stated."""
        return self._version is not None or not self._is_usable

    def _known_or_not(
        self, left: Iterator[tuple[int, ServiceRequest]], keys: dict[int, str], repeat: int, read: ReadAll
    ) -> Iterator[ServiceRequest | Exchange]:
        """Each request, or what is kept of it; and the keys of all."""
        while some := list(islice(left, _LOOKED_UP)):
            keys.update((index, self._key_of(request, repeat)) for index, request in some)
            kept = self._kept({index: keys[index] for index, _ in some}, read)
            yield from (kept.get(index, request) for index, request in some)

    def _kept(self, keys: Mapping[int, str], read: ReadAll) -> dict[int, Exchange]:
        if not self._is_usable or self._version is None:
            return {}
        found = self._store.find([key for key in keys.values() if key not in self._own], self._version)
        return {
            index: found[key]
            for index, key in keys.items()
            if key in found and _are_scored(read(index, found[key]))
        }

    def _handed_on(
        self, index: int, exchange: Exchange, keys: dict[int, str], read: ReadAll
    ) -> Iterator[tuple[int, Sequence[Answer]]]:
        key, answers = keys.pop(index), read(index, exchange)
        yield index, answers  # what was paid for belongs to the run first
        if exchange.attempts:
            self._note(key, exchange, answers)

    def _note(self, key: str, exchange: Exchange, answers: Sequence[Answer]) -> None:
        """Take the version from an answer, and keep the answer."""
        stated = {answer.version for answer in answers}
        version = stated.pop() if len(stated) == 1 else None
        is_scored = exchange.is_success and _are_scored(answers)
        if version is not None and self._is_version(version):
            self._version = version
            if is_scored and self._store.keep(key, version, exchange):
                self._own.add(key)
        elif self._is_usable and is_scored:
            self._is_usable = False
            found = "no version" if version is None else f"{version[:60]!r}, which may be an alias,"
            logger.warning(
                "%s states %s with its answers, so model.cache is not used: another system may answer next time.",
                self._owner,
                found,
            )


def _are_scored(answers: Sequence[Answer]) -> bool:
    return all(answer.vector is not None for answer in answers)
