"""How a service is reached: the facts of its card, and the user's choices."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from harness.cards.facts import Facts
from harness.files import UserPath
from harness.models.model import ModelOptions


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
        concurrency: requests under way at once, at most; fewer while the service is overloaded.
        attempts: per request, the first included.
        wait_s: before the second attempt; doubled before each further one.
        max_wait_s: the longest wait between attempts, also where the service asks for more.
        give_up_after: so many requests in a row without an answer end the run, which can be continued; None never.
    """

    url: str | None = None
    allow_hosts: tuple[str, ...] = ()
    ca_file: UserPath | None = None
    concurrency: int = Field(default=4, ge=1, le=256, exclude=True)
    attempts: int = Field(default=5, ge=1, le=20)
    wait_s: float = Field(default=1.0, ge=0, le=3_600, exclude=True)
    max_wait_s: float = Field(default=60.0, ge=0, le=3_600, exclude=True)
    give_up_after: int | None = Field(default=20, ge=1, exclude=True)
