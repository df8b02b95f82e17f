"""The levels at which a model is misled: by what is said, by the question, and by both saying the same.

Of stimuli whose voice shows something else than the prompt claims, the words of some are neutral, and those of
others say what it claims. Each is asked about with and without the claim, which makes a factorial design with the
levels of DEAF (arXiv 2603.18048: content, misleading prompt, both) and a control.

Shapes: N stimuli.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from harness.arrays import Bools
from harness.cards.taxonomy import class_of
from harness.practice_tests.language_models.answers import Answers
from harness.practice_tests.language_models.asked_models import ALONE, CLAIM, Asked

NEITHER, CONTENT, PROMPT, BOTH = "neither", "content", "prompt", "both"


@dataclass(frozen=True)
class Level:
    """One level.

    Attributes:
        own: what the model answered when it was asked in this way.
        among: ``[N]``, the stimuli that it is about: all of them show something else than what is claimed.
    """

    own: Answers
    among: Bools


def levels_of(asked: Asked) -> Mapping[str, Level]:
    """The levels by name; none where no claim was made, or where no words say what it claims."""
    if CLAIM not in asked.ways:
        return {}
    own, told, claim = asked.ways[ALONE], asked.ways[CLAIM], claimed_class(asked)
    false_N = (own.truth != "") & (own.truth != claim)
    neutral_N, claiming_N = false_N & (own.words == ""), false_N & (own.words == claim)
    if not claiming_N.any():
        return {}
    levels = {
        NEITHER: Level(own, neutral_N),
        CONTENT: Level(own, claiming_N),
        PROMPT: Level(told, neutral_N),
        BOTH: Level(told, claiming_N),
    }
    return {name: level for name, level in levels.items() if level.among.any()}


def claimed_class(asked: Asked) -> str:
    """The class that the prompt claims."""
    return class_of()(str(asked.claim))
