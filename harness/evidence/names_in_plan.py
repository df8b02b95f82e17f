"""Removing the names of people and recordings from a plan.

Choices and cards may contain such names: a reader's list of subjects, the subjects that a system was trained on,
facts about speakers on a card, a description that thanks somebody. The plan in the run's folder keeps them,
because the checks need them; the plan that is shown or sent does not. A text that is a name as a whole is
replaced; within longer texts, the names of people are, where `harness.evidence.names_in_texts` finds them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from harness.evidence.names_in_texts import Names, may_stand_among, words
from harness.evidence.pseudonyms import Pseudonym
from harness.tables.encoded_texts import cast_but_encoded, distinct_texts, of_texts
from harness.tables.pieces import TableFile, lengths

_PLACES = frozenset({"options", "facts", "notes", "details", "parts", "training_subjects"})
"""The sections that may contain names. Others contain labels and groups, which may equal a name by coincidence."""

_CARDS = "cards"
_TERMS = frozenset(
    {
        "name",
        "reader",
        "kind",
        "modalities",
        "labels",
        "label_source",
        "elicitation",
        "languages",
        "values",
        "expected",
        "input",
        "output",
        "connection",
        "dimensions",
        "training",
        "changes",
        "metric",
        "axis",
        "group",
        "sha256",
        "beside",
    }
)
"""What cards state in terms that the tables use, or that are chosen from a list; everything else there is text."""

_COLUMNS = ("subject_id", "session_id", "sample_id", "uri")
_OF_ONE_ROW = ("sample_id", "uri")
"""Columns in which a name is mostly that of one row; in the others few names are those of many."""

_REMEMBERED = 100_000
"""People of whom it is remembered whether they may be named: those of one piece are those of the next."""

_TRAINING = "training_subjects"
_FOLDER, _SUFFIX = r"^.*/", r"\.[^./]*$"


def id_columns(samples: pa.Table) -> pa.Table:
    """The columns of a samples table that contain names."""
    return _as_text(samples.select(_COLUMNS))


def id_pieces(path: Path) -> Iterator[pa.Table]:
    """The columns of a stored samples table that contain names, a limited number of rows at a time.

    Those in which few names are those of many rows are dictionaries (see `harness.tables.encoded_texts`).

    Raises:
        HarnessError: the file is absent or not readable.
    """
    file = TableFile(path)
    return map(_as_text, file.pieces(lengths(file.num_rows), _COLUMNS, plain=_OF_ONE_ROW))


def _as_text(piece: pa.Table) -> pa.Table:
    """Names as validated samples have them, whatever type is stored."""
    return cast_but_encoded(piece, pa.schema([field.with_type(pa.string()) for field in piece.schema]))


def plan_by_rows(plan: Mapping[str, Any], samples: Iterable[pa.Table]) -> dict[str, Any]:
    """The plan with row numbers instead of names, for the report: the same on every machine, as in check findings.

    Args:
        plan: of the run.
        samples: of the run, in pieces; see `id_pieces`.
    """
    found = _found(plan, samples)
    names = {name: f"({kind} of row {row})" for name, (kind, row) in found.names.items()}
    people = {name: f"(subject_id of row {row})" for name, row in found.people.items()}
    return _without(plan, names, {**dict.fromkeys(_training_subjects(plan), "(a training subject)"), **people})


def plan_by_pseudonyms(
    plan: Mapping[str, Any], samples: Iterable[pa.Table], pseudonym: Pseudonym
) -> dict[str, Any]:
    """The plan with pseudonyms instead of names, for MLflow; also for training subjects who are not tested."""
    return _by_pseudonyms(plan, samples, pseudonym, set(_training_subjects(plan)))


def plan_hiding(plan: Mapping[str, Any], samples: Iterable[pa.Table], pseudonym: Pseudonym) -> dict[str, Any]:
    """The plan with pseudonyms for the names in some samples alone, such as those of people who withdrew."""
    return _by_pseudonyms(plan, samples, pseudonym, set())


def _by_pseudonyms(
    plan: Mapping[str, Any], samples: Iterable[pa.Table], pseudonym: Pseudonym, others: set[str]
) -> dict[str, Any]:
    found = _found(plan, samples)
    people = {name: pseudonym("subject_id", name) for name in {*found.people, *others}}
    names = {name: pseudonym(kind, name) for name, (kind, _) in found.names.items()}
    return _without(plan, names | {name: people[name] for name in others}, people)


def people_named(plan: Mapping[str, Any], samples: Iterable[pa.Table]) -> set[str]:
    """The names of all people: who was tested, and on whom a system was trained.

    Args:
        plan: of the run.
        samples: of the run, in pieces; see `id_pieces`.
    """
    tested = {
        name for piece in samples for name in pc.unique(distinct_texts(piece["subject_id"])).to_pylist() if name
    }
    return tested | set(_training_subjects(plan))


@dataclass(frozen=True)
class _Found:
    """What stands in a plan and is a name in the samples.

    Attributes:
        names: texts that are a name as a whole → the column, and the first row with that name.
        people: names of people that may stand in longer texts → the first row.
    """

    names: dict[str, tuple[str, int]]
    people: dict[str, int]


def _found(plan: Mapping[str, Any], samples: Iterable[pa.Table]) -> _Found:
    texts = pa.array(sorted(set(_texts(plan))), pa.string())
    known = words({*texts.to_pylist(), *_texts_of_cards(plan.get(_CARDS))})
    may_be_named = lru_cache(_REMEMBERED)(partial(may_stand_among, known=known))
    found = _Found({}, {})
    start = 0
    for piece in samples:
        for kind, names in _names(piece):
            for name, row in _first_rows(names, texts):
                found.names.setdefault(name, (kind, start + row))
        people = piece["subject_id"]
        named = [name for name in pc.unique(distinct_texts(people)).to_pylist() if name and may_be_named(name)]
        for name, row in _first_rows(people, pa.array(named, pa.string())):
            found.people.setdefault(name, start + row)
        start += piece.num_rows
    return found


def _names(samples: pa.Table) -> Iterator[tuple[str, pa.ChunkedArray]]:
    """Every column of names, and the files' names without folder and extension."""
    for kind in _COLUMNS:
        yield kind, samples[kind]
    files = pc.replace_substring_regex(samples["uri"], _FOLDER, "")
    yield "uri", files
    yield "uri", pc.replace_substring_regex(files, _SUFFIX, "")


