"""The answers of one model under one condition as arrays that rows are chosen and sorted by.

Shapes: N samples.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from harness.arrays import Bools, Floats, Ints
from harness.tables.alignment import NO_LABEL, Aligned, align
from harness.tables.predictions import rows_of
from harness.tables.schemas import OUTCOMES
from harness.viewer.viewed_run import AnswersOf, ViewedRun

STATUSES = ("right", "wrong", "answered", "abstained", "failed", "left_out", "absent")
"""What became of a sample. ``answered``: it has no label, so nobody knows whether the answer is right.
``left_out``: the condition could not change it, which says nothing about the model. ``absent``: the run does not
have it."""

RIGHT, WRONG, ANSWERED, _, _, LEFT_OUT, ABSENT = range(len(STATUSES))


@dataclass(frozen=True)
class AnswerColumns:
    """What a model answered under a condition, sample by sample.

    Attributes:
        names: the classes of labels and answers, merged as the study merges them.
        truth: ``[N]``, the label, index into ``names``, or `NO_LABEL`.
        answer: ``[N]``, likewise.
        status: ``[N]``, index into `STATUSES`.
        confidence: ``[N]``, the highest score of a class; NaN where there is none.
        distance: ``[N]``, the mean absolute difference from the label over valence, arousal and dominance; NaN
            where either is missing.
        seconds: ``[N]``, to prepare the sample and for its share of the model's time; NaN where not known.
    """

    names: tuple[str, ...]
    truth: Ints
    answer: Ints
    status: Ints
    confidence: Floats
    distance: Floats
    seconds: Floats


def answer_columns(run: ViewedRun, of: AnswersOf, samples: pa.Table) -> AnswerColumns:
    """The answers in a run to samples, some of which it may not have.

    Args:
        run: that has the answers, to at least one of the samples.
        of: whose.
        samples: validated: of this run or another one.

    Raises:
        HarnessError: there are too many distinct labels.
    """
    rows = rows_of(run.predictions, of.model, of.condition)
    place = pc.index_in(samples["sample_id"], value_set=rows["sample_id"]).combine_chunks()
    has_N = place.is_valid().to_numpy(zero_copy_only=False)
    own = samples if has_N.all() else samples.filter(pa.array(has_N))
    rows = rows.take(place.drop_null()).replace_schema_metadata(run.predictions.schema.metadata)
    aligned = align(own, rows, model=of.model, condition=of.condition, merge=run.merge)
    columns = replace(_columns(aligned), seconds=_seconds(run, of, own))
    return columns if has_N.all() else _spread(columns, has_N)


def _columns(aligned: Aligned) -> AnswerColumns:
    mapping = aligned.mapping
    names = (*mapping.classes, *mapping.outside) if mapping else ()
    judged_N = aligned.scored & (aligned.truth != NO_LABEL) & (aligned.answer != NO_LABEL)
    right_N = judged_N & (aligned.truth == aligned.answer)
    unscored_N = aligned.outcome + (ANSWERED + 1 - OUTCOMES.index("abstained"))
    status_N = np.where(aligned.scored, np.where(judged_N, np.where(right_N, RIGHT, WRONG), ANSWERED), unscored_N)
    if aligned.applicable is not None:
        status_N = np.where(aligned.applicable, status_N, LEFT_OUT)
    unknown_N = np.full(len(status_N), np.nan)
    apart = [np.abs(truth_N - predicted_N) for truth_N, predicted_N in aligned.dimensions.values()]
    return AnswerColumns(
        names=names,
        truth=aligned.truth,
        answer=aligned.answer,
        status=status_N,
        confidence=(
            unknown_N if aligned.class_scores is None else aligned.class_scores.max(axis=1).astype(np.float64)
        ),
        distance=np.mean(apart, axis=0) if apart else unknown_N,
        seconds=unknown_N,
    )


def _seconds(run: ViewedRun, of: AnswersOf, samples: pa.Table) -> Floats:
    timings = run.table("timings")
    if timings is None:
        return np.full(samples.num_rows, np.nan)
    rows = rows_of(timings, of.model, of.condition)
    spent = pc.add(pc.fill_null(rows["prepare_s"], 0.0), pc.fill_null(rows["forward_s"], 0.0))
    is_known = pc.or_(rows["prepare_s"].is_valid(), rows["forward_s"].is_valid())
    spent = pc.if_else(is_known, spent, None)
    place = pc.index_in(samples["sample_id"], value_set=rows["sample_id"])
    found: Floats = spent.take(place).to_numpy().astype(np.float64)
    return found


def _spread(columns: AnswerColumns, has_N: Bools) -> AnswerColumns:
    """The same over all samples, of which the run has these."""
    fill = {"truth": NO_LABEL, "answer": NO_LABEL, "status": ABSENT}
    spread: dict[str, Any] = {}
    for name in ("truth", "answer", "status", "confidence", "distance", "seconds"):
        values = getattr(columns, name)
        spread[name] = np.full(len(has_N), fill.get(name, np.nan), dtype=values.dtype)
        spread[name][has_N] = values
    return replace(columns, **spread)
