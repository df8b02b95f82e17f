"""Names of people and recordings within a plan, and the plan without them.

Choices and cards may hold them: a reader's list of subjects, the subjects that a system was trained on, what a
card knows of its speakers. The plan in the run's folder keeps them, because checks on the test need them; what is
shown or sent does not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from harness.evidence.pseudonyms import Pseudonym
from harness.tables.pieces import TableFile, lengths

_PLACES = frozenset({"options", "facts", "notes", "details", "training_subjects"})
"""The sections that may hold names. Others hold labels and groups, which a name may equal by chance."""

_COLUMNS = ("subject_id", "session_id", "sample_id", "uri")

_TRAINING = "training_subjects"
_FOLDER, _SUFFIX = r"^.*/", r"\.[^./]*$"


def id_pieces(path: Path) -> Iterator[pa.Table]:
    """What names somebody or something in a stored samples table, a bounded number of rows at a time.

    Raises:
        HarnessError: the file is absent or not readable.
    """
    file = TableFile(path)
    return file.pieces(lengths(file.num_rows), _COLUMNS)


def plan_by_rows(plan: Mapping[str, Any], samples: Iterable[pa.Table]) -> dict[str, Any]:
    """The plan with row numbers for names, for the report: the same on every machine, as in findings of checks.

    Args:
        plan: of the run.
        samples: of the run, in pieces; see `id_pieces`.
    """
    names = {name: f"({kind} of row {row})" for name, (kind, row) in _found(plan, samples).items()}
    return {key: _replaced(value, names) for key, value in plan.items()}


def plan_by_pseudonyms(
    plan: Mapping[str, Any], samples: Iterable[pa.Table], pseudonym: Pseudonym
) -> dict[str, Any]:
    """The plan with pseudonyms for names, also for training subjects who are not tested: it leaves the machine."""
    names = {name: pseudonym(kind, name) for name, (kind, _) in _found(plan, samples).items()}
    names |= {name: pseudonym("subject_id", name) for name in _training_subjects(plan)}
    return {key: _replaced(value, names) for key, value in plan.items()}


def _found(plan: Mapping[str, Any], samples: Iterable[pa.Table]) -> dict[str, tuple[str, int]]:
    """Text of the plan that is a name in the samples → which column's, and the first row that has it."""
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
    """Every column that names somebody or a file, and the files' names without folder and ending."""
    for kind in _COLUMNS:
        yield kind, samples[kind].combine_chunks()
    files = pc.replace_substring_regex(samples["uri"].combine_chunks(), _FOLDER, "")
    yield "uri", files
    yield "uri", pc.replace_substring_regex(files, _SUFFIX, "")


def _texts(value: Any, *, inside: bool = False) -> Iterator[str]:
    """Every text within the places, keys included."""
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
