"""The options of every kind whose card names a file of weights."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from harness.files import UserPath
from harness.models.granted import Granted
from harness.models.model import ModelOptions


class WeightsOptions(ModelOptions):
    """How the file is had. The hosts do not decide what it holds: they are not in the plan.

    Attributes:
        weights: path of your own copy of the file, for machines that cannot reach the card's source.
        allow_hosts: hosts (``host`` or ``host:port``) from which the file may be fetched although they have
            private addresses or are reached by http.
    """

    weights: UserPath | None = None
    allow_hosts: Annotated[tuple[str, ...], Granted("which hosts of your own network it may reach")] = Field(
        default=(), exclude=True
    )
