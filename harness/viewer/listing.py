"""All that can be listed: the samples of a run, with the answers in it and, beside them, in a second run."""

from __future__ import annotations

from functools import cache, lru_cache
from threading import Lock

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from harness.arrays import Bools, Ints
from harness.errors import HarnessError
from harness.viewer.answer_columns import ABSENT, ANSWERED, LEFT_OUT, RIGHT, AnswerColumns, answer_columns
from harness.viewer.viewed_run import AnswersOf, ViewedRun

MAX_KEPT = 24
"""So many answers are kept as arrays."""

PAIRS = ("only_first", "only_second", "both_wrong_apart", "both_wrong_alike", "both_right", "not_judged")
"""Who was right, of two; disagreements first."""

Side = tuple[int, AnswersOf]
"""Answers, and the number of the run that has them, 0 or 1."""


class Listing:
    """The samples of the first run, and who answered them.

    Args:
        first: whose samples are listed.
        second: a run whose answers to the same samples are shown as well.

    Raises:
        HarnessError: the runs share no sample, or disagree on the labels or people of those that they share.
    """

    def __init__(self, first: ViewedRun, second: ViewedRun | None = None) -> None:
        self.runs = (first,) if second is None else (first, second)
        self.samples = first.samples
        self.num_shared = len(_shared(first, second)) if second is not None else first.samples.num_rows
        self.sides: tuple[Side, ...] = tuple(
            (number, of) for number, run in enumerate(self.runs) for of in run.answers
        )
        self.versus = len(first.answers) if second is not None else None
        """The answers of the second run's system: with what the first is compared to begin with."""
        self._columns = lru_cache(MAX_KEPT)(self._compute)
        self.group_sizes = cache(self._group_sizes)
        self.leaves_out = cache(self._leaves_out)
        self._lock = Lock()

    def columns(self, side: int) -> AnswerColumns:
        """The answers of one side, an index into ``sides``.

        Raises:
            HarnessError: see `answer_columns`.
        """
        with self._lock:
            return self._columns(side)

    def pairs(self, first: int, second: int) -> Ints:
        """Who was right, of two sides: ``[N]``, index into `PAIRS`."""
        one, other = self.columns(first), self.columns(second)
        unjudged_N = np.isin(one.status, (ANSWERED, LEFT_OUT, ABSENT)) | np.isin(
            other.status, (ANSWERED, LEFT_OUT, ABSENT)
        )
        one_N, other_N = one.status == RIGHT, other.status == RIGHT
        chosen = [unjudged_N, one_N & other_N, one_N, other_N, same_answers(one, other)]
        meant = ("not_judged", "both_right", "only_first", "only_second", "both_wrong_alike")
        apart = PAIRS.index("both_wrong_apart")
        found: Ints = np.select(chosen, [PAIRS.index(name) for name in meant], apart)
        return found

    def _group_sizes(self, axis: str) -> dict[str, int]:
        """The samples of every group of an axis of the first run."""
        groups = self.runs[0].groups[axis]
        return dict(
            zip(groups.names, np.bincount(groups.index, minlength=len(groups.names)).tolist(), strict=True)
        )

    def _leaves_out(self, side: int) -> bool:
        """Whether there are samples that a side's condition could not change."""
        return bool((self.columns(side).status == LEFT_OUT).any())

    def _compute(self, side: int) -> AnswerColumns:
        number, of = self.sides[side]
        return answer_columns(self.runs[number], of, self.samples)


def same_answers(one: AnswerColumns, other: AnswerColumns) -> Bools:
    """Whether both give the same answer, or both none: ``[N]``."""
    position = {name: code for code, name in enumerate(one.names)}
    in_first = np.array([*(position.get(name, -2) for name in other.names), -1], dtype=np.int64)
    same: Bools = one.answer == in_first[other.answer]
    return same


def _shared(first: ViewedRun, second: ViewedRun) -> pa.Table:
    """The rows of the second run's samples that the first has."""
    place = pc.index_in(first.samples["sample_id"], value_set=second.samples["sample_id"]).combine_chunks()
    if place.null_count == len(place):
        examples = [run.samples["sample_id"][0].as_py() for run in (first, second)]
        raise HarnessError(
            f"The runs share no sample: {first.folder.path} has {examples[0]!r}, {second.folder.path} has "
            f"{examples[1]!r}. harness compare --on name joins runs by the names of files."
        )
    own, others = first.samples.filter(place.is_valid()), second.samples.take(place.drop_null())
    for column in ("subject_id", "label"):
        differing = pc.sum(pc.not_equal(pc.fill_null(own[column], ""), pc.fill_null(others[column], ""))).as_py()
        if differing:
            raise HarnessError(
                f"The runs disagree on the {column} of {differing:,} samples: they are not about the same study. "
                "Look at each alone with harness view DIR."
            )
    return others
