"""One attempt: a request sent, redirects followed where they are allowed, the answer read within its limits."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping
from dataclasses import dataclass

import httpx

from harness import __version__
from harness.errors import HarnessError
from harness.files import read_text
from harness.models.services.bounded_body import bounded_body
from harness.models.services.checked_transport import CheckedTransport
from harness.models.services.credentials import Credentials, references
from harness.models.services.exchange import ServiceRequest
from harness.models.services.reachable import Reachable, port_of, problem_of
from harness.models.services.service_connection import ServiceConnection, ServiceOptions

_OWN_HEADERS = {"User-Agent": f"emotion-harness/{__version__}", "Accept-Encoding": "identity"}
_KEEPING_THE_BODY = {307, 308}
_REDIRECTS = {301, 302, 303, *_KEEPING_THE_BODY}
_MAX_REDIRECTS = 3


class RedirectRefusedError(Exception):
    """The service sent the request somewhere else, where it may not be sent."""


@dataclass(frozen=True, slots=True)
class Received:
    """An answer as it came, with header names in small letters."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Sender:
    """Sends single requests.

    Attributes:
        connection: of the card.
        url: of the service, with references to credentials.
        credentials: that fill them.
        reachable: the rule for addresses.
        context: how TLS is verified.
    """

    connection: ServiceConnection
    url: str
    credentials: Credentials
    reachable: Reachable
    context: ssl.SSLContext

    @classmethod
    def of(cls, connection: ServiceConnection, options: ServiceOptions, owner: str) -> Sender:
        """Read credentials and certificates.

        Raises:
            HarnessError: a variable is not granted or not set, the file of certificates cannot be used, or the
                URL is none.
        """
        url = options.url or connection.url
        credentials = Credentials.of([url, *connection.headers.values()], options.environment, owner)
        _require_url(credentials.filled(url), url, owner)
        return cls(connection, url, credentials, Reachable(options.allow_hosts), _context(options, owner))

    def transport(self) -> CheckedTransport:
        """Connections for some requests, to be closed after them."""
        return CheckedTransport(self.reachable, self.context)

    async def send(self, request: ServiceRequest, transport: httpx.AsyncBaseTransport) -> Received:
        """Send a request once.

        Raises:
            AddressRefusedError: the service's own address may not be reached.
            RedirectRefusedError: it redirects where it may not.
            TimeoutError: the whole took too long.
            httpx.TransportError: no connection, or it broke off.
            Unscored: the answer is too long, or compressed in a way that was not asked for.
        """
        async with asyncio.timeout(self.connection.timeout_s):
            url = httpx.URL(self.credentials.filled(self.url))
            if request.query:
                url = url.copy_merge_params(dict(request.query))
            headers = {**_OWN_HEADERS, **self._headers(), **request.headers}
            for _ in range(_MAX_REDIRECTS + 1):
                received = await self._once(url, headers, request.body, transport)
                if received.status not in _REDIRECTS or "location" not in received.headers:
                    return received
                target = self._target(url, received)
                if _origin(target) != _origin(url):
                    headers = {**_OWN_HEADERS, **self._headers(secret=False), **request.headers}
                url = target
            raise RedirectRefusedError("redirected too often")

    async def _once(
        self, url: httpx.URL, headers: Mapping[str, str], body: bytes, transport: httpx.AsyncBaseTransport
    ) -> Received:
        limits = httpx.Timeout(self.connection.timeout_s, connect=self.connection.connect_timeout_s, pool=None)
        request = httpx.Request(
            self.connection.method,
            url,
            headers=dict(headers),
            content=body or None,
            extensions={"timeout": limits.as_dict()},
        )
        response = await transport.handle_async_request(request)
        try:
            data = await bounded_body(response, round(self.connection.max_answer_mib * 2**20))
        finally:
            await response.aclose()
        return Received(response.status_code, {name.lower(): of for name, of in response.headers.items()}, data)

    def _headers(self, *, secret: bool = True) -> dict[str, str]:
        """Those of the card, with or without the ones that hold credentials."""
        given = self.connection.headers.items()
        return {name: self.credentials.filled(text) for name, text in given if secret or not references(text)}

    def _target(self, url: httpx.URL, received: Received) -> httpx.URL:
        """Where a redirect leads; what it leads to is looked up and checked as any address."""
        try:
            target = url.join(received.headers["location"])
            self.reachable.require(target)
        except Exception:  # whatever a server may write there
            raise RedirectRefusedError("redirected to an address that may not be asked") from None
        if not self.reachable.names(target):
            raise RedirectRefusedError("redirected to a host that model.allow_hosts does not name")
        if self.connection.method != "GET" and received.status not in _KEEPING_THE_BODY:
            raise RedirectRefusedError(f"redirected without the body (status {received.status})")
        return target


def _require_url(filled: str, shown: str, owner: str) -> None:
    """Check that an address can be asked; what is wrong with it may quote a credential, and is then not said."""
    try:
        url = httpx.URL(filled)
        problem = problem_of(url) if url.scheme in ("http", "https") else "neither http nor https"
    except httpx.InvalidURL as error:
        problem = str(error)[:200]
    if problem:
        why = "" if references(shown) else f" ({problem})"
        raise HarnessError(f"{owner}: {shown[:200]} is no URL that can be asked{why}. Write https://host/path.")


def _origin(url: httpx.URL) -> tuple[str, str, int]:
    return url.scheme, url.host, port_of(url)


def _context(options: ServiceOptions, owner: str) -> ssl.SSLContext:
    context = httpx.create_ssl_context(trust_env=False)
    if options.ca_file is not None:
        try:
            context.load_verify_locations(cadata=read_text(options.ca_file))
        except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
            raise HarnessError(
                f"{owner}: model.ca_file={options.ca_file} holds no certificates in PEM ({error})."
            ) from None
    return context
