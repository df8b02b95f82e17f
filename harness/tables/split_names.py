"""What the names of a dataset's splits mean: was a part meant for training, or held out, or is it a fold?"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from typing import Literal

Part = Literal["training", "held out"]

FOLD = "fold:"
"""Prefix of a split that is one of several folds: tested in that fold, trained on in the others."""

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


def is_fold(split: str | None) -> bool:
    """Whether samples of this split are in one of several folds."""
    return split is not None and split.startswith(FOLD)


def people_on_both_sides(pairs: Iterable[tuple[str, str | None]]) -> set[str]:
    """Subjects who are in a training part and in a held-out one, or in two folds.

    Args:
        pairs: of a subject and the split of one of its samples; None: that sample is in no split.
    """
    sides: defaultdict[str, set[str]] = defaultdict(set)
    for subject, split in pairs:
        if split is None:
            continue
        side = split if is_fold(split) else part_of(split)
        if side is not None:
            sides[subject].add(side)
    return {subject for subject, of in sides.items() if len(of) > 1}
