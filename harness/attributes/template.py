"""A table of people to fill in: one row per subject, and a page that says what may stand in each column."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from harness.attributes.people import SUBJECT_COLUMN
from harness.attributes.vocabulary import as_column, kind_of, vocabulary
from harness.errors import HarnessError
from harness.files import write_bytes
from harness.tables.parquet_files import defused

_ANY_TEXT = "in your own words, the same in every row"


def template_columns(present: Iterable[str]) -> dict[str, str]:
    """The columns of a template → what may stand in them.

    Args:
        present: the attributes that the dataset has already; what is of their kind is not asked for again.
    """
    known = [kind for name in present if (kind := kind_of(name)) is not None]
    families = {kind.family for kind in known} - {None}
    kinds = [kind for kind in vocabulary().kinds.values() if kind not in known and kind.family not in families]
    return {as_column(kind.names[0]): kind.template for kind in kinds if kind.template is not None}


def named_columns(names: Iterable[str]) -> dict[str, str]:
    """The columns of a template for these attributes → what may stand in them."""
    kinds = {name: kind_of(name) for name in names}
    return {name: (kind.template if kind else None) or _ANY_TEXT for name, kind in kinds.items()}


def write_template(path: Path, subjects: Sequence[str], columns: Mapping[str, str]) -> Path:
    """Write the table, and the page beside it.

    Args:
        path: of the table; the page has the same name with ``.txt``.
        subjects: each once.
        columns: see `template_columns`.

    Returns:
        The path of the page.

    Raises:
        HarnessError: there is no column to fill in; the table would have the name of the page; one of the files is
            there already, which may be filled in.
    """
    if not columns:
        raise HarnessError(
            "The dataset has every attribute that a template asks for: there is nothing to fill in."
        )
    page = path.with_suffix(".txt")
    if page == path:
        raise HarnessError(f"{path}: the page of explanations gets this name. Write the table to a .csv file.")
    for file in (path, page):
        if file.exists():
            raise HarnessError(f"{file} is there already. Move it away, or write elsewhere with --out FILE.csv.")
    if not path.parent.is_dir():
        raise HarnessError(f"{path.parent} is not a folder.")
    table = io.StringIO()
    csv.writer(table, lineterminator="\n").writerows(
        [(SUBJECT_COLUMN, *columns), *((defused(subject), *[""] * len(columns)) for subject in subjects)]
    )
    write_bytes(table.getvalue().encode("utf-8-sig"), path)  # by its mark spreadsheets know UTF-8
    write_bytes(explanation(path.name, columns).encode(), page)
    return page


def explanation(name: str, columns: Mapping[str, str]) -> str:
    """What may stand in the columns, and how the table is used.

    Args:
        name: of the table's file.
        columns: see `template_columns`.
    """
    width = max(map(len, columns), default=0)
    sources = ", ".join(f"{column}: self_report" for column in columns)
    return "\n".join(
        [
            f"How to fill in {name}: one row per subject. Leave a cell empty where you do not know the answer,",
            "delete columns that you do not need, and add others of your own. In a spreadsheet, format columns as",
            "text before you enter ranges such as 3-12, or they become dates.",
            "",
            *(f"{column:<{width}}  {text}" for column, text in columns.items()),
            "",
            "Use it with its sources (self_report, observer, estimated, …), which affect what a gap means:",
            f"  attributes.file={name} 'attributes.sources={{{sources}}}'",
            "",
        ]
    )
