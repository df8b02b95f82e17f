"""The results table: one row per reported number."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from harness.tables.row_tables import finite, table_of
from harness.tables.schemas import CLEAN, RESULT_KINDS, RESULTS, STATISTICS
from harness.tables.validation import require_present, require_values
from harness.verdicts.judge import VERDICTS, Judgement, Verdict
from harness.wording import joined


@dataclass(frozen=True, kw_only=True)
class Result:
    """One reported number: a row of `RESULTS`. Non-finite values become null, never zero.

    ``docs/results.md`` explains the columns. A verdict is part of a judgement, so it always comes from
    `harness.verdicts.judge`; ``note`` is what else a reader must know.

    Raises:
        TypeError: the judgement is something else.
    """

    dataset: str
    model: str
    metric: str
    value: float | None
    n_samples: int
    n_subjects: int
    n_unscored: int
    condition: str = CLEAN
    kind: str = "metric"
    statistic: str = "level"
    index: str | None = None
    axis: str = "overall"
    attributes: tuple[str, ...] = ()
    other_axis: str | None = None
    group: str = "all"
    group_values: tuple[str, ...] | None = None
    versus: str | None = None
    versus_values: tuple[str, ...] | None = None
    versus_model: str | None = None
    versus_condition: str | None = None
    lo: float | None = None
    hi: float | None = None
    level: float | None = None
    method: str | None = None
    own_value: float | None = None
    versus_value: float | None = None
    p: float | None = None
    p_corrected: float | None = None
    chance: float | None = None
    null_mean: float | None = None
    null_lo: float | None = None
    null_hi: float | None = None
    threshold: float | None = None
    judgement: Judgement | None = None
    note: str | None = None

    def __post_init__(self) -> None:
        """A verdict is the judge's, whoever makes the row: not even a kind of `Judgement` of one's own will do."""
        _require_judges(self.judgement)

    @property
    def verdict(self) -> Verdict | None:
        """The verdict; None if there is nothing to judge."""
        return self.judgement.verdict if self.judgement else None

    @property
    def reason(self) -> str | None:
        """The note, then the reason of the judgement."""
        return _reason(self.note, self.judgement)


@dataclass(frozen=True)
class ResultBlock:
    """Rows that share most of their columns, such as all metrics of one group, without an object for each.

    Attributes:
        shared: a row; what it states in columns other than `columns` holds for all.
        columns: attributes of `Result` with a value per row; ``judgement`` and ``note`` must be among them.

    Raises:
        TypeError: a judgement is none of the judge's.
    """

    shared: Result
    columns: Mapping[str, Sequence[Any]]

    def __post_init__(self) -> None:
        """Every verdict is the judge's, as in a single row."""
        for judgement in self.columns["judgement"]:
            _require_judges(judgement)

    def table(self) -> pa.Table:
        """The rows as a table."""
        judgements, notes = self.columns["judgement"], self.columns["note"]
        if not notes:
            return RESULTS.empty_table()
        columns = {
            **self.columns,
            "verdict": [judgement and judgement.verdict for judgement in judgements],
            "reason": [_reason(*both) for both in zip(notes, judgements, strict=True)],
        }
        arrays = [
            pa.array(columns[field.name], field.type)
            if field.name in columns
            else pa.repeat(pa.scalar(getattr(self.shared, field.name), field.type), len(notes))
            for field in RESULTS
        ]
        return pa.table(arrays, schema=RESULTS)


def _require_judges(judgement: object) -> None:
    if judgement is not None and type(judgement) is not Judgement:
        raise TypeError(
            f"a judgement comes from harness.verdicts.judge (found {type(judgement).__name__}): ask checked or "
            "not_tested"
        )


def _reason(note: str | None, judgement: Judgement | None) -> str | None:
    return joined((note, judgement.reason if judgement else None))


def results_table(rows: Iterable[Result | ResultBlock]) -> pa.Table:
    """Build the results table; non-finite values become null.

    Raises:
        HarnessError: a column that must have values has an empty cell, or a word is none of those that the column
            may hold.
    """
    columns = pa.concat_tables([RESULTS.empty_table(), *_tables(rows)]).columns
    table = pa.table([finite(column.combine_chunks()) for column in columns], schema=RESULTS)
    require_present(table, RESULTS, "results")
    for column, words in (("kind", RESULT_KINDS), ("statistic", STATISTICS), ("verdict", VERDICTS)):
        require_values(table, column, words, "results")
    return table


def _tables(rows: Iterable[Result | ResultBlock]) -> Iterator[pa.Table]:
    """The rows in their order: each block, and the single rows between two of them."""
    single: list[Result] = []
    for row in rows:
        if isinstance(row, ResultBlock):
            if single:
                yield table_of(single, RESULTS)
            yield row.table()
            single = []
        else:
            single.append(row)
    if single:
        yield table_of(single, RESULTS)


def select(
    results: pa.Table, *, kind: str = "metric", condition: str | None = CLEAN, **wanted: str | None
) -> pa.Table:
    """The rows of one kind and condition with the given values in some columns.

    Differences between models or conditions are only included if ``versus_model`` or ``versus_condition`` is
    given: a row of a system minus the raters is not a row of the system.

    Args:
        results: the results table.
        kind: of the rows.
        condition: of the rows; None takes all.
        wanted: column → its value; None selects rows where it is null.
    """
    values = {"kind": kind, "versus_model": None, "versus_condition": None, **wanted}
    if condition is not None:
        values["condition"] = condition
    is_wanted = [
        pc.is_null(results[column]) if value is None else pc.equal(results[column], value)
        for column, value in values.items()
    ]
    return results.filter(reduce(pc.and_, is_wanted))
