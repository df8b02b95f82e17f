"""Ids of subjects in different spellings: which mean the same person, and which cannot be compared.

A provider lists ``P0``, ``p00`` or ``toys:p0`` where the samples say ``p0``. Ids that differ only in such ways are
the same; ids that are built differently, as ``0`` beside ``p0``, cannot show that nobody is in both lists.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

_QUALIFIER = re.compile(r"[:/\\]")
_LOOSE_SEPARATOR = re.compile(r"(?<!\d)[\s_.-]+|[\s_.-]+(?!\d)")
_LEADING_ZEROS = re.compile(r"(?<!\d)0+(?=\d)")
_DIGITS = re.compile(r"\d+")
_HASH = re.compile(r"(?=.*\d)[0-9a-f]{12,}")


@dataclass(frozen=True)
class SharedIds:
    """What two lists of ids have in common.

    Attributes:
        exact: ids of the second list that the first holds as they are.
        rewritten: ids of the second list that the first holds written in another way.
        incomparable: how many ids of the first list are built like none of the second.
        alike: how many of these end in the number, or the name, of an id of the second list.
    """

    exact: frozenset[str]
    rewritten: frozenset[str]
    incomparable: int
    alike: int


def shared_ids(listed: Iterable[str], tested: Iterable[str], dataset: str) -> SharedIds:
    """Compare two lists of subject ids.

    Args:
        listed: such as the training subjects of a card.
        tested: such as the subjects of the samples.
        dataset: a prefix of this name, as in ``toys:p0``, does not count.
    """
    listed, tested = set(listed), set(tested)
    names_listed = {name: canonical(name, dataset) for name in listed}
    names_tested = {name: canonical(name, dataset) for name in tested}
    both = set(names_listed.values()) & set(names_tested.values())
    exact = listed & tested
    rewritten = {name for name, plain in names_tested.items() if plain in both} - exact
    shapes = {_shape(plain) for plain in names_tested.values()}
    others = [plain for plain in names_listed.values() if plain not in both and _shape(plain) not in shapes]
    endings = {_ending(plain) for plain in names_tested.values()}
    alike = sum(_ending(plain) in endings for plain in others)
    return SharedIds(frozenset(exact), frozenset(rewritten), len(others), alike)


def canonical(name: str, dataset: str) -> str:
    """An id without what differs between ways of writing it.

    These are case, forms of Unicode, spaces, separators that are not between two digits, leading zeros, and the
    dataset's own name as a prefix.
    """
    plain = unicodedata.normalize("NFKC", name).casefold().strip()
    prefix = unicodedata.normalize("NFKC", dataset).casefold().strip()
    qualifier = _QUALIFIER.split(plain, maxsplit=1)
    if len(qualifier) == 2 and qualifier[0].strip() == prefix:
        plain = qualifier[1]
    return _LEADING_ZEROS.sub("", _LOOSE_SEPARATOR.sub("", plain))


def _shape(plain: str) -> str:
    """How an id is built: ``p12`` is built like ``p3`` and unlike ``12`` or ``s12``; names are all built alike."""
    if _HASH.fullmatch(plain):
        return f"{len(plain)} hexadecimal digits"
    if _DIGITS.search(plain):
        return _DIGITS.sub("9", plain)
    return "qualified name" if _QUALIFIER.search(plain) else "name"


def _ending(plain: str) -> str:
    """The last number of an id, or what follows its last qualifier."""
    numbers = _DIGITS.findall(plain)
    return numbers[-1] if numbers else _QUALIFIER.split(plain)[-1]
