"""What stands at an address that a card names, which may be anybody's: fetched from where the user allows it.

The rule is that of services (`harness.models.services.reachable`), for the address and wherever it redirects: each
host is looked up once, what it stands for is checked, and that address is connected to.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import httpx
from anyio.from_thread import start_blocking_portal

from harness import __version__
from harness.models.services.checked_transport import CheckedTransport
from harness.models.services.reachable import Reachable

MAX_REDIRECTS = 5
SILENCE_S = 30
"""Between two parts of a file, at most."""

_HEADERS = {"User-Agent": f"emotion-harness/{__version__}", "Accept-Encoding": "identity"}


def fetch(url: str, reachable: Reachable, write: Callable[[bytes], object], total_s: float) -> None:
    """Fetch a file.

    Args:
        url: where it is.
        reachable: the rule for its address and those that it redirects to.
        write: is given one part of the file after another, and may raise to end it.
        total_s: that it may take.

    Raises:
        AddressRefusedError: an address may not be reached.
        TimeoutError: it took longer.
        OSError: a status other than success.
        httpx.HTTPError, httpx.InvalidURL: no connection, it broke off, or what the address says is no URL.
    """
    # Not asyncio.run: in a notebook this thread has a loop already. Ctrl-C ends the fetch with the portal.
    with start_blocking_portal() as portal:
        portal.call(_fetch, url, reachable, write, total_s)


async def _fetch(url: str, reachable: Reachable, write: Callable[[bytes], object], total_s: float) -> None:
    client = httpx.AsyncClient(
        transport=CheckedTransport(reachable, httpx.create_ssl_context(trust_env=False)),
        headers=_HEADERS,
        timeout=SILENCE_S,
        follow_redirects=True,
        max_redirects=MAX_REDIRECTS,
        trust_env=False,
    )
    async with asyncio.timeout(total_s), client, client.stream("GET", url) as response:
        if not response.is_success:
            raise OSError(f"HTTP Error {response.status_code}: {response.reason_phrase}")
        async for part in response.aiter_raw():
            write(part)
