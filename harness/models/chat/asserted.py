"""A label that a sentence asserts of a person: "The person seems sad.", "Her face appears to be quite angry".

Weaker than "Answer: sad", so it counts only where nothing else can be meant: in the whole answer one label alone
is mentioned, and nothing denies, doubts, limits or asks it.
"""

from __future__ import annotations

import re

from harness.models.chat.declining import is_unsure, refuses
from harness.models.chat.denying import NEGATION, SUPPOSED
from harness.models.chat.label_words import Vocabulary

_SENTENCE = re.compile(r"[^.;!?。\n]+[.;!?。]?")

_PERSON = (
    r"(?:the|this|that|his|her|their)\s+(?:[\w'-]+\s+){0,2}?(?:person|man|woman|boy|girl|child|baby|individual|face"
    r"|subject|speaker|voice|expression)(?:\s+(?:in|on)\s+(?:the|this)\s+\w+)?|he|she|they|it"
    r"|(?:die|der|das|diese[rs]?)\s+(?:person|frau|mann|kind|gesicht|stimme)|er|sie"
    r"|(?:la|cette)\s+personne|le\s+visage|il|elle|(?:la|esta)\s+persona|la\s+pessoa|a\s+pessoa"
)
_VERB = (
    r"(?:is|are|seems?|appears?|looks?|sounds?|feels?)(?:\s+to\s+(?:be|feel))?(?:\s+(?:feeling|expressing))?"
    r"|wirkt|scheint|klingt|sieht|semble|paraît|parece|sembra"
)
_DEGREE = (
    r"(?:(?:very|quite|rather|really|clearly|somewhat|slightly|mostly|primarily|sehr|etwas|très|muy|molto)\s+)*"
)
_LEAD = (
    r"(?:(?:overall|so|thus|therefore|hence|here|(?:based\s+on|judging\s+(?:by|from)|from|in|with)\s[^,]*),\s*)?"
    r"(?:i(?:'d|\s+would)?\s+(?:think|believe|say)\s+(?:that\s+)?|it\s+(?:seems|appears|looks)\s+(?:like|that)\s+)?"
)
_ASSERTION = re.compile(
    rf"\W*{_LEAD}(?:{_PERSON})\s+(?:{_VERB})\s+{_DEGREE}(?P<rest>.+)", re.IGNORECASE | re.DOTALL
)

_AFTER = re.compile(
    r"[,(.;!。*]| [-\u2013\u2014] |\s(?:with|because|as|in|based|due|given|aus|zu sein)\b", re.IGNORECASE
)
"""What may follow the label, which is thereby known to be all that is said of the person."""

_DOUBT = re.compile(
    r"\b(?:but|however|although|though|yet|while|whereas|actually|in fact|in truth|only|at first|initially"
    r"|on the surface|pretend\w*|fak(?:e|ed|ing)|feign\w*|forced|mask\w*|hid(?:es|ing|den)|may|might|could|can"
    r"|would be|perhaps|maybe|possibly|wrong|false|incorrect|untrue|instead|aber|jedoch|doch|mais|pero|ma|però"
    r"|mas)\b",
    re.IGNORECASE,
)


def asserted(said: str, vocabulary: Vocabulary) -> str | None:
    """The one label that an answer asserts of a person, or None.

    Args:
        said: an answer without a statement such as "Answer: sad".
        vocabulary: the words that are labels.
    """
    mentioned = vocabulary.mentioned(said)
    if len(mentioned) != 1 or refuses(said) or is_unsure(said):
        return None
    for sentence in _SENTENCE.finditer(said):
        if vocabulary.mentioned(sentence[0]):  # it is the first, so what follows could take it back
            return _asserted_by(sentence[0], said[sentence.end() :], vocabulary)
    return None


def _asserted_by(sentence: str, after: str, vocabulary: Vocabulary) -> str | None:
    found = _ASSERTION.match(sentence)
    if found is None or sentence.endswith("?") or SUPPOSED.search(sentence):
        return None
    if any(undoing.search(text) for undoing in (NEGATION, _DOUBT) for text in (sentence, after)):
        return None
    return vocabulary.meant(_AFTER.split(found["rest"], maxsplit=1)[0])
