"""What the names of files seem to state: their fields, and which of them looks like the emotion or the person.

A guess to begin with, from names alone: somebody who knows the corpus has to look at it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations, pairwise
from pathlib import PurePosixPath

from harness.cards.label_codes import codings, codings_of
from harness.cards.taxonomy import spellings

SEPARATORS = ("_", "-", ".", " ")
RUNS = re.compile(r"[A-Za-z]+|[0-9]+|[^A-Za-z0-9]+")
"""Of letters and of digits: the fields of names without a separator, such as ``03a01Fa``."""

MIXED = "mixed"
"""The pattern of a field that is letters in some names and digits in others: they are not named alike."""

MOST_LABELS = 30
MIN_CODES = {False: 3, True: 5}
"""Different codes of letters, and of digits, which may count anything."""

SURE = 0.75
"""Share of a field's values that have to be words for emotions."""

ENOUGH = 0.8
"""Share of the files that have to be named alike."""

MIN_FILES_EACH = (2.0, 1.2)
"""Of a person, on average: as it mostly is, and where no other field can be the people."""

NO_PERSON = re.compile(
    r"(?:take|rep|repetition|trial|run|clip|session|ses|part|seg|segment|frame|img|image|photo|pic|version|ver|no|nr|q)"
    r"[^A-Za-z0-9]?\d+",
    re.IGNORECASE,
)
"""Values that count something else than people, as their word says."""

NAME = re.compile(r"[^\W\d_]+(?:[-' ][^\W\d_]+)*")
"""Words of letters, which may be hyphenated."""

MOST_SHOWN = 12


@dataclass(frozen=True)
class NameField:
    """One field of the names.

    Attributes:
        name: ``label``, ``subject``, or ``field3``, …, as a group of the pattern.
        pattern: of its values.
        counts: value → files that have it, sorted by value.
        codes: value → label; None where it is not known what the value means. Empty but for the label.
        why: what makes it look like the emotion or the person; empty for others.
    """

    name: str
    pattern: str
    counts: Mapping[str, int]
    codes: Mapping[str, str | None]
    why: str

    def shown(self) -> str:
        """Its values in one line."""
        values = [*self.counts]
        more = f", … ({len(values)} values)" if len(values) > MOST_SHOWN else ""
        return ", ".join(values[:MOST_SHOWN]) + more


@dataclass(frozen=True)
class Naming:
    """How most of the files are named.

    Attributes:
        fields: in their order.
        pattern: of the end of a path without its suffix, with a group for each field.
        example: the first path that it fits.
        num_files: how many it fits.
        of_folders: the fields are folders, which may stand for anything.
    """

    fields: tuple[NameField, ...]
    pattern: str
    example: str
    num_files: int
    of_folders: bool = False

    def looks_like(self, name: str) -> NameField | None:
        """The field that looks like the label or the subject, if there is one."""
        return next((one for one in self.fields if one.name == name), None)

    def values(self, uri: str) -> Mapping[str, str]:
        """What the name of a file states, by field; nothing if it is named otherwise."""
        match = re.fullmatch(rf"(?:.*?/)?{self.pattern}\.[^./]+", uri, re.DOTALL)
        return match.groupdict() if match else {}


@dataclass(frozen=True)
class _Split:
    """Names cut into fields: the folder, then those of the stem; or all folders, then the stem.

    Attributes:
        rows: of each file its fields.
        uris: the files.
        patterns: of each field.
        between: what stands after each field but the last.
        num_folders: how many of the first fields are folders, among which people are looked for first.
    """

    rows: Sequence[Sequence[str]]
    uris: Sequence[str]
    patterns: Sequence[str]
    between: Sequence[str]
    num_folders: int = 0


def naming_of(uris: Sequence[str]) -> Naming | None:
    """The names of files, as far as most of them are alike; None if they are not.

    Args:
        uris: relative POSIX paths.
    """
    cut = [found for separator in SEPARATORS if (found := _by_separator(uris, separator))]
    best = max(cut, key=lambda found: (len(found.patterns), len(found.rows)), default=None)
    named = [_named(split) for split in (best, _by_runs(uris), _by_folders(uris)) if split is not None]
    fitting = [naming for naming in named if naming.values(naming.example)]
    labelled = next((naming for naming in fitting if naming.looks_like("label")), None)
    return labelled or next((naming for naming in fitting if not naming.of_folders), None)


