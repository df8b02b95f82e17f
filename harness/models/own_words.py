"""``output.labels`` of a card: a system's own words → labels of the card, where they differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated

from pydantic import Field

from harness.errors import HarnessError, Reason, Unscored
from harness.wording import printable

OwnWords = Annotated[
    Mapping[str, str],
    Field(description="the system's own words → labels of the card, where they differ: {happy: happiness}"),
]
"""The field ``labels`` of the section ``output``."""

_SHOWN = 40
"""Characters of a system's own word in a reason."""

_MOST = 30
"""Words in a message."""


def require_known(model: str, words: Mapping[str, str], known: Sequence[str]) -> None:
    """Check that the words of a card lead to what the card has.

    Args:
        model: its name.
        words: of its card.
        known: its labels, or what else the words may mean.

    Raises:
        HarnessError: a word leads to something else.
    """
    unknown = sorted(set(words.values()) - set(known))
    if unknown:
        raise HarnessError(
            f"model {model}: output.labels in its card leads to {unknown[0]!r}, which is none of its labels: "
            f"{_in_short(known) or 'none'}."
        )


def label_of(word: object, words: Mapping[str, str], labels: Sequence[str]) -> str:
    """The label that a system's own word means.

    Args:
        word: as the system stated it, whatever it is.
        words: of the card.
        labels: of the card.

    Raises:
        Unscored: it means none of them (``unreadable_answer``).
    """
    if not isinstance(word, str):
        raise Unscored(Reason.UNREADABLE_ANSWER, "no label")
    label = words.get(word, word)
    if label not in labels:
        shown = printable(" ".join(word.split()))[:_SHOWN]
        raise Unscored(Reason.UNREADABLE_ANSWER, f"label {shown!r} is none of the card's")
    return label


def places_of(model: str, own: Sequence[str], words: Mapping[str, str], known: Sequence[str]) -> list[int]:
    """Where each label of the card stands among the outputs of a system that names them.

    Args:
        model: its name.
        own: its own names for its outputs, in their order.
        words: of the card.
        known: the labels of the card, or what else its outputs are.

    Raises:
        HarnessError: the outputs are not those of the card.
    """
    require_known(model, words, known)
    named = [words.get(name, name) for name in own]
    if sorted(named) != sorted(known):
        raise HarnessError(
            f"model {model}: it has {len(named)} outputs, {_in_short(named) or 'without names'}; its card states "
            f"{_in_short(known)}. State all of them in the card, and in output.labels where they are called "
            "otherwise."
        )
    return [named.index(name) for name in known]


def _in_short(names: Sequence[str]) -> str:
    more = len(names) - _MOST
    return ", ".join([*(name[:_SHOWN] for name in names[:_MOST]), *([f"{more:,} more"] if more > 0 else [])])
