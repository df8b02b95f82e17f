"""Removing the names of people and recordings from a plan.

Choices and cards may contain such names: a reader's list of subjects, the subjects that a system was trained on,
facts about speakers on a card. The plan in the run's folder keeps them, because the checks need them; the plan
that is shown or sent does not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from harness.evidence.pseudonyms import Pseudonym
from harness.tables.pieces import TableFile, lengths

_PLACES = frozenset({"options", "facts", "notes", "details", "parts", "training_subjects"})
"""The sections that may contain names. Others contain labels and groups, which may equal a name by coincidence."""

_COLUMNS = ("subject_id", "session_id", "sample_id", "uri")

_TRAINING = "training_subjects"
_FOLDER, _SUFFIX = r"^.*/", r"\.[^./]*$"


def id_columns(samples: pa.Table) -> pa.Table:
    """The columns of a samples table that contain names."""
    return _as_text(samples.select(_COLUMNS))


def id_pieces(path: Path) -> Iterator[pa.Table]:
    """The columns of a stored samples table that contain names, a limited number of rows at a time.

    Raises:
        HarnessError: the file is absent or not readable.
    """
    file = TableFile(path)
    return map(_as_text, file.pieces(lengths(file.num_rows), _COLUMNS))


def _as_text(piece: pa.Table) -> pa.Table:
    """Names as validated samples have them, whatever type is stored."""
    return piece.cast(pa.schema([field.with_type(pa.string()) for field in piece.schema]))


def plan_by_rows(plan: Mapping[str, Any], samples: Iterable[pa.Table]) -> dict[str, Any]:
    """The plan with row numbers instead of names, for the report: the same on every machine, as in check findings.

    Args:
        plan: of the run.
        samples: of the run, in pieces; see `id_pieces`.
    """
    names = {name: f"({kind} of row {row})" for name, (kind, row) in _found(plan, samples).items()}
    return {key: _replaced(value, names) for key, value in plan.items()}


def plan_by_pseudonyms(
    plan: Mapping[str, Any], samples: Iterable[pa.Table], pseudonym: Pseudonym
) -> dict[str, Any]:
    """The plan with pseudonyms instead of names, for MLflow; also for training subjects who are not tested."""
    names = {name: pseudonym(kind, name) for name, (kind, _) in _found(plan, samples).items()}
    names |= {name: pseudonym("subject_id", name) for name in _training_subjects(plan)}
    return {key: _replaced(value, names) for key, value in plan.items()}


def plan_hiding(plan: Mapping[str, Any], samples: Iterable[pa.Table], pseudonym: Pseudonym) -> dict[str, Any]:
    """The plan with pseudonyms for the names in some samples alone, such as those of people who withdrew."""
    names = {name: pseudonym(kind, name) for name, (kind, _) in _found(plan, samples).items()}
    return {key: _replaced(value, names) for key, value in plan.items()}


def _found(plan: Mapping[str, Any], samples: Iterable[pa.Table]) -> dict[str, tuple[str, int]]:
    """Texts of the plan that are names in the samples → the column, and the first row with that name."""
    texts = pa.array(sorted(set(_texts(plan))), pa.string())
    found: dict[str, tuple[str, int]] = {}
    start = 0
    for piece in samples:
        for kind, names in _names(piece):
            code_N = pc.index_in(names, value_set=texts)
            for code in pc.unique(code_N).drop_null().to_pylist():
                found.setdefault(texts[code].as_py(), (kind, start + pc.index(code_N, code).as_py()))
        start += piece.num_rows
    return found


def _names(samples: pa.Table) -> Iterator[tuple[str, pa.Array]]:
    """Every column of names, and the files' names without folder and extension."""
    for kind in _COLUMNS:
        yield kind, samples[kind].combine_chunks()
    files = pc.replace_substring_regex(samples["uri"].combine_chunks(), _FOLDER, "")
    yield "uri", files
    yield "uri", pc.replace_substring_regex(files, _SUFFIX, "")


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


def _replaced(value: Any, names: Mapping[str, str], *, inside: bool = False) -> Any:
    if isinstance(value, Mapping):
        return {
            names.get(key, key) if inside else key: _replaced(inner, names, inside=inside or key in _PLACES)
            for key, inner in value.items()
        }
    if isinstance(value, list):
        return [_replaced(inner, names, inside=inside) for inner in value]
    return names.get(value, value) if inside and isinstance(value, str) else value