def _named(split: _Split) -> Naming:
    columns = list(zip(*split.rows, strict=True))
    subject = _named_twice(columns)
    label = _label(columns, subject)
    subject = subject or _most_people(columns[: split.num_folders], label) or _most_people(columns, label)
    fields = []
    for index, column in enumerate(columns):
        guess = next((one for one in (label, subject) if one is not None and one.index == index), None)
        name, codes, why = (guess.name, guess.codes, guess.why) if guess else (f"field{index}", {}, "")
        fields.append(NameField(name, split.patterns[index], _counts(column), codes, why))
    pattern = "".join(
        f"(?P<{one.name}>{one.pattern}){between}"
        for one, between in zip(fields, (*split.between, ""), strict=True)
    )
    return Naming(tuple(fields), pattern, split.uris[0], len(split.rows), split.num_folders > 0)


@dataclass(frozen=True)
class _Guess:
    """Which field it is, and why; see `NameField`."""

    name: str
    index: int
    why: str
    codes: Mapping[str, str | None] = field(default_factory=dict)


def _by_separator(uris: Sequence[str], separator: str) -> _Split | None:
    escaped = re.escape(separator)
    return _split(uris, lambda stem: stem.split(separator), lambda _: f"[^{escaped}/]+", escaped)


def _by_runs(uris: Sequence[str]) -> _Split | None:
    """Letters and digits in turns; what is neither belongs to the field that it is."""

    def pattern(values: Sequence[str]) -> str:
        kinds = ("[A-Za-z]+", "[0-9]+", "[^A-Za-z0-9/]+")
        return next((kind for kind in kinds if all(re.fullmatch(kind, value) for value in values)), MIXED)

    found = _split(uris, RUNS.findall, pattern, "")
    return None if found is None or MIXED in found.patterns else _without_separators(found)


def _by_folders(uris: Sequence[str]) -> _Split | None:
    """Each folder is a field, and so is the name of the file, as in ``happy/speaker01/7.wav``."""
    alike = _alike(uris, lambda uri: PurePosixPath(uri).with_suffix("").parts)
    if not alike:
        return None
    rows, named = [parts for _, parts in alike], [uri for uri, _ in alike]
    num = len(rows[0])
    return _Split(rows, named, ["[^/]+"] * num, ["/"] * (num - 1), num_folders=num - 1)


def _without_separators(split: _Split) -> _Split:
    """Fields that are the same sign in all names stand between the others."""
    columns = list(zip(*split.rows, strict=True))
    signs = {
        index
        for index, column in enumerate(columns)
        if 0 < index < len(columns) - 1 and len(set(column)) == 1 and not any(map(str.isalnum, column[0]))
    }
    kept = [index for index in range(len(columns)) if index not in signs]
    between = [
        "".join(
            split.between[place] + (re.escape(columns[place + 1][0]) if place + 1 in signs else "")
            for place in range(index, following)
        )
        for index, following in pairwise(kept)
    ]
    rows = [[row[index] for index in kept] for row in split.rows]
    return _Split(rows, split.uris, [split.patterns[index] for index in kept], between)


def _split(
    uris: Sequence[str], cut: Callable[[str], Sequence[str]], pattern: Callable[[Sequence[str]], str], between: str
) -> _Split | None:
    alike = _alike(uris, lambda uri: cut(PurePosixPath(uri).stem))
    if not alike:
        return None
    num = len(alike[0][1])
    patterns = [pattern(values) for values in zip(*(parts for _, parts in alike), strict=True)]
    folders = [PurePosixPath(uri).parent.name for uri, _ in alike]
    if len(set(folders)) > 1 and all(folders):
        rows = [(folder, *parts) for folder, (_, parts) in zip(folders, alike, strict=True)]
        return _Split(rows, [uri for uri, _ in alike], ["[^/]+", *patterns], ["/", *[between] * (num - 1)])
    return _Split([parts for _, parts in alike], [uri for uri, _ in alike], patterns, [between] * (num - 1))


