"""The table of a file of predictions: its columns and ids, with all that is to be mended in one message."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from harness.arrays import Ints
from harness.cards.taxonomy import canonical, spellings
from harness.errors import HarnessError
from harness.models.model import UnfitAnswersError
from harness.tables.schemas import DIMENSIONS
from harness.tables.validation import require_known_ids
from harness.user_tables.cells import as_text
from harness.user_tables.column_guesses import Contents
from harness.user_tables.id_differences import MOST_KNOWN, KnownIds, how_ids_differ
from harness.user_tables.known_columns import predictions_columns
from harness.user_tables.label_places import LabelPlaces
from harness.user_tables.raw_table import TooManyRowsError
from harness.user_tables.table_formats import UserTable, read_user_table
from harness.user_tables.user_columns import Mapped, UnknownColumnsError, require_column, with_known_columns

SCORE_PREFIX = "score."
SLACK, MORE_ROWS = 2, 1000
"""A file of up to twice as many rows as samples, and 1,000 more, is read to say which of them are too many."""

_NEEDED = (["sample_id"], ["label", f"{SCORE_PREFIX}LABEL", *DIMENSIONS])
_MOST_ROWS_ALONE = 100_000
"""Of a file that is only read for what its columns lack."""
_MOST_WORDS = 50
"""A column of more different texts holds no labels."""


def read_answers(path: Path, chosen: Mapped | None, listed: pa.ChunkedArray) -> tuple[UserTable, Ints]:
    """The table with our names of its columns, about no other samples than those listed.

    Args:
        path: of the file.
        chosen: the user's mapping of columns.
        listed: the ids of all samples.

    Returns:
        The table, and of each row where its sample is listed.

    Raises:
        UnfitAnswersError: columns are not known, or ids are no samples; the message says both, the ids as they are
            once the columns are mended.
        HarnessError: the file cannot be read, or has far more rows than there are samples.
    """
    known, problems = predictions_columns(), []
    place = pa.chunked_array([], pa.int32())
    try:
        raw = read_user_table(path, max_rows=SLACK * len(listed) + MORE_ROWS)
    except TooManyRowsError as error:
        raise HarnessError(f"{error} There are {len(listed):,} samples, each with one row.") from None
    try:
        table = with_known_columns(raw, known, chosen, _NEEDED, _contents(listed))
        require_column(table, "sample_id", known, "what is answered: as in the samples")
    except UnknownColumnsError as error:
        table = error.likely
        problems.append(str(error))
    if "sample_id" in table.cells.column_names:
        ids = as_text(table.cells["sample_id"], "sample_id", path)
        place = pc.index_in(ids, value_set=listed)
        if place.null_count:
            problems += _strange_ids(ids, listed, path)
    if problems:
        labels, places, further = _labels(table)
        raise UnfitAnswersError("\n".join([*problems, *further]), labels, places)
    return table, place.to_numpy()


def column_problems(path: Path, chosen: Mapped | None) -> list[str]:
    """What is to be mended of a file's columns as far as that can be told where the samples are not known.

    Args:
        path: of the file.
        chosen: the user's mapping of columns.
    """
    known = predictions_columns()
    try:
        raw = read_user_table(path, max_rows=_MOST_ROWS_ALONE)
        table = with_known_columns(raw, known, chosen, _NEEDED, _contents(pa.chunked_array([], pa.string())))
        require_column(table, "sample_id", known, "what is answered: as in the samples")
    except TooManyRowsError:  # there may be as many samples
        return []
    except HarnessError as error:
        return [str(error)]
    return []


def unscored_label(sample_id: pa.ChunkedArray, places: LabelPlaces, labels: Sequence[str]) -> str | None:
    """What is to be said of a label without a column of scores, where there are such columns.

    Args:
        sample_id: of the rows.
        places: of the labels that are answered.
        labels: of the columns of scores.
    """
    label = next((label for label in places.rows if label not in labels), None) if labels else None
    if label is None:
        return None
    row = places.rows[label]
    return (
        f"{places.file}, row {row}, sample {sample_id[row - 1].as_py()!r}: label is {label!r}, not among the "
        f"model's labels {list(labels)}, which are those of its columns score.<label>. Give it such a column, "
        "or leave all of them out: null in model.columns."
    )


def _contents(listed: pa.ChunkedArray) -> Contents:
    """How the ids of samples and the labels of a system are recognised."""
    ids = KnownIds(listed.slice(0, MOST_KNOWN).to_pylist())
    return {
        "sample_id": lambda cells, _: ids.likeness(_texts(cells).drop_null().to_pylist()),
        "label": lambda cells, others: _are_labels(_texts(cells), others),
    }


def _texts(cells: pa.ChunkedArray) -> pa.ChunkedArray:
    """Cells as text; none where they are not of a kind that has texts."""
    try:
        return as_text(cells, "", "")
    except HarnessError:
        return pa.chunked_array([], pa.string())


def _are_labels(texts: pa.ChunkedArray, others: Collection[str]) -> float:
    """The share of the words that are labels: those of the scores or, without scores, known emotions."""
    words = {canonical(word) for word in pc.unique(texts).drop_null().slice(0, _MOST_WORDS + 1).to_pylist()}
    scored = {canonical(name.removeprefix(SCORE_PREFIX)) for name in others if name.startswith(SCORE_PREFIX)}
    if not words or len(words) > _MOST_WORDS:
        return 0
    if scored:
        return float(words <= scored)
    share = len(words & {*spellings()}) / len(words)
    return share if share >= 0.5 else 0


def _strange_ids(found: pa.ChunkedArray, listed: pa.ChunkedArray, path: Path) -> list[str]:
    """What is to be said of ids that are no samples, and how they differ where they nearly match."""
    try:
        require_known_ids(found, listed, str(path))
    except HarnessError as error:
        strange = found.filter(pc.invert(pc.is_in(found, value_set=listed))).drop_null().to_pylist()
        unmatched = listed.filter(pc.invert(pc.is_in(listed, value_set=found))).to_pylist()
        if how := how_ids_differ(strange, unmatched, "the samples"):
            return [f"{error}{how}"]
        remedy = f"{error} Mend the ids, or take out their rows."
        if not unmatched:
            return [remedy]
        return [f"{remedy} {len(unmatched)} of {len(listed)} samples have no row, such as {min(unmatched)!r}."]
    return []


def _labels(table: UserTable) -> tuple[list[str], LabelPlaces, list[str]]:
    """What the table answers, and where; and what is to be said of a label that has no scores."""
    cells = table.cells
    labels = [name.removeprefix(SCORE_PREFIX) for name in cells.column_names if name.startswith(SCORE_PREFIX)]
    if "label" not in cells.column_names:
        return labels, LabelPlaces(table.path), []
    places = LabelPlaces.of(table.path, as_text(cells["label"], "label", table.path))
    if not labels:
        return list(places.rows), places, []
    scored = {canonical(label) for label in labels}
    other = replace(
        places, rows={label: row for label, row in places.rows.items() if canonical(label) not in scored}
    )
    sample_id = cells["sample_id"] if "sample_id" in cells.column_names else pa.nulls(cells.num_rows)
    problem = unscored_label(sample_id, other, labels)
    return labels, places, [problem] if problem else []
