"""Whether two systems' answers to the same samples are equal, within a tolerance.

Shapes: N samples, L labels of the model, D dimensions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from harness.arrays import Bools, Floats, Ints
from harness.tables.predictions import label_orders, rows_of
from harness.tables.schemas import DIMENSIONS


@dataclass(frozen=True)
class AnswerDifferences:
    """How the answers of one model under one condition differ.

    Attributes:
        num: samples that were answered on both sides.
        num_different: samples with a difference that the tolerance does not cover.
        different: of these, how many by what: outcome, label, score, dimension.
        num_ties: labels that differ where the two scores are equal within the tolerance.
        largest: difference of scores and dimensions.
    """

    num: int
    num_different: int
    different: dict[str, int]
    num_ties: int
    largest: float


def different_answers(
    theirs: pa.Table,
    own: pa.Table,
    their_samples: pa.ChunkedArray,
    own_samples: pa.ChunkedArray,
    *,
    model: str,
    condition: str,
    tolerance: float,
) -> AnswerDifferences:
    """Compare the answers of a model under a condition, sample by sample.

    Args:
        theirs: predictions as a pack has them.
        own: likewise.
        their_samples: ids of the samples, in the order of the study.
        own_samples: likewise; the same samples, under other ids.
        model: its name.
        condition: of the media.
        tolerance: of scores and dimensions. Between labels it covers a tie: where the scores of both are equal
            within twice as much, which is what rounding can turn.
    """
    left, right = (
        _in_order(rows_of(table, model, condition), ids)
        for table, ids in ((theirs, their_samples), (own, own_samples))
    )
    orders = [label_orders(table).get(model, []) for table in (theirs, own)]
    scores_NL, own_scores_NL = (
        _scores(rows, order, orders[1]) for rows, order in zip((left, right), orders, strict=True)
    )
    distance_N = _distance(scores_NL, own_scores_NL)
    moved_N = _distance(_dimensions(left), _dimensions(right))
    outcome_N = _unequal(left, right, "outcome") | _unequal(left, right, "reason")
    other_N = _unequal(left, right, "label") & ~outcome_N
    tie_N = other_N & _is_tie(left, right, own_scores_NL, orders[1], 2 * tolerance)
    different = {
        "outcome": outcome_N,
        "label": other_N & ~tie_N,
        "score": ~(distance_N <= tolerance),
        "dimension": ~(moved_N <= tolerance),
    }
    finite = [float(d) for d in (*distance_N, *moved_N) if np.isfinite(d)]
    return AnswerDifferences(
        num=left.num_rows,
        num_different=int(np.logical_or.reduce(list(different.values())).sum()),
        different={name: int(rows_N.sum()) for name, rows_N in different.items()},
        num_ties=int(tie_N.sum()),
        largest=max(finite, default=0.0),
    )


def _in_order(rows: pa.Table, samples: pa.ChunkedArray) -> pa.Table:
    place_N = pc.index_in(rows["sample_id"].combine_chunks(), value_set=samples.combine_chunks())
    return rows.take(pc.sort_indices(place_N))


def _unequal(left: pa.Table, right: pa.Table, name: str) -> Bools:
    both = (table[name].combine_chunks().fill_null("") for table in (left, right))
    return np.asarray(pc.not_equal(*both))


def _scores(rows: pa.Table, order: Sequence[str], wanted: Sequence[str]) -> Floats:
    """Scores ``[N, L]`` in the order of the other side's labels; NaN where there are none."""
    scores_NL = np.full((rows.num_rows, len(wanted)), np.nan)
    lists = rows["scores"].combine_chunks()
    has_N = np.asarray(lists.is_valid())
    if has_N.any() and sorted(order) == sorted(wanted):
        found_NL = lists.drop_null().flatten().to_numpy(zero_copy_only=False).reshape(int(has_N.sum()), -1)
        scores_NL[has_N] = found_NL[:, [list(order).index(label) for label in wanted]]
    elif has_N.any():
        scores_NL[has_N] = np.inf  # scores of other labels are no scores of these
    return scores_NL


def _dimensions(rows: pa.Table) -> Floats:
    """Dimensions ``[N, D]``; NaN where there are none."""
    columns = [rows[name].combine_chunks().fill_null(np.nan).to_numpy(zero_copy_only=False) for name in DIMENSIONS]
    return np.stack(columns, axis=1)


def _distance(one_NX: Floats, other_NX: Floats) -> Floats:
    """The largest difference of each row; 0 where both have nothing, infinite where one has."""
    nothing_NX = np.isnan(one_NX) & np.isnan(other_NX)
    with np.errstate(invalid="ignore"):
        apart_NX = np.where(nothing_NX, 0.0, np.abs(one_NX - other_NX))
    apart_NX = np.where(np.isnan(apart_NX), np.inf, apart_NX)
    return np.asarray(apart_NX.max(axis=1, initial=0.0))


def _is_tie(left: pa.Table, right: pa.Table, scores_NL: Floats, order: Sequence[str], within: float) -> Bools:
    """Whether the scores of the two labels of a row are equal within a distance."""
    rows_N = np.arange(right.num_rows)
    columns: list[Ints] = []
    for rows in (left, right):
        code_N = pc.index_in(rows["label"].combine_chunks(), value_set=pa.array(order, pa.string()))
        columns.append(code_N.fill_null(-1).to_numpy().astype(np.int64))
    known_N = (columns[0] >= 0) & (columns[1] >= 0)
    if not len(order):
        return known_N
    first_N, second_N = (scores_NL[rows_N, column_N] for column_N in columns)
    return np.asarray(known_N & (np.abs(first_N - second_N) <= within))
