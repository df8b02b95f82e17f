"""The text that a language model is asked with: a file with a version, and what is put into it for each sample."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.errors import HarnessError
from harness.files import read_text, sha256_bytes
from harness.models.chat.label_words import WAYS_OUT

LABELS = "labels"
MAX_PROMPT_BYTES = 65_536
MAX_CONTEXT = 4_000
"""Characters of one value of a sample that are put into a prompt."""

_PLACE = re.compile(r"\{(labels|ctx\.[A-Za-z0-9_]+)\}")
_HEAD = re.compile(r"\A---\r?\nversion: *[\"']?(?P<version>[^\s\"'][^\n\"']{0,63})[\"']? *\r?\n---\r?\n")


@dataclass(frozen=True)
class Prompt:
    """A prompt file.

    Attributes:
        text: with the places ``{labels}`` and ``{ctx.NAME}``.
        version: that its head states.
        sha256: of the file.
    """

    text: str
    version: str
    sha256: str

    @property
    def context(self) -> tuple[str, ...]:
        """The columns of the samples that it names, in their order."""
        return tuple(dict.fromkeys(name for name in _PLACE.findall(self.text) if name != LABELS))

    @property
    def names_labels(self) -> bool:
        """Whether the model is given the list that it has to choose from."""
        return LABELS in _PLACE.findall(self.text)

    def filled(self, labels: Sequence[str], context: Mapping[str, str | float | None]) -> str:
        """The text for one sample: labels in the card's order, then the ways out; an unknown value is empty."""

        def value(place: re.Match[str]) -> str:
            if place[1] == LABELS:
                return ", ".join([*labels, *WAYS_OUT])
            found = context.get(place[1])
            return "" if found is None else str(found)[:MAX_CONTEXT]

        return _PLACE.sub(value, self.text)


def read_prompt(path: Path, model: str) -> Prompt:
    """Read a prompt file: a head of three lines that states its version, then the text.

    Raises:
        HarnessError: it cannot be read, states no version, or has no text.
    """
    try:
        whole = read_text(path, MAX_PROMPT_BYTES)
    except (OSError, ValueError) as error:
        raise HarnessError(f"model {model}: the prompt {path} cannot be read ({error}).") from None
    head = _HEAD.match(whole)
    if head is None:
        raise HarnessError(
            f"model {model}: the prompt {path} states no version. Begin it with three lines: ---, version: 1, ---."
        )
    text = whole[head.end() :].strip()
    if not text:
        raise HarnessError(f"model {model}: the prompt {path} has no text below its head.")
    return Prompt(text, head["version"].strip(), sha256_bytes(whole.encode()))
