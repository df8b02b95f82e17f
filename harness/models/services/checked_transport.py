"""Connections to addresses that were checked, and to nothing that the name stands for a moment later."""

from __future__ import annotations

import ssl

import httpx

from harness.models.services.reachable import Reachable, port_of


class CheckedTransport(httpx.AsyncBaseTransport):
    """Looks the host up, checks its addresses, and connects to one of them; never through a proxy.

    A name may stand for another address at the next look-up (DNS rebinding), so that the connection is made to the
    address that was checked, with the name kept in the Host header, in SNI and in the check of the certificate.

    Args:
        reachable: the rule for addresses.
        context: how TLS is verified.
    """

    def __init__(self, reachable: Reachable, context: ssl.SSLContext) -> None:
        self._reachable = reachable
        self._context = context
        # Pooled by name: connections to one address were verified for one name each.
        self._pools: dict[tuple[str, str, int], httpx.AsyncHTTPTransport] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request to the first address that a connection can be made to.

        Raises:
            AddressRefusedError: see `Reachable.addresses`.
            httpx.ConnectError: the host cannot be found, or no connection can be made.
            httpx.TransportError: the exchange broke off.
        """
        try:
            addresses = await self._reachable.addresses(request.url)
        except OSError as error:
            raise httpx.ConnectError(f"{request.url.host} cannot be found: {error.strerror or error}") from None
        pool = self._pool(request.url)
        for address in addresses[:-1]:
            try:
                return await pool.handle_async_request(_sent_to(address, request))
            except (httpx.ConnectError, httpx.ConnectTimeout):
                continue
        return await pool.handle_async_request(_sent_to(addresses[-1], request))

    async def aclose(self) -> None:
        """Close all connections."""
        for pool in self._pools.values():
            await pool.aclose()

    def _pool(self, url: httpx.URL) -> httpx.AsyncHTTPTransport:
        key = (url.scheme, url.host, port_of(url))
        if key not in self._pools:
            unlimited = httpx.Limits(max_connections=None, max_keepalive_connections=None)
            self._pools[key] = httpx.AsyncHTTPTransport(verify=self._context, trust_env=False, limits=unlimited)
        return self._pools[key]


def _sent_to(address: str, request: httpx.Request) -> httpx.Request:
    return httpx.Request(
        request.method,
        request.url.copy_with(host=address),
        headers=request.headers,  # Host among them
        stream=request.stream,
        extensions={**request.extensions, "sni_hostname": request.url.host},
    )
