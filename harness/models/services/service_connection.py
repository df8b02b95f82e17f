"""How a service is reached: the facts of its card, and the user's choices."""

from __future__ import annotations

import re
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

import httpx
from pydantic import Field, model_validator

from harness.cards.facts import Facts
from harness.files import UserPath
from harness.models.granted import Granted, Needed
from harness.models.model import ModelOptions
from harness.models.services.credentials import references
from harness.models.services.reachable import Reachable

_SECRET = re.compile(r"authori[sz]ation|cookie|key|token|secret|password", re.IGNORECASE)
"""In the names of headers that hold credentials."""


def may_be_secret(header: str) -> bool:
    """Whether a header of this name holds a credential, such as a cookie."""
    return _SECRET.search(header) is not None


_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
"""RFC 9110, 5.1."""

_OF_THE_CLIENT = {"connection", "content-length", "host", "transfer-encoding", "upgrade"}
"""Headers that say how a message is carried, where a wrong one breaks every exchange."""

_MAX_HEADER = 8_192


def _require_header(name: str, text: str) -> None:
    """Raise what pydantic takes for a wrong value."""
    if not _HEADER_NAME.fullmatch(name) or name.lower() in _OF_THE_CLIENT:
        raise ValueError(f"{name!r:.60} is no header that a card can set")
    if not (text.isascii() and text.isprintable()) or len(text) > _MAX_HEADER:
        raise ValueError(
            f"the header {name} must be one line of at most {_MAX_HEADER:,} printable ASCII characters"
        )


def _require_no_password(url: str) -> None:
    """Raise what pydantic takes for a wrong value."""
    if re.match(r"[a-z]+://[^/?#]*@", url, re.IGNORECASE):
        raise ValueError("the url holds a name or a password: use a header with ${env:NAME}")


class ServiceConnection(Facts):
    """The section `connection` of a card, as far as the client needs it. Kinds of service add their own keys.

    ``${env:NAME}`` in the URL and in headers stands for the value of an environment variable.
    """

    url: str = Field(description="where requests go")
    method: Literal["POST", "PUT", "GET"] = Field(default="POST", description="of the requests")
    headers: dict[str, str] = Field(default={}, description="such as {Authorization: 'Bearer ${env:API_KEY}'}")
    connect_timeout_s: float = Field(default=10.0, gt=0, le=600, description="until the connection stands")
    timeout_s: float = Field(default=60.0, gt=0, le=3_600, description="one attempt, from look-up to last byte")
    max_answer_mib: float = Field(default=4.0, gt=0, le=256, description="longer answers are not read")
    tokens_in: int = Field(default=0, ge=0, description="typical tokens of a request, for estimates")
    tokens_out: int = Field(default=0, ge=0, description="typical tokens of an answer, for estimates")
    seconds: float | None = Field(default=None, gt=0, description="typical time of an answer, for estimates")

    @model_validator(mode="after")
    def _holds_no_credential(self) -> Self:
        """What a card says is stored with every run."""
        for name, text in self.headers.items():
            _require_header(name, text)
            if may_be_secret(name) and "${env:" not in text:
                raise ValueError(f"the header {name} holds a credential: write ${{env:NAME}} in its place")
        _require_no_password(self.url)
        return self

    def num_requests(self, num_samples: int, batch_size: int) -> int:  # noqa: ARG002 (for those about several)
        """Requests about so many samples, which come in batches."""
        return num_samples


class ServiceOptions(ModelOptions):
    """The options of every service. What is excluded decides how it is asked, not what: it is not in the plan.

    Attributes:
        url: asked in place of the card's.
        allow_hosts: hosts (``host`` or ``host:port``) that may have private addresses, may be reached by http, and
            may be the target of a redirect.
        ca_file: certificates (PEM) of an authority that is trusted besides the public ones.
        environment: the variables of the environment whose values the card may have sent, such as [API_KEY].
        concurrency: requests under way at once, at most; fewer while the service is overloaded.
        attempts: per request, the first included.
        wait_s: before the second attempt; doubled before each further one.
        max_wait_s: the longest wait between attempts, also where the service asks for more.
        give_up_after: so many requests in a row without an answer end the run, which can be continued; null:
            never.
        cache: answers that the same version gave to the very same request in an earlier run are not bought again.
    """

    url: str | None = None
    allow_hosts: Annotated[tuple[str, ...], Granted("which hosts of your own network it may reach")] = ()
    ca_file: Annotated[UserPath | None, Granted("whose certificates are believed")] = None
    environment: Annotated[tuple[str, ...], Granted("which variables of your environment are sent to it")] = Field(
        default=(), exclude=True
    )
    concurrency: int = Field(default=4, ge=1, le=256, exclude=True)
    attempts: int = Field(default=5, ge=1, le=20)
    wait_s: float = Field(default=1.0, ge=0, le=3_600, exclude=True)
    max_wait_s: float = Field(default=60.0, ge=0, le=3_600, exclude=True)
    give_up_after: int | None = Field(default=20, ge=1, exclude=True)
    cache: bool = Field(default=False, exclude=True)

    @model_validator(mode="after")
    def _holds_no_credential(self) -> Self:
        _require_no_password(self.url or "")
        return self


def sent_to(connection: ServiceConnection, options: ServiceOptions) -> str:
    """Where the media of people go, and which variables of the environment, as a note with the results."""
    url = options.url or connection.url
    host = urlsplit(url).hostname or "a host that the environment names"
    names = sorted({name for text in (url, *connection.headers.values()) for name in references(text)})
    with_them = f", with the value of {' and '.join(names)}" if names else ""
    return f"Pictures, sounds or signals of people were sent to {host}{with_them}."


def needed_variables(connection: ServiceConnection, options: ServiceOptions) -> list[Needed]:
    """The variables whose values the card has sent, if the user has not granted all of them."""
    texts = (options.url or connection.url, *connection.headers.values())
    names = list(dict.fromkeys(name for text in texts for name in references(text)))
    missing = [name for name in names if name not in options.environment]
    if not missing:
        return []
    what = f"the value of the environment variable {' and '.join(missing)}"
    value = list(dict.fromkeys([*options.environment, *names]))
    return [Needed("environment", value, f"its card has {what} sent to the service")]


def needed_host(connection: ServiceConnection, options: ServiceOptions) -> list[Needed]:
    """The host of the service, if only the user can allow it. What a name stands for is not looked up."""
    try:
        url = httpx.URL(options.url or connection.url)
    except httpx.InvalidURL:  # said where it is asked
        return []
    named_here = bool(url.host) and "$" not in url.host  # and not by a variable of the environment
    why = Reachable(options.allow_hosts).refusal(url) if named_here else ""
    return [Needed("allow_hosts", [*options.allow_hosts, url.host], why)] if why else []