def _first_rows(names: pa.ChunkedArray, wanted: pa.Array) -> Iterator[tuple[str, int]]:
    """Those of the wanted names that stand in a column, each with its first row, by which they are sorted."""
    if not len(wanted):
        return
    code_N = of_texts(names, lambda texts: pc.index_in(texts, value_set=wanted))
    if code_N.null_count < len(code_N):
        for code in pc.unique(code_N).drop_null().to_pylist():
            yield wanted[code].as_py(), pc.index(code_N, code).as_py()


def _texts(value: Any, *, inside: bool = False) -> Iterator[str]:
    """Every text in the sections that may contain names, keys included."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if inside:
                yield key
            yield from _texts(inner, inside=inside or key in _PLACES)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner, inside=inside)
    elif inside and isinstance(value, str):
        yield value


def _training_subjects(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        yield from value.get(_TRAINING) or ()
        for inner in value.values():
            yield from _training_subjects(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _training_subjects(inner)


def _texts_of_cards(value: Any) -> Iterator[str]:
    """Every text on cards but for terms."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if key not in _TERMS:
                yield from _texts_of_cards(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts_of_cards(inner)
    elif isinstance(value, str):
        yield value


def _without(plan: Mapping[str, Any], names: Mapping[str, str], people: Mapping[str, str]) -> dict[str, Any]:
    """The plan without names.

    Args:
        plan: of the run.
        names: that are replaced where a text is one of them as a whole.
        people: names that are replaced within texts, too.
    """
    within = Names(people)
    return {
        key: _replaced(value, names, within, is_text=key == _CARDS, inside=key in _PLACES)
        for key, value in plan.items()
    }


def _replaced(value: Any, names: Mapping[str, str], within: Names, *, is_text: bool, inside: bool) -> Any:
    if isinstance(value, Mapping):
        return {
            names.get(key, within.replaced(key)) if inside else key: _replaced(
                inner,
                names,
                within,
                is_text=is_text and (inside or key not in _TERMS),
                inside=inside or key in _PLACES,
            )
            for key, inner in value.items()
        }
    if isinstance(value, list):
        return [_replaced(inner, names, within, is_text=is_text, inside=inside) for inner in value]
    if not isinstance(value, str):
        return value
    if inside and value in names:
        return names[value]
    return within.replaced(value) if inside or is_text else value
