"""What a language model's answer says: a label, that it declines, or nothing that can be read.

Read strictly: a label that is merely mentioned is no answer ("not angry", "angry or sad", the list of the prompt
said again), nor is its first letter. In this order:

1. What the model thinks aloud (``<think>…</think>``) is left out.
2. A JSON object, alone, fenced or within words, is read by its keys ``label``, ``scores``, ``valence``,
   ``arousal`` and ``dominance``.
3. An answer that is nothing but a label, or nothing but one of the ways out, is that.
4. Otherwise the last statement counts: "Answer: sad", "the emotion is sad", or a last line that is only a label.
5. Otherwise a sentence about the person ("She seems sad.") counts where the answer mentions that label alone.
6. Otherwise an apology is a refusal; and an answer without any label that says so cannot tell.
7. Everything else is unreadable.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.errors import Reason, Unscored
from harness.files import json_value
from harness.models.chat.asserted import asserted
from harness.models.chat.declining import is_unsure, refuses
from harness.models.chat.denying import NEGATION, SUPPOSED
from harness.models.chat.label_words import CANNOT_TELL, WAYS_OUT, Vocabulary, plain, written_alike
from harness.models.chat.thoughts import without_thoughts
from harness.tables.schemas import DIMENSIONS

MAX_CHARACTERS = 100_000
"""A longer answer is not read."""

MAX_WORDS = 3
"""An answer in words of one's own is a word for an emotion if it has no more words than this."""

NEW_WORD = "a word that is not in the table"

_STATEMENT = re.compile(
    r"(?<!/)\b(?:answer|label|emotion|classification|prediction|antwort|réponse|émotion|respuesta|emoción|risposta"
    r"|emozione|resposta|emoção|ответ|эмоция|答案|情绪|感情|答え|回答)\b[\s*_`\"']*"
    r"(?::|=|>|\bis\b|\bist\b|\best\b|\bes\b|\bè\b|\bé\b)(?P<rest>[^\n.;。]*)",
    re.IGNORECASE,
)
_CLAUSE = re.compile(r"[,(]| [-\u2013\u2014] |\u2014")
"""What ends the part of a statement that names the label."""

_SENTENCE = re.compile(r"[.;!?。\n]")
_LETTER = re.compile(r"[^\W_]")


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
    said = without_thoughts(written_alike(text))
    if not said:
        raise Unscored(Reason.UNREADABLE_ANSWER, "empty")
    if len(said) > MAX_CHARACTERS:
        raise Unscored(Reason.UNREADABLE_ANSWER, f"over {MAX_CHARACTERS:,} characters")
    document = _object(_unfenced(said))
    if document is None and not only_json:
        document = _object_within(said, vocabulary)
    if document is not None:
        return _of_document(document, vocabulary)
    if only_json:
        raise _refusal(said) or Unscored(Reason.UNREADABLE_ANSWER, "not the JSON that was asked for")
    meant = vocabulary.meant(said) or _last_statement(said, vocabulary)
    if meant is None and not _STATEMENT.search(said):
        meant = asserted(said, vocabulary)
    if meant is None:
        raise _refusal(said) or _without_label(said, vocabulary)
    return Reading(_label(meant))


def _unfenced(text: str) -> str:
    """What stands within the one fence that is the whole text; any other text as it is."""
    parts = text.split("```")
    if len(parts) == 3 and not parts[0] and not parts[2]:
        return parts[1].removeprefix("json")
    return text


def _object_within(text: str, vocabulary: Vocabulary) -> dict[str, Any] | None:
    """The one object that stands among words, unless these state something after it."""
    start, end = text.find("{"), text.rfind("}") + 1
    found = _object(text[start:end]) if 0 <= start < end else None
    return None if found is None or _last_statement(text[end:], vocabulary) is not None else found


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
        if dimensions:
            return Reading(None, None, dimensions)
        if {"label", *DIMENSIONS} & set(document):  # null, where it was to say something
            raise Unscored(Reason.NO_ANSWER, CANNOT_TELL, abstained=True)
        raise Unscored(Reason.UNREADABLE_ANSWER, "JSON without a label")
    meant = vocabulary.meant(stated) if isinstance(stated, str) else None
    if meant is None:
        raise Unscored(
            Reason.UNREADABLE_ANSWER, "a label that is not in the list" if vocabulary.is_closed else NEW_WORD
        )
    return Reading(_label(meant), _scores(document.get("scores"), vocabulary), dimensions)


def _scores(stated: Any, vocabulary: Vocabulary) -> Mapping[str, float] | None:
    """The scores, where there is one for every label."""
    if not isinstance(stated, dict):
        return None
    found: dict[str, float] = {}
    for name, value in stated.items():
        label = vocabulary.meant(name)
        if label in found:
            raise Unscored(Reason.UNREADABLE_ANSWER, "two scores for one label")
        if label is not None:
            found[label] = _number(value, "scores", 0.0)
    return {label: found[label] for label in vocabulary.labels} if set(vocabulary.labels) <= set(found) else None


def _number(value: Any, name: str, least: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= 1.0:
        raise Unscored(Reason.UNREADABLE_ANSWER, f"{name} is no number from {least:g} to 1")
    return float(value)


def _last_statement(said: str, vocabulary: Vocabulary) -> str | None:
    """What the answer states last, if it states one label there."""
    lines = [line for line in said.splitlines() if plain(line)]
    alone = [meant for line in lines if (meant := vocabulary.meant(line)) is not None]
    if alone and vocabulary.meant(lines[-1]) is not None:
        return alone[-1] if len(set(alone)) == 1 else None  # several are a list
    statements = list(_STATEMENT.finditer(said))
    if statements and len(set(alone)) == 1 and not _LETTER.search(statements[-1]["rest"]):
        return alone[0]  # "Emotion:", and the label on a line of its own
    return _stated(said, statements[-1], vocabulary) if statements else None


def _stated(said: str, statement: re.Match[str], vocabulary: Vocabulary) -> str | None:
    """The one label of a statement that is neither denied, nor supposed, nor asked."""
    rest, before = statement["rest"], _SENTENCE.split(said[: statement.start()])[-1]
    mentioned = vocabulary.mentioned(rest)
    if len(mentioned) != 1 or "?" in rest or SUPPOSED.search(before) or NEGATION.search(before.split(",")[-1]):
        return None
    meant = vocabulary.meant(_CLAUSE.split(rest, maxsplit=1)[0])
    if meant is not None:
        return meant
    return None if NEGATION.search(rest) else mentioned.pop()


def _label(meant: str) -> str:
    if meant in WAYS_OUT:
        raise Unscored(Reason.NO_ANSWER, meant, abstained=True)
    return meant


def _refusal(said: str) -> Unscored | None:
    return Unscored(Reason.REFUSED, "it apologises", abstained=True) if refuses(said) else None


def _without_label(said: str, vocabulary: Vocabulary) -> Unscored:
    labels = vocabulary.mentioned(said) - set(WAYS_OUT)
    if len(labels) > 1:
        return Unscored(Reason.UNREADABLE_ANSWER, "several labels in it")
    if labels:
        return Unscored(Reason.UNREADABLE_ANSWER, "a label is mentioned, not stated")
    if is_unsure(said):
        return Unscored(Reason.NO_ANSWER, CANNOT_TELL, abstained=True)
    is_new = not vocabulary.is_closed and len(plain(said).split()) <= MAX_WORDS
    return Unscored(Reason.UNREADABLE_ANSWER, NEW_WORD if is_new else "no label in it")
