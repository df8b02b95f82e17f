"""What the names of a dataset's splits mean: was a part meant for training, or held out?"""

from __future__ import annotations

import re
import unicodedata
from typing import Literal

Part = Literal["training", "held out"]

TRAINING = frozenset({"train", "training", "trn", "tr", "fit", "learn", "learning"})
HELD_OUT = frozenset(
    {"test", "testing", "tst", "te", "dev", "devel", "development", "val", "valid", "validation"}
    | {"eval", "evaluation", "heldout", "holdout", "unseen"}
)

_WORD_FOR_SPLIT = re.compile(r"(set|split|data|dataset|part|partition|subset)$")
_NO_LETTER = re.compile(r"[\W\d_]+")


def part_of(split: str) -> Part | None:
    """Which part of a dataset a split is, by its name, such as ``Train``, ``training set`` or ``test_1``.

    None where the name does not say, as ``fold3`` does not.
    """
    letters = _NO_LETTER.sub("", unicodedata.normalize("NFKC", split).casefold())
    bare = _WORD_FOR_SPLIT.sub("", letters)
    if bare in TRAINING:
        return "training"
    return "held out" if bare in HELD_OUT else None
