"""Whether the results and curves of a pack follow from its tables: measured again, and compared row by row.

Of checks on the test itself, some rest on what is not in a pack: names, context of single people, fingerprints of
media. Which these are is found when the pack is made; everything else must follow.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from harness.checks.run_checks import checks
from harness.evidence.run_folder import RunFolder
from harness.progress import UNSEEN, Share
from harness.scoring.score_run import measure_stored
from harness.tables.versions import read_table

CHECK = "check"
NEED_MORE = frozenset(
    {
        "answers",
        "near_duplicates",
        "negative_control",
        "recording_condition",
        "subject_leakage",
        "swapped_labels",
    }
)
"""The harness's own checks that read what a pack may lack: versions that a service stated for one person,
fingerprints of media, context of single people, names of parts of the dataset, and how ids are spelt. A check of
another package may read anything."""
_TOLD = ("verdict", "method", "reason")
"""Columns of what is said in a row; the others say what it is about, but for numbers."""

CLOSE_WITHIN = 1e-12
"""Relative or absolute: what another processor or version of a library may change."""


@dataclass(frozen=True)
class Recomputed:
    """How stored results relate to those that the tables give.

    Attributes:
        results: as stored.
        num_equal: rows that were recomputed and are equal.
        exact: whether these are equal to the last bit.
        differing_checks: the checks of which a row differs.
        differing: other rows that differ, in words.
        curves_differ: the first row of the curves that differs, in words; None if all are equal.
    """

    results: pa.Table
    num_equal: int
    exact: bool
    differing_checks: tuple[str, ...]
    differing: tuple[str, ...]
    curves_differ: str | None


def recompute(run: RunFolder, *, by_other_code: bool = False, progress: Share = UNSEEN) -> Recomputed:
    """Measure the tables of a pack again.

    Args:
        run: the folder ``run`` of a pack.
        by_other_code: whether another version of the harness measured it: rows that only this one computes, such
            as those of a new check, are left out of the comparison.
        progress: told of what is measured.

    Raises:
        HarnessError: a table is missing or malformed.
    """
    stored = read_table(run / "results.parquet", "results").table
    curves = read_table(run / "curves.parquet", "curves").table
    scored = measure_stored(run, run.read_plan(), progress=progress)
    found, found_curves = scored.results, scored.curves
    if by_other_code:
        found, found_curves = _rows_known_to(stored, found), _rows_known_to(curves, found_curves)
    is_check = [table.filter(pc.equal(table["kind"], CHECK)) for table in (stored, found)]
    measured = [table.filter(pc.not_equal(table["kind"], CHECK)) for table in (stored, found)]
    names = dict.fromkeys(name for table in is_check for name in table["metric"].to_pylist())
    of_check = {name: [table.filter(pc.equal(table["metric"], name)) for table in is_check] for name in names}
    different = tuple(sorted(name for name, both in of_check.items() if next(unlike(*both), None) is not None))
    differing = tuple(in_words(row) for row in unlike(*measured))
    equal = [measured, *(both for name, both in of_check.items() if name not in different)]
    curve = next(unlike(curves, found_curves), None)
    return Recomputed(
        results=stored,
        num_equal=sum(left.num_rows for left, _ in equal) - len(differing),
        exact=all(left.equals(right) for left, right in equal) and curves.equals(found_curves),
        differing_checks=different,
        differing=differing,
        curves_differ=None if curve is None else in_words(curve),
    )


def without_reason(withheld: Iterable[str]) -> list[str]:
    """The checks among these that read nothing but what every pack has, so that they must follow from it.

    Args:
        withheld: checks of which it is said that they cannot be computed again.
    """
    own = checks(outside=())
    return [name for name in withheld if name in own and name not in NEED_MORE]


def _rows_known_to(stored: pa.Table, found: pa.Table) -> pa.Table:
    """The rows of a table that are about the same as a row of the stored one, as often as there."""
    names = [field.name for field in stored.schema if field.name not in _TOLD and not _is_number(field.type)]
    left = Counter(map(repr, stored.select(names).to_pylist()))
    known = []
    for key in map(repr, found.select(names).to_pylist()):
        known.append(left[key] > 0)
        left[key] -= 1
    return found.filter(pa.array(known, pa.bool_()))


def _is_number(kind: pa.DataType) -> bool:
    return bool(pa.types.is_floating(kind) or pa.types.is_integer(kind))


def unlike(stored: pa.Table, found: pa.Table) -> Iterator[dict[str, Any]]:
    """The rows that differ, as stored; of the other table those that the stored one does not have."""
    if stored.equals(found):
        return
    left, right = stored.to_pylist(), found.to_pylist()
    for one, other in zip(left, right, strict=False):
        if one.keys() != other.keys() or not all(_alike(one[name], other[name]) for name in one):
            yield one
    yield from left[len(right) :] or right[len(left) :]


def _alike(one: Any, other: Any) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=CLOSE_WITHIN, abs_tol=CLOSE_WITHIN)
    return bool(one == other)


def in_words(row: dict[str, Any]) -> str:
    """What a row of results or curves is about."""
    sides = " / ".join(str(row[name]) for name in ("group", "versus") if row.get(name))
    what = row.get("metric") or row.get("curve")
    return f"{what}, {row['axis']}: {sides} ({row['model']}, {row['condition']})"