def _alike(uris: Sequence[str], cut: Callable[[str], Sequence[str]]) -> Sequence[tuple[str, Sequence[str]]]:
    """The names with the most usual number of fields, at least two; none if too many have another one."""
    cut_up = [(uri, cut(uri)) for uri in uris]
    (num, _), *_ = Counter(len(parts) for _, parts in cut_up).most_common(1) or [(0, 0)]
    alike = [(uri, parts) for uri, parts in cut_up if len(parts) == num and all(parts)]
    return alike if num >= 2 and len(alike) >= ENOUGH * len(uris) else []


def _named_twice(columns: Sequence[Sequence[str]]) -> _Guess | None:
    """People often have a folder of their own, and a field that says the same."""
    several = [index for index, column in enumerate(columns) if _may_be_people(column, MIN_FILES_EACH[0])]
    same = next((pair for pair in combinations(several, 2) if _same(*(columns[index] for index in pair))), None)
    return None if same is None else _Guess("subject", same[1], f"the same as field{same[0]}")


def _label(columns: Sequence[Sequence[str]], subject: _Guess | None) -> _Guess | None:
    """The field whose values are words for emotions, or else all codes of one corpus."""
    words, coded = [], []
    for index, column in enumerate(columns):
        values = sorted(set(column))
        if not 2 <= len(values) <= MOST_LABELS or (subject is not None and index == subject.index):
            continue
        known = {value: spellings().get(value.strip().lower()) for value in values}
        share = sum(emotion is not None for emotion in known.values()) / len(values)
        if share >= SURE:
            words.append((share, len(values), -index, _Guess("label", index, "words for emotions", known)))
        elif len(values) >= MIN_CODES[values[0].isdigit()] and (names := codings_of(values)):
            codes = {value: codings()[names[0]][value] for value in values}
            coded.append((1.0, len(values), -index, _Guess("label", index, f"codes as in {names[0]}", codes)))
    return max(words or coded, key=lambda found: found[:3], default=(0.0, 0, 0, None))[3]


def _most_people(columns: Sequence[Sequence[str]], label: _Guess | None) -> _Guess | None:
    """The field of numbers, initials or names with the most different ones, before the label if one is there.

    Words with a capital count as names where there is a label and neither numbers nor initials stand before it:
    after it these are as often takes as people.
    """
    others = [index for index in range(len(columns)) if label is None or index != label.index]
    for least in MIN_FILES_EACH:
        ids = [index for index in others if _may_be_people(columns[index], least)]
        first = [index for index in ids if label is not None and index < label.index]
        may_be_named = label is not None and not first
        names = [index for index in others if may_be_named and _may_be_names(columns[index], least)]
        if several := first or [*names, *ids]:
            most = max(several, key=lambda index: len(set(columns[index])))
            what = "names" if most in names else "numbers or initials"
            return _Guess("subject", most, f"{what}, of which there are most")
    return None


def _may_be_people(column: Sequence[str], least: float) -> bool:
    values = set(column)
    ids = all(any(letter.isdigit() for letter in value) or value.isupper() for value in values)
    counted = all(NO_PERSON.fullmatch(value) for value in values)
    return len(values) >= 2 and ids and not counted and len(column) >= least * len(values)


def _may_be_names(column: Sequence[str], least: float) -> bool:
    """Words of letters with a capital, such as ``Eun-ji``, and none for an emotion."""
    values = set(column)
    named = all(value[0].isupper() and NAME.fullmatch(value) for value in values)
    emotions = any(value.strip().lower() in spellings() for value in values)
    return len(values) >= 2 and named and not emotions and len(column) >= least * len(values)


def _same(first: Sequence[str], second: Sequence[str]) -> bool:
    return len(set(zip(first, second, strict=True))) == len(set(first)) == len(set(second))


def _counts(column: Sequence[str]) -> Mapping[str, int]:
    return dict(sorted(Counter(column).items()))
