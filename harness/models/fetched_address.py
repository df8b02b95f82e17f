"""What stands at an address that a card names, which may be anybody's: fetched from where the user allows it.

The rule is that of services (`harness.models.services.reachable`), for the address and wherever it redirects: each
host is looked up once, what it stands for is checked, and that address is connected to.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import httpx
from anyio.from_thread import start_blocking_portal

from harness import __version__
from harness.models.services.checked_transport import CheckedTransport
from harness.models.services.reachable import Reachable

MAX_REDIRECTS = 5
SILENCE_S = 30
"""Between two parts of a file, at most."""

_HEADERS = {"User-Agent": f"emotion-harness/{__version__}", "Accept-Encoding": "identity"}


class StatusError(OSError):
    """A server answered with a status other than success.

    Attributes:
        status: such as 404.
    """

    def __init__(self, status: int, phrase: str) -> None:
        super().__init__(f"HTTP Error {status}: {phrase}")
        self.status = status


@dataclass(frozen=True)
class Answer:
    """What a server says before the first part of a file.

    Attributes:
        status: of the answer, such as 200, or 206 where only the rest follows.
        headers: by name, in small letters.
    """

    status: int
    headers: Mapping[str, str]

    def header(self, name: str) -> str:
        """A header; empty if it is absent."""
        return self.headers.get(name, "")


def _ignore(_: Answer) -> None:
    """Nobody asked for it."""


def fetch(
    url: str,
    reachable: Reachable,
    write: Callable[[bytes], object],
    total_s: float,
    *,
    headers: Mapping[str, str] | None = None,
    begin: Callable[[Answer], None] = _ignore,
) -> None:
    """Fetch a file.

    Args:
        url: where it is.
        reachable: the rule for its address and those that it redirects to.
        write: is given one part of the file after another, and may raise to end it.
        total_s: that it may take.
        headers: that are sent, beside those of every request.
        begin: is given what the server says of a success, before the first part, and may raise to end it.

    Raises:
        AddressRefusedError: an address may not be reached.
        TimeoutError: it took longer.
        StatusError: a status other than success.
        httpx.HTTPError, httpx.InvalidURL: no connection, it broke off, or what the address says is no URL.
    """
    # Not asyncio.run: in a notebook this thread has a loop already. Ctrl-C ends the fetch with the portal.
    with start_blocking_portal() as portal:
        portal.call(_fetch, url, reachable, write, total_s, headers or {}, begin)


async def _fetch(
    url: str,
    reachable: Reachable,
    write: Callable[[bytes], object],
    total_s: float,
    headers: Mapping[str, str],
    begin: Callable[[Answer], None],
) -> None:
    client = httpx.AsyncClient(
        transport=CheckedTransport(reachable, httpx.create_ssl_context(trust_env=False)),
        headers={**_HEADERS, **headers},
        timeout=SILENCE_S,
        follow_redirects=True,
        max_redirects=MAX_REDIRECTS,
        trust_env=False,
    )
    async with asyncio.timeout(total_s), client, client.stream("GET", url) as response:
        if not response.is_success:
            raise StatusError(response.status_code, response.reason_phrase)
        begin(Answer(response.status_code, {name.lower(): value for name, value in response.headers.items()}))
        async for part in response.aiter_raw():
            write(part)
