"""What a language model's answer says: a label, that it declines, or nothing that can be read.

Read strictly: a label that is merely mentioned is no answer ("not angry", "angry or sad"), nor is its first
letter. In this order:

1. What the model thinks aloud (``<think>…</think>``) is left out.
2. An answer that is one JSON object is read by its keys ``label``, ``scores``, ``valence``, ``arousal`` and
   ``dominance``.
3. An answer that is nothing but a label, or nothing but one of the ways out, is that.
4. Otherwise the last statement counts: "Answer: sad", "the emotion is sad", or a last line that is only a label.
5. Otherwise an apology is a refusal.
6. Everything else is unreadable.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from harness.errors import Reason, Unscored
from harness.files import json_value
from harness.tables.schemas import DIMENSIONS

CANNOT_TELL = "cannot tell"
NONE_OF_THESE = "none of these"
WAYS_OUT = (CANNOT_TELL, NONE_OF_THESE)
"""What a model may answer instead of a label; every closed set leaves both."""

MAX_CHARACTERS = 100_000
"""A longer answer is not searched."""

_THINKING = re.compile(r"<(think|thinking|reasoning|thought)>.*?</\1>", re.DOTALL | re.IGNORECASE)
_UNCLOSED = re.compile(r"<(think|thinking|reasoning|thought)>", re.IGNORECASE)
_FENCE = re.compile(r"\A```(?:json)?\s*\n(.*?)\n?```\Z", re.DOTALL)
_EDGES = re.compile(r"\A[\W_]+|[\W_]+\Z")
_STATEMENT = re.compile(
    r"\b(?:answer|label|emotion|classification|prediction|antwort|réponse|émotion|respuesta|emoción|risposta|emozione"
    r"|resposta|emoção)\b[\s*_`\"']*(?::|=|\bis\b|\bist\b|\best\b|\bes\b|\bè\b|\bé\b)\s*(?P<rest>[^\n.;]*)",
    re.IGNORECASE,
)
_NEGATION = re.compile(
    r"\b(?:not|no|never|neither|nor|isn't|isnt|doesn't|nicht|kein|keine|pas|ni|non|não)\b", re.IGNORECASE
)
_APOLOGY = re.compile(
    r"\b(?:i'?m sorry|i am sorry|i apologi[sz]e|i cannot|i can'?t|i'?m unable|i am unable|i'?m not able"
    r"|i am not able|as an ai|i won'?t|tut mir leid|ich kann .{0,60}nicht|désolée?|je ne peux pas|lo siento"
    r"|no puedo|mi dispiace|non posso|desculpe|não posso)\b|抱歉|对不起|ごめん|申し訳",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Reading:
    """What an answer states.

    Attributes:
        label: one of the card's; None where only dimensions are stated.
        scores: of every label, where the answer gives all of them.
        dimensions: those that are stated, from -1 to 1.
    """

    label: str | None
    scores: Mapping[str, float] | None = None
    dimensions: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Vocabulary:
    """The words that are read as labels.

    Attributes:
        labels: of the card.
        words: other words → labels, as the table of the card states them: synonyms, other languages.
    """

    labels: Sequence[str]
    words: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        own = {plain(label): label for label in self.labels}
        known = {**{plain(word): label for word, label in self.words.items()}, **own}
        object.__setattr__(self, "_known", known)

    def meant(self, text: str) -> str | None:
        """The label or the way out that a text is, as a whole; None if it is neither."""
        found = plain(text)
        known: Mapping[str, str] = self._known  # type: ignore[attr-defined]
        return found if found in WAYS_OUT else known.get(found)

    def mentioned(self, text: str) -> set[str]:
        """The labels whose words stand in a text."""
        words = _spaced(text)
        known: Mapping[str, str] = self._known  # type: ignore[attr-defined]
        return {label for word, label in known.items() if _spaced(word) in words}


def plain(text: str) -> str:
    """A text without case, marks at its edges and differences of Unicode."""
    return " ".join(_EDGES.sub("", unicodedata.normalize("NFKC", text)).casefold().split())


def _spaced(text: str) -> str:
    words = re.findall(r"\w+", plain(text))
    return f" {' '.join(words)} "


def read_answer(text: str, vocabulary: Vocabulary, *, only_json: bool = False) -> Reading:
    """Read one answer.

    Args:
        text: as the model gave it.
        vocabulary: the words that are labels.
        only_json: whether the model was told to answer with one JSON object: nothing else is then an answer.

    Raises:
        Unscored: it is a refusal (``refused``, abstained), a way out (``no_answer``, abstained), or says nothing
            that can be read (``unreadable_answer``, failed).
    """
    said = _without_thoughts(text[:MAX_CHARACTERS]).strip()
    if not said:
        raise Unscored(Reason.UNREADABLE_ANSWER, "empty")
    fenced = _FENCE.match(said)
    document = _object(fenced[1] if fenced else said)
    if document is not None:
        return _of_document(document, vocabulary)
    if only_json:
        raise _declined(said) or Unscored(Reason.UNREADABLE_ANSWER, "not the JSON that was asked for")
    meant = vocabulary.meant(said)
    if meant is None:
        meant = _last_statement(said, vocabulary)
    if meant is None:
        raise _declined(said) or _unreadable(said, vocabulary)
    return Reading(_label(meant))


def _without_thoughts(text: str) -> str:
    said = _THINKING.sub("", text)
    if (unclosed := _UNCLOSED.search(said)) is not None:  # cut off while it was thinking
        said = said[: unclosed.start()]
    return said


def _object(text: str) -> dict[str, Any] | None:
    try:
        found = json_value(text)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _of_document(document: Mapping[str, Any], vocabulary: Vocabulary) -> Reading:
    dimensions = {
        name: _number(document[name], name, -1.0) for name in DIMENSIONS if document.get(name) is not None
    }
    stated = document.get("label")
    if stated is None:
        if not dimensions:
            raise Unscored(Reason.UNREADABLE_ANSWER, "JSON without a label")
        return Reading(None, None, dimensions)
    meant = vocabulary.meant(stated) if isinstance(stated, str) else None
    if meant is None:
        raise Unscored(Reason.UNREADABLE_ANSWER, "a label that is not in the list")
    return Reading(_label(meant), _scores(document.get("scores"), vocabulary), dimensions)


def _scores(stated: Any, vocabulary: Vocabulary) -> Mapping[str, float] | None:
    """The scores, where there is one for every label."""
    if not isinstance(stated, dict):
        return None
    found = {vocabulary.meant(name): _number(value, "scores", 0.0) for name, value in stated.items()}
    return {label: found[label] for label in vocabulary.labels} if set(vocabulary.labels) <= set(found) else None


def _number(value: Any, name: str, least: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= 1.0:
        raise Unscored(Reason.UNREADABLE_ANSWER, f"{name} is no number from {least:g} to 1")
    return float(value)


def _last_statement(said: str, vocabulary: Vocabulary) -> str | None:
    """What the answer states last, if it states one label there."""
    stated = [(found.start("rest"), found["rest"]) for found in _STATEMENT.finditer(said)]
    lines = [line for line in said.splitlines() if plain(line)]
    if lines and (meant := vocabulary.meant(lines[-1])) is not None:
        return meant
    for _, rest in reversed(stated):
        if (meant := vocabulary.meant(rest)) is not None:
            return meant
        mentioned = vocabulary.mentioned(rest)
        if len(mentioned) == 1 and not _NEGATION.search(rest):
            return mentioned.pop()
        return None
    return None


def _label(meant: str) -> str:
    if meant in WAYS_OUT:
        raise Unscored(Reason.NO_ANSWER, meant, abstained=True)
    return meant


def _declined(said: str) -> Unscored | None:
    return Unscored(Reason.REFUSED, "it apologises", abstained=True) if _APOLOGY.search(said) else None


def _unreadable(said: str, vocabulary: Vocabulary) -> Unscored:
    mentioned = vocabulary.mentioned(said)
    what = {0: "no label in it", 1: "a label is mentioned, not stated"}.get(len(mentioned), "several labels in it")
    return Unscored(Reason.UNREADABLE_ANSWER, what)
