"""Named scales: the many spellings of one answer → the groups that a study compares.

The scales stand in ``configs/attributes.yaml``, with their sources.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from harness.attributes.bands import plain
from harness.attributes.vocabulary import NOT_DISCLOSED, ScaleFacts, is_not_disclosed, vocabulary


@dataclass(frozen=True)
class Scale:
    """A scale.

    Attributes:
        groups: its groups in reading order.
        group_of: spelling, in lower case with single spaces, → group.
        names: how the scale's name may stand before or after an answer.
        words: others that may stand there and do not tell which scale it is.
        open: whether an answer that is not on the scale keeps its own name; otherwise it is refused.
        unclear: spelling → those beside which it may be short for another word, of another group.
    """

    groups: tuple[str, ...]
    group_of: Mapping[str, str]
    names: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    open: bool = False
    unclear: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, facts: ScaleFacts) -> Scale:
        """The scale with these groups; the name of a group is a spelling of it, too."""
        around = (*facts.names, *facts.words)
        more = {NOT_DISCLOSED: vocabulary().not_disclosed}
        spelled = [(s, group) for group, of in facts.groups.items() for s in (group, *of, *more.get(group, ()))]
        group_of = {_spelling(spelling, around): name for spelling, name in spelled}
        return cls(tuple(facts.groups), group_of, facts.names, facts.words, facts.open, facts.unclear)

    def group(self, value: float | str) -> str:
        """The group of an answer.

        Raises:
            ValueError: it is not on the scale.
        """
        text = value if isinstance(value, str) else plain(value)
        group = self.find(text)
        if group is None and is_not_disclosed(text):
            return NOT_DISCLOSED
        if group is None and not self.open:
            raise ValueError(
                f"{text!r} is not on the scale; its groups are {', '.join(self.groups)}. Correct the cell or "
                "leave it empty; null instead of bands takes every answer as it is"
            )
        return group or text

    def find(self, text: str) -> str | None:
        """The group of an answer; None if it is not on the scale."""
        return text if text in self.groups else self.group_of.get(self._spelled(text))

    def unclear_of(self, answers: Iterable[str]) -> list[str]:
        """The answers that may be short for another word, as what stands beside them shows."""
        spelled = {answer: self._spelled(answer) for answer in answers}
        given = set(spelled.values())
        return [
            answer for answer, spelling in spelled.items() if not given.isdisjoint(self.unclear.get(spelling, ()))
        ]

    def _spelled(self, text: str) -> str:
        return _spelling(text, (*self.names, *self.words))

    def says_its_name(self, text: str) -> bool:
        """Whether an answer can only be meant on this scale: ``MST 5`` or ``IV``, but not ``5``."""
        return self.find(text) is not None and not _spelling(text, self.words).isdecimal()


def _spelling(text: str, around: Sequence[str]) -> str:
    """``Monk_01``, ``MST 1``, ``1 (Monk)``, ``1`` and ``1.0`` are one spelling: ``1``; ``Type-IV`` is ``iv``."""
    words = re.sub(r"[^\w.]+|_+", " ", unicodedata.normalize("NFKC", text).lower()).strip(" .")
    before = None
    while words != before:
        before = words
        for name in around:
            words = words.removeprefix(name).removesuffix(name).strip()
    return re.sub(r"^0+(?=\d)|\.0+$", "", words)


SCALES: Mapping[str, Scale] = {name: Scale.of(facts) for name, facts in vocabulary().scales.items()}
