"""What only the user grants a system: that code in its files runs, which hosts, variables and files it gets.

A config may come with the system, and so may a card. An option that is marked here therefore counts only where the
user states it: on the command line, or as an argument in Python.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from pydantic import BaseModel

from harness.errors import HarnessError


@dataclass(frozen=True)
class Granted:
    """Marks an option: ``allow_hosts: Annotated[tuple[str, ...], Granted("which …")] = ()``.

    The default of the option grants nothing, and is empty: False, None, ().

    Attributes:
        what: the option decides, such as ``which hosts of the user's network it may reach``.
    """

    what: str


Trust = Annotated[bool, Granted("whether code in the system's files may run")]
"""The option ``trust``."""

TRUSTED = "model.trust=true: code in the files of this system was allowed to run on this machine."
"""For readers of the results."""


@dataclass(frozen=True)
class Needed:
    """What the card of a system asks for and the user has not granted.

    Attributes:
        option: that grants it.
        value: of the option with which all that the card needs of it is granted.
        why: what the system would do then, as a clause.
    """

    option: str
    value: object
    why: str


def written_option(option: str, value: object) -> str:
    """An option of the system as it is pasted into a command line, such as ``'model.environment=[API_KEY]'``."""
    if isinstance(value, list | tuple):
        value = f"[{','.join(map(str, value))}]"
    return shlex.quote(f"model.{option}={str(value).lower() if isinstance(value, bool) else value}")


def granted_options(schema: type[BaseModel]) -> Mapping[str, Granted]:
    """The options of a kind that only the user grants, by name."""
    return {
        name: mark
        for name, field in schema.model_fields.items()
        for mark in field.metadata
        if isinstance(mark, Granted)
    }


def require_trust(trusted: bool, who: str, why: str) -> None:
    """Stop unless the user said ``model.trust=true``.

    Args:
        trusted: the option.
        who: such as ``model facex``.
        why: what it would do, as a sentence without its full stop.

    Raises:
        HarnessError: the user did not.
    """
    if not trusted:
        raise HarnessError(
            f"{who}: {why}. If you trust whoever made it, say so on the command line: model.trust=true."
        )
