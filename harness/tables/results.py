"""The results table: one row per number that we claim, written and read by its columns."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from harness.tables.row_tables import table_of
from harness.tables.schemas import CLEAN, RESULT_KINDS, RESULTS, STATISTICS
from harness.tables.validation import require_present, require_values
from harness.verdicts.judge import VERDICTS, Judgement, Verdict


@dataclass(frozen=True, kw_only=True)
class Result:
    """One number that we claim: a row of `RESULTS`. Non-finite values become null, never zero.

    What each column says stands in ``docs/results.md``. A verdict comes with its judgement, and so from
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
    chance: float | None = None
    null_mean: float | None = None
    null_lo: float | None = None
    null_hi: float | None = None
    threshold: float | None = None
    judgement: Judgement | None = None
    note: str | None = None

    def __post_init__(self) -> None:
        """A verdict is the judge's, whoever makes the row: not even a kind of `Judgement` of one's own will do."""
        if self.judgement is not None and type(self.judgement) is not Judgement:
            raise TypeError(
                f"a judgement comes from harness.verdicts.judge (found {type(self.judgement).__name__}): ask "
                "checked or not_tested"
            )

    @property
    def verdict(self) -> Verdict | None:
        """What the judge said; None where there is nothing to judge."""
        return self.judgement.verdict if self.judgement else None

    @property
    def reason(self) -> str | None:
        """The note, then the reason of the judgement."""
        texts = (self.note, self.judgement.reason if self.judgement else None)
        return "; ".join(text for text in texts if text) or None


def results_table(rows: Iterable[Result]) -> pa.Table:
    """Build the results table; values that are not finite become null.

    Raises:
        HarnessError: a column that must have values has an empty cell, or a word is none of those that the column
            may hold.
    """
    table = table_of(rows, RESULTS)
    require_present(table, RESULTS, "results")
    for column, words in (("kind", RESULT_KINDS), ("statistic", STATISTICS), ("verdict", VERDICTS)):
        require_values(table, column, words, "results")
    return table


def select(
    results: pa.Table, *, kind: str = "metric", condition: str | None = CLEAN, **wanted: str | None
) -> pa.Table:
    """The rows of one kind and condition that have the wanted values in some columns.

    Differences between models or conditions are left out where the model or condition that they are taken from is
    not named: a row of a system less the raters is no row of the system.

    Args:
        results: the results table.
        kind: of the rows.
        condition: of the rows; None takes all.
        wanted: column → its value; None asks for rows without one.
    """
    values = {"kind": kind, "versus_model": None, "versus_condition": None, **wanted}
    if condition is not None:
        values["condition"] = condition
    for column, value in values.items():
        cells = results[column]
        results = results.filter(pc.is_null(cells) if value is None else pc.equal(cells, value))
    return results
