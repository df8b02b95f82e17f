"""Who withdraws from a finished run, and whether a system rests on them beyond their own answers."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from harness.errors import HarnessError
from harness.tables.folds import Fold
from harness.tables.samples import with_subjects
from harness.user_tables.cells import as_text
from harness.user_tables.id_differences import how_ids_differ
from harness.user_tables.table_formats import read_user_table
from harness.wording import listed, quantity

SUBJECT_COLUMN = "subject_id"
_NAMED = 20


def read_people(path: Path, samples: pa.Table) -> list[str]:
    """The people of a file, who are all among the subjects of the samples.

    Args:
        path: a table in any format that `harness.user_tables.table_formats` reads, with the column ``subject_id``;
            other columns are ignored.
        samples: of the run.

    Raises:
        HarnessError: it is no such table, names nobody, or somebody who is not among the subjects; or nobody
            would be left.
    """
    cells = read_user_table(path).cells
    if SUBJECT_COLUMN not in cells.column_names:
        raise HarnessError(
            f"{path}: there is no column {SUBJECT_COLUMN}; it has {listed(cells.column_names)}. Give one row per "
            "person."
        )
    named = as_text(cells[SUBJECT_COLUMN], SUBJECT_COLUMN, path)
    people = sorted({name for name in named.to_pylist() if name})
    if not people or named.null_count:
        raise HarnessError(f"{path}: {quantity(named.null_count, 'row')} of {len(named):,} name nobody.")
    subjects = set(with_subjects(samples)["subject_id"].to_pylist())
    if unknown := [name for name in people if name not in subjects]:
        raise HarnessError(
            f"{path}: {quantity(len(unknown), 'subject')} not among the {len(subjects):,} subjects of the run: "
            f"{listed(unknown, most=_NAMED)}.{how_ids_differ(unknown, sorted(subjects), 'the run')}"
        )
    if len(people) == len(subjects):
        raise HarnessError(f"{path}: it names everybody, so that nothing is left to measure. Delete the run.")
    return people


def require_untrained(folds: Mapping[str, Sequence[Fold]], people: Collection[str], path: Path) -> None:
    """Check that no system was trained on these people within the study.

    Args:
        folds: of the run, by model.
        people: who withdraw.
        path: of the run, for the message.

    Raises:
        HarnessError: one was.
    """
    gone = set(people)
    trained = [model for model, of in folds.items() if any(gone & set(fold.train_subjects) for fold in of)]
    if trained:
        raise HarnessError(
            f"{path}: {listed(trained)} was trained within the study on people who withdraw, so that its answers "
            "about others rest on them, too. Taking them out of the tables does not undo that. Remove them from "
            "the dataset, and run the study again."
        )


def rows_without(table: pa.Table, gone: pa.Array, column: str = "sample_id") -> pa.Table:
    """The rows that are not of these samples or people."""
    return table.filter(pc.invert(pc.is_in(table[column], value_set=gone)))


def rests_on_others(plan: Mapping[str, Any]) -> bool:
    """Whether a system's answers combine those of other runs, from which people withdraw first."""
    return bool(plan["cards"]["models"][0]["kind"] == "fusion")
