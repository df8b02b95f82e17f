"""The answers of finished runs to the same samples, counted pair by pair and piece by piece.

Shapes: N samples of a piece, C classes that both systems of a pair have scores of.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from harness.arrays import Bools, Floats
from harness.cards.taxonomy import class_of
from harness.comparison.answered_samples import ANSWER_PREFIX
from harness.comparison.finished_runs import FinishedRun
from harness.comparison.shared_samples import ANSWERED_OUTCOME, ANSWERED_SCORES, SharedSamples
from harness.measurement.models.equal_answers import EqualAnswers
from harness.measurement.models.shared_metrics import model_pairs
from harness.progress import UNSEEN, Share
from harness.tables.pieces import lengths

_LABEL = ANSWER_PREFIX + "label"


def answer_pairs(
    finished: Sequence[FinishedRun],
    names: Sequence[str],
    shared: SharedSamples,
    num_subjects: int,
    *,
    against_first: bool = False,
    progress: Share = UNSEEN,
) -> list[EqualAnswers]:
    """Count how many answers are equal, and how far scores differ.

    Args:
        finished: the runs.
        names: of the runs.
        shared: their samples.
        num_subjects: of these samples.
        against_first: only the first run with each of the others, instead of every pair.
        progress: told of every piece.
    """
    pairs = [pair for pair in model_pairs(len(finished)) if not against_first or pair[0] == 0]
    counts = {pair: _Pair(*(finished[run] for run in pair)) for pair in pairs}
    columns = [ANSWERED_OUTCOME, _LABEL, ANSWERED_SCORES]
    pieces = zip(*(read(columns) for read in shared.read), strict=True)
    for tables in progress.each(pieces, len(lengths(shared.num))):
        answers = [_Answers.of(table, run) for table, run in zip(tables, finished, strict=True)]
        for (first, second), counted in counts.items():
            counted.add(answers[first], answers[second])
    return [
        EqualAnswers(
            names[first],
            names[second],
            shared.num,
            num_subjects,
            counted.num_unscored,
            counted.num_equal,
            counted.largest,
        )
        for (first, second), counted in counts.items()
    ]


@dataclass(frozen=True)
class _Answers:
    """The class that a system answers to each sample, null without a score; and its scores, NaN without any."""

    label: pa.Array
    scores: Floats

    @classmethod
    def of(cls, table: pa.Table, run: FinishedRun) -> _Answers:
        to_class = class_of(run.settings.merge)
        scored_N = pc.equal(table[ANSWERED_OUTCOME], "scored").combine_chunks()
        encoded = pc.dictionary_encode(table[_LABEL].combine_chunks())
        classes = pa.array([to_class(label) for label in encoded.dictionary.to_pylist()], pa.string())
        label = pc.if_else(scored_N, classes.take(encoded.indices), pa.scalar(None, pa.string()))
        lists = table[ANSWERED_SCORES].combine_chunks()
        given_N: Bools = pc.and_(scored_N, lists.is_valid()).to_numpy(zero_copy_only=False)
        scores_NL = np.full((table.num_rows, len(run.answers.labels)), np.nan)
        if given_N.any():
            flat = lists.filter(pa.array(given_N)).flatten().to_numpy(zero_copy_only=False)
            scores_NL[given_N] = flat.reshape(-1, len(run.answers.labels))
        return cls(label, scores_NL)


class _Pair:
    """Counts the answers of two runs."""

    def __init__(self, first: FinishedRun, second: FinishedRun) -> None:
        places = [self._places(run) for run in (first, second)]
        self._common = [(places[0][name], places[1][name]) for name in places[0] if name in places[1]]
        self.num_equal = self.num_unscored = 0
        self.largest: float | None = None

    @staticmethod
    def _places(run: FinishedRun) -> dict[str, list[int]]:
        """Class → the columns of its scores."""
        to_class, places = class_of(run.settings.merge), dict[str, list[int]]()
        for place, label in enumerate(run.answers.labels):
            places.setdefault(to_class(label), []).append(place)
        return places

    def add(self, first: _Answers, second: _Answers) -> None:
        absent = [answers.label.is_null() for answers in (first, second)]
        same = pc.or_(pc.fill_null(pc.equal(first.label, second.label), False), pc.and_(*absent))
        self.num_equal += pc.sum(same).as_py() or 0
        self.num_unscored += pc.sum(pc.or_(*absent)).as_py() or 0
        for of_first, of_second in self._common:
            differences_N = np.abs(first.scores[:, of_first].sum(axis=1) - second.scores[:, of_second].sum(axis=1))
            there = differences_N[np.isfinite(differences_N)]
            if len(there):
                self.largest = max(self.largest or 0.0, float(there.max()))
