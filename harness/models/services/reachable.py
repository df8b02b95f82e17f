"""Which addresses may be reached: public ones by https, others only if the user names them.

A card is somebody else's text, and so is a redirect or what a name server says. None of them may lead into the
user's own network (server-side request forgery, CWE-918).
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

import httpx

IpAddress: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address

_PORTS = {"http": 80, "https": 443}
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_UNICAST = ipaddress.ip_network("2000::/3")
"""All addresses of IPv6 that are given out. Others may lead inwards by forms that Python takes for public ones,
such as ``::127.0.0.1`` and the translators of one's own network, ``64:ff9b:1::/48`` (RFC 8215)."""


class AddressRefusedError(Exception):
    """An address that may not be reached; the message says why, and how to allow it."""


@dataclass(frozen=True)
class Reachable:
    """The rule for addresses.

    Attributes:
        allow_hosts: ``host`` or ``host:port``, as in the URL: these may be private, and may be reached by http.
    """

    allow_hosts: tuple[str, ...] = ()

    def names(self, url: httpx.URL) -> bool:
        """Whether the user named the host of a URL."""
        host = url.host.lower()
        return bool({host, f"{host}:{port_of(url)}"} & {name.lower().strip("[]") for name in self.allow_hosts})

    def refusal(self, url: httpx.URL) -> str:
        """Why a URL may be asked only if the user names its host; empty where nothing says so before a look-up."""
        if self.names(url):
            return ""
        if url.scheme == "http":
            return f"http to {url.host}, unencrypted"
        try:
            return _not_public(url.host, [url.host])
        except ValueError:  # a name
            return ""

    def require(self, url: httpx.URL) -> None:
        """Check a URL before its host is looked up.

        Raises:
            AddressRefusedError: it is neither http nor https, names no host or none that can be looked up, holds
                a password, or is http to a host that was not named.
        """
        if url.scheme not in _PORTS or not url.host:
            raise AddressRefusedError(f"{url.scheme or 'no'} address where only http and https are asked")
        if problem := problem_of(url):
            raise AddressRefusedError(problem)
        if url.userinfo:
            raise AddressRefusedError("an address that holds a name or a password; use a header with ${env:…}")
        if url.scheme == "http" and not self.names(url):
            raise AddressRefusedError(f"{self.refusal(url)}; {_advice(url)}")

    async def addresses(self, url: httpx.URL) -> list[str]:
        """Look the host of a URL up. A connection is made to what is returned, as that was checked.

        Raises:
            AddressRefusedError: see `require`; or the host was not named and one of its addresses is not public.
            OSError: the host cannot be found.
        """
        self.require(url)
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(url.host, port_of(url), type=socket.SOCK_STREAM)
        addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
        if not self.names(url) and (why := _not_public(url.host, addresses)):
            raise AddressRefusedError(f"{why}; {_advice(url)}")
        return addresses


def problem_of(url: httpx.URL) -> str:
    """Why the host of a URL cannot even be looked up; empty where it can."""
    try:
        url.host.encode("idna")
    except UnicodeError as error:
        return f"a host that is none ({error})"
    return "" if (url.port or 0) < 2**16 else "a port beyond 65535"


def port_of(url: httpx.URL) -> int:
    """The port that is stated, or that of the scheme."""
    return url.port or _PORTS[url.scheme]


def _not_public(host: str, addresses: Iterable[str]) -> str:
    """What is wrong with the first address that is not public; empty where all are."""
    for text in addresses:
        if not is_public(ipaddress.ip_address(text)):
            return f"{host} is at {text}, which is not a public address"
    return ""


def is_public(address: IpAddress) -> bool:
    """Whether an address is one of the public internet; one that wraps an IPv4 address is judged by that."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo or (None, None))[1]
        if address in _NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
        if inner is not None:
            return is_public(inner)
        if address not in _UNICAST:
            return False
    return address.is_global and not address.is_multicast


def _advice(url: httpx.URL) -> str:
    return f"if you trust it, say so on the command line: model.allow_hosts=[{url.host}]"
