"""The levels at which a model is misled: by what is said, by the question, and by both saying the same.

Of stimuli whose voice shows something else than the prompt claims, the words of some are neutral, and those of
others say what it claims. Each is asked about with and without the claim, which makes a factorial design with the
levels of DEAF (arXiv 2603.18048: content, misleading prompt, both) and a control.

Shapes: N stimuli.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from harness.arrays import Bools, Floats, Ints
from harness.cards.taxonomy import class_of
from harness.practice_tests.language_models.answers import Answers
from harness.practice_tests.language_models.asked_models import ALONE, Asked

NEITHER, CONTENT, PROMPT, BOTH = "neither", "content", "prompt", "both"


@dataclass(frozen=True)
class Side:
    """What one claim adds to a level.

    Attributes:
        own: what the model answered when it was asked in this way.
        claim: the class that is claimed.
        among: ``[N]``, the stimuli that it is about: all of them show something else than what is claimed.
    """

    own: Answers
    claim: str
    among: Bools

    @property
    def right_n(self) -> Floats:
        """Whether each answer is what the voice shows ``[n]``."""
        right_n: Floats = (self.own.answer == self.own.truth)[self.among].astype(np.float64)
        return right_n

    @property
    def misled_n(self) -> Floats:
        """Whether each answer is what is claimed ``[n]``."""
        misled_n: Floats = (self.own.answer == self.claim)[self.among].astype(np.float64)
        return misled_n

    @property
    def subject_n(self) -> Ints:
        """Of each answer ``[n]``, numbered."""
        return self.own.subject[self.among]


Level = Sequence[Side]
"""One level: a side for each claim. A stimulus counts once for every claim that it does not show."""


def levels_of(asked: Asked) -> Mapping[str, Level]:
    """The levels by name; none where no claim was made, or where no words say what one claims."""
    levels: dict[str, list[Side]] = {name: [] for name in (NEITHER, CONTENT, PROMPT, BOTH)}
    own = asked.ways[ALONE]
    for label, told in asked.claims.items():
        claim, false_N = class_of()(label), falsely_claimed(own, label)
        neutral_N, claiming_N = false_N & (own.words == ""), false_N & (own.words == claim)
        if not claiming_N.any():
            continue
        levels[NEITHER].append(Side(own, claim, neutral_N))
        levels[CONTENT].append(Side(own, claim, claiming_N))
        levels[PROMPT].append(Side(told, claim, neutral_N))
        levels[BOTH].append(Side(told, claim, claiming_N))
    return {name: level for name, level in levels.items() if any(side.among.any() for side in level)}


def falsely_claimed(own: Answers, label: str) -> Bools:
    """The stimuli that show something else than a label ``[N]``."""
    false_N: Bools = (own.truth != "") & (own.truth != class_of()(label))
    return false_N
