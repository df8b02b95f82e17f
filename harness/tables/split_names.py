"""What the names of a dataset's splits mean: was a part meant for training, or held out, or is it a fold?"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from typing import Literal

import pyarrow as pa

Part = Literal["training", "held out"]

FOLD = "fold:"
"""Prefix of a split that is one of several folds: tested in that fold, trained on in the others."""

TRAINING = frozenset({"train", "training", "trn", "tr", "fit", "learn", "learning"})
HELD_OUT = frozenset(
    {"test", "testing", "tst", "te", "dev", "devel", "development", "val", "valid", "validation"}
    | {"eval", "evaluation", "heldout", "holdout", "unseen"}
)
_OF_BOTH = "cross"
"""In a cross-validation, everybody is on both sides."""

_WORD_FOR_SPLIT = re.compile(r"(set|split|data|dataset|part|partition|subset)$")
_NO_LETTER = re.compile(r"[\W\d_]+")
_CAPITAL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_LEADING_ZEROS = re.compile(r"(?<!\d)0+(?=\d)")
_SHORT = 3
"""A word of fewer letters, such as ``te``, says something only where it is the whole name."""


def part_of(split: str) -> Part | None:
    """Which part of a dataset a split is, by its name, such as ``Train``, ``test_1`` or ``PrivateTest``.

    None where the name does not say, as ``fold3`` does not, or says both, as ``train+val`` does.
    """
    name = unicodedata.normalize("NFKC", split)
    words = [bare for word in _NO_LETTER.split(_CAPITAL.sub(" ", name)) if (bare := _bare(word))]
    whole = _bare(_NO_LETTER.sub("", name))
    said = {whole} | {word for word in words if len(word) >= _SHORT}
    parts: set[Part] = set()
    if said & TRAINING:
        parts.add("training")
    if said & HELD_OUT:
        parts.add("held out")
    return parts.pop() if len(parts) == 1 and _OF_BOTH not in said else None


def _bare(word: str) -> str:
    return _WORD_FOR_SPLIT.sub("", word.casefold())


def is_fold(split: str | None) -> bool:
    """Whether samples of this split are in one of several folds."""
    return fold_of(split) is not None


def fold_of(split: str | None) -> str | None:
    """The fold of a split in one way of writing: ``Fold: 1`` is ``fold:1``. None where it is no fold."""
    if split is None:
        return None
    prefix, colon, name = unicodedata.normalize("NFKC", split).casefold().partition(":")
    return f"{FOLD}{name.strip()}" if colon and f"{prefix.strip()}:" == FOLD and name.strip() else None


def same_person(subject: str) -> str:
    """What ids of one person have in common, however their letters are coded and whatever their case.

    ``é`` may be one character or two, which look alike; an export may change the case.
    """
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", subject).casefold()).strip()


def people_on_both_sides(pairs: Iterable[tuple[str, str | None]]) -> set[str]:
    """Subjects who are in a training part and in a held-out one, or in two folds, as `same_person` compares ids.

    Parts often lie in files of their own, of which one may have lost leading zeros: there ``03`` is ``3``. Within
    folds, which the study may have made itself, they are two people.

    Args:
        pairs: of a subject and the split of one of its samples; None: that sample is in no split.
    """
    sides: defaultdict[str, set[str]] = defaultdict(set)
    spellings: defaultdict[str, set[str]] = defaultdict(set)
    for subject, split in pairs:
        if split is None:
            continue
        fold, person = fold_of(split), same_person(subject)
        if side := fold or part_of(split):
            key = person if fold else _LEADING_ZEROS.sub("", person)
            sides[key].add(side)
            spellings[key].add(subject)
    return {name for person, of in sides.items() if len(of) > 1 for name in spellings[person]}


def leaked_people(samples: pa.Table) -> list[str]:
    """The subjects of a samples table who are on both sides of its split, sorted; see `people_on_both_sides`."""
    pairs = samples.group_by(["subject_id", "split"]).aggregate([])
    return sorted(
        people_on_both_sides(zip(pairs["subject_id"].to_pylist(), pairs["split"].to_pylist(), strict=True))
    )
