"""A server on this machine alone, for one browser: an address with a random token, read-only, one origin.

What keeps others out: it listens on 127.0.0.1; the first part of every path is a token that nobody can guess; the
``Host`` must name this machine, so that no other site's name can be made to point here (DNS rebinding); a request
that a page of another origin makes is refused; and no answer may be read, framed or embedded by another origin.
The page loads nothing from elsewhere, and its policy forbids it.
"""

from __future__ import annotations

import hmac
import json
import secrets
import socket
from collections.abc import Mapping
from functools import cached_property
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

from harness.errors import HarnessError
from harness.viewer.pages import NotFound, Pages
from harness.viewer.query import BadQuery

ADDRESS = "127.0.0.1"
HEADERS: Mapping[str, str] = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; "
        "media-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
MAX_FIELDS = 5000
"""Parameters of one address."""

SECONDS_TO_ASK = 30
"""A connection on which nothing is asked for longer is closed."""

MAX_CONNECTIONS = 64
"""At the same time; browsers keep six open to one host, and each has a thread here."""


class ViewServer(ThreadingHTTPServer):
    """Serves the pages of a listing.

    Args:
        pages: what it serves.
        port: where it listens; 0 for a free one.

    Raises:
        HarnessError: the port is taken.
    """

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, pages: Pages, port: int = 0) -> None:
        self.pages = pages
        self.token = secrets.token_urlsafe(24)
        try:
            super().__init__((ADDRESS, port), _Handler)
        except OSError as error:
            raise HarnessError(
                f"--port {port}: it cannot be used ({error.strerror}). Leave it out to get a free one."
            ) from None
        self._connections: dict[socket.socket, bool] = {}  # whether it is being answered; the oldest first
        self._lock = Lock()

    def process_request(self, request: Any, client_address: Any) -> None:
        """Answer a connection in a thread of its own; beyond `MAX_CONNECTIONS` one that asks nothing makes room.

        So whoever opens connections and leaves them idle, which takes no token, keeps nobody else out.
        """
        with self._lock:
            is_full = len(self._connections) >= MAX_CONNECTIONS
            idle = next((one for one, is_answered in self._connections.items() if not is_answered), None)
            if is_full and idle is not None:
                del self._connections[idle]
                _end(idle)
            is_refused = is_full and idle is None
            if not is_refused:
                self._connections[request] = False
        if is_refused:
            self.shutdown_request(request)
            return
        super().process_request(request, client_address)

    def note_answering(self, connection: socket.socket, is_answered: bool) -> None:
        """Remember whether a connection is being answered, or waited for; those that wait longest come first."""
        with self._lock:
            if self._connections.pop(connection, None) is not None:
                self._connections[connection] = is_answered

    def shutdown_request(self, request: Any) -> None:
        """Forget a connection that ends."""
        with self._lock:
            self._connections.pop(request, None)
        super().shutdown_request(request)

    @cached_property
    def origin(self) -> str:
        """Scheme, host and port."""
        return f"http://{ADDRESS}:{self.server_port}"

    @property
    def url(self) -> str:
        """Where the page is."""
        return f"{self.origin}/{self.token}/"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A browser that closes a connection is no error; others become an answer before they come here."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "harness"
    sys_version = ""
    timeout = SECONDS_TO_ASK

    def do_GET(self) -> None:
        """Answer, or refuse without saying more than is known."""
        server = cast(ViewServer, self.server)
        server.note_answering(self.connection, True)
        try:
            self._send(*self._answered())
        except OSError:  # the browser has closed the connection
            self.close_connection = True
        finally:
            server.note_answering(self.connection, False)

    def _answered(self) -> tuple[HTTPStatus, str, bytes]:
        """Status, media type and body; whatever fails, the page is told instead of waiting."""
        if not self._is_own():
            return HTTPStatus.FORBIDDEN, "text/plain", b"Not for this origin."
        try:
            name, parameters = self._asked()
            return HTTPStatus.OK, *cast(ViewServer, self.server).pages.answer(name, parameters)
        except NotFound:
            return HTTPStatus.NOT_FOUND, "text/plain", b"There is no such page."
        except (BadQuery, HarnessError) as error:
            return _error(HTTPStatus.BAD_REQUEST, str(error))
        except Exception as error:  # also of readers and decoders that others wrote
            message = f"The viewer cannot show this ({type(error).__name__}: {error!s:.200})."
            return _error(HTTPStatus.INTERNAL_SERVER_ERROR, message)

    def _asked(self) -> tuple[str, dict[str, list[str]]]:
        """What stands behind the token, and its parameters.

        Raises:
            NotFound: without the token.
            BadQuery: there are too many parameters.
        """
        parts = urlsplit(self.path)
        token, slash, name = parts.path.removeprefix("/").partition("/")
        if not slash or not hmac.compare_digest(token.encode(), cast(ViewServer, self.server).token.encode()):
            raise NotFound
        try:
            return name, parse_qs(parts.query, keep_blank_values=True, max_num_fields=MAX_FIELDS)
        except ValueError:
            raise BadQuery("The address cannot be read.") from None

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:  # noqa: ARG002
        """What is no request that the server knows is refused with the headers of every other answer."""
        self.close_connection = True
        try:
            self._send(HTTPStatus(code), "text/plain", f"{HTTPStatus(code).phrase}.".encode())
        except OSError:  # the browser has closed the connection
            return

    def _is_own(self) -> bool:
        """Whether the browser asks for this host, and no page of another origin is behind it."""
        server = cast(ViewServer, self.server)
        hosts = {f"{name}:{server.server_port}" for name in (ADDRESS, "localhost")}
        origins = {f"http://{host}" for host in hosts}
        if self.headers.get_all("Host") not in [[host] for host in hosts]:
            return False
        if self.headers.get("Origin", server.origin) not in origins:
            return False
        site = self.headers.get("Sec-Fetch-Site", "none")
        is_opened = self.headers.get("Sec-Fetch-Mode") == "navigate" and (
            self.headers.get("Sec-Fetch-Dest") == "document"
        )
        return site in ("none", "same-origin") or is_opened

    def _send(self, status: HTTPStatus, media_type: str, body: bytes) -> None:
        self.send_response(status)
        if self.close_connection:
            self.send_header("Connection", "close")
        for name, value in HEADERS.items():
            self.send_header(name, value)
        self.send_header("Content-Type", f"{media_type}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (named so by the library)
        """Say nothing: an address holds the token."""


def _end(connection: socket.socket) -> None:
    """Let the thread that waits for a connection find its end."""
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:  # the browser has closed it
        return


def _error(status: HTTPStatus, message: str) -> tuple[HTTPStatus, str, bytes]:
    return status, "application/json", json.dumps({"error": message}).encode()
