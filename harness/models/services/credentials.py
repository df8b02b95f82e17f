"""Credentials from environment variables: filled into what is sent, and taken out of whatever is kept or shown."""

from __future__ import annotations

import base64
import os
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from harness.errors import HarnessError

_REFERENCE = re.compile(r"\$\{env:([^}]*)\}")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")

MIN_LENGTH = 6
"""A shorter value would be found in ordinary words, and could not be taken out of an answer without harm."""


def references(template: str) -> list[str]:
    """The names of the variables that a text such as ``Bearer ${env:API_KEY}`` refers to."""
    return _REFERENCE.findall(template)


@dataclass(frozen=True)
class Credentials:
    """The values of environment variables by name. Neither shown by `repr` nor ever stored."""

    _values: Mapping[str, str] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, templates: Iterable[str], granted: Collection[str], owner: str) -> Credentials:
        """Read every variable that the templates refer to.

        Args:
            templates: texts of a card.
            granted: the names of the variables that the user lets the service have.
            owner: begins the messages, such as ``model acme``.

        Raises:
            HarnessError: a variable is not granted or not set, or holds what no header can carry.
        """
        names = dict.fromkeys(name for template in templates for name in references(template))
        _require_granted(list(names), granted, owner)
        return cls({name: _value(name, owner) for name in names})

    def filled(self, template: str) -> str:
        """The text with the values in place of the references."""
        return _REFERENCE.sub(lambda found: self._values[found[1]], template)

    def scrubbed(self, text: str) -> str:
        """The text with ``[API_KEY]`` for the value, in whichever way it is written, see `_written`."""
        for pattern, name in self._patterns:
            text = re.sub(pattern, f"[{name}]", text)
        return text

    def scrubbed_bytes(self, data: bytes) -> bytes:
        """The same for bytes, which need not be text."""
        for pattern, name in self._patterns:
            data = re.sub(pattern.encode(), f"[{name}]".encode(), data)
        return data

    @cached_property
    def _patterns(self) -> list[tuple[str, str]]:
        """Every way in which a value may be written, the longest first: one may contain another."""
        forms = {
            form: name
            for name, value in self._values.items()
            for form in (value, value.lower(), value.encode().hex(), *_in_base64(value))
        }
        return [(_written(form), forms[form]) for form in sorted(forms, key=len, reverse=True)]


def _written(form: str) -> str:
    """A pattern of all ways to write a text: each character as it is, or as URLs, JSON or HTML quote it.

    Servers quote more than they must, such as slashes in JSON and hyphens in URLs, and break long lines.
    """
    return _LINE_BREAK.join(map(_character, form))


_LINE_BREAK = r"(?:(?:\r|\n|\\r|\\n)+[ \t]*)?"
_ENTITIES = {"&": "amp", "<": "lt", ">": "gt", '"': "quot", "'": "apos"}


def _character(character: str) -> str:
    code = ord(character)
    ways = [re.escape(character), f"(?i:%{code:02x})", rf"(?i:\\u{code:04x})"]
    ways += [rf"&#0*{code};", f"(?i:&#x0*{code:x};)"]
    if not character.isalnum():
        ways.append(r"\\" + re.escape(character))
    if character in _ENTITIES:
        ways.append(f"&{_ENTITIES[character]};")
    if character == " ":
        ways.append(r"\+")
    return f"(?:{'|'.join(ways)})"


def _in_base64(value: str) -> Iterator[str]:
    """The digits that only the value decides, of each of the three ways in which it may stand in a longer text."""
    data = value.encode()
    for before in range(3):
        first, last = -(-before * 8 // 6), (before + len(data)) * 8 // 6
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            yield encode(bytes(before) + data).decode()[first:last]


def _require_granted(names: Sequence[str], granted: Collection[str], owner: str) -> None:
    """A card is the text of whoever is sent the value."""
    for name in names:
        if not _NAME.fullmatch(name):
            raise HarnessError(
                f"{owner}: ${{env:{name}}} in its card names no environment variable. Write ${{env:API_KEY}}."
            )
    if refused := [name for name in names if name not in granted]:
        raise HarnessError(
            f"{owner}: its card has the value of the environment variable {refused[0]} sent to the service. If "
            f"you want that, say so on the command line: model.environment=[{','.join(names)}]"
        )


def _value(name: str, owner: str) -> str:
    value = os.environ.get(name, "").strip()
    if not value:
        raise HarnessError(
            f"{owner}: the environment variable {name}, which its card names, is not set. Set it before the "
            f"command: export {name}=…"
        )
    if len(value) < MIN_LENGTH or not (value.isascii() and value.isprintable()):
        raise HarnessError(
            f"{owner}: the environment variable {name} does not hold a credential: expected at least {MIN_LENGTH} "
            "printable ASCII characters in one line."
        )
    return value
