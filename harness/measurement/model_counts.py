"""The tallies of one model. Everything computed from them costs subjects × cells, whatever the number of samples.

Shapes: N samples, C classes of the labels, A answers (the classes, those that only the model has, and no score).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from harness.arrays import Ints
from harness.attributes.groups import Groups
from harness.cards.taxonomy import LabelMapping
from harness.measurement.answers_to_both import answers_to_both
from harness.measurement.cells import Cells, cells_of
from harness.measurement.clips import NO_CLIP, ClipSums
from harness.measurement.count_metrics import tallies
from harness.measurement.counting_options import CountingOptions, counting_options
from harness.metrics.class_mix import MAX_CLASSES
from harness.metrics.tally import Tally, merge
from harness.tables.alignment import NO_LABEL, Aligned

IMPROBABLE = "the scores are not probabilities"


@dataclass(frozen=True, kw_only=True)
class ModelCounts:
    """The tallies of one model under one condition.

    Attributes:
        tallies: one row per cell.
        options: the options they were made with.
        cells: the subject and the groups of each row.
        mapping: how the labels of samples and model correspond; None if there are none to compare.
        confusion: samples by label and answer ``[C, A]``, see `count_confusion`; None without a mapping.
        answers: samples by cell, label and answer ``[R, C, C]``, without metrics; None without a mapping or with
            more than `MAX_CLASSES`.
        unmeasured: why metrics of probabilities are missing although there are scores; None if they are not.
        num_samples: N, without those that the condition cannot change.
        num_unscored: how many of them have no score.
        num_not_applicable: samples that the condition cannot change; nothing is counted of them.
        moved: samples by answer on clean media and answer under the condition, see `AnswersToBoth.moved`; None
            where these are the answers on clean media, or there are no labels to compare.
        answer_names: of ``moved``.
        clips: the dimensions within each clip; none where clips are not known.
    """

    tallies: Sequence[Tally]
    options: CountingOptions
    cells: Cells
    mapping: LabelMapping | None
    confusion: Ints | None
    answers: Tally | None
    unmeasured: str | None
    num_samples: int
    num_unscored: int
    num_not_applicable: int = 0
    moved: Ints | None = None
    answer_names: tuple[str, ...] = ()
    clips: ClipSums = field(default_factory=ClipSums)

    @property
    def classes(self) -> tuple[str, ...]:
        """The classes of the labels; empty if there are none."""
        return self.mapping.classes if self.mapping else ()


@dataclass(frozen=True)
class CountedPart:
    """A part of the samples, with the answers of one model under one condition.

    Attributes:
        aligned: their subjects are numbered as in the whole run.
        row: ``[N]``, the cell of every sample.
        clean: the same samples with the model's answers on clean media; None where these are they.
        clip: ``[N]``, see `harness.measurement.clips.ClipNumbers`; None where clips are not counted.
    """

    aligned: Aligned
    row: Ints
    clean: Aligned | None = None
    clip: Ints | None = None

    def applicable(self) -> CountedPart:
        """Without the samples that the condition cannot change."""
        chosen_N = self.aligned.applicable
        if chosen_N is None:
            return self
        clean = None if self.clean is None else self.clean.only(chosen_N)
        clip = None if self.clip is None else self.clip[chosen_N]
        return CountedPart(self.aligned.only(chosen_N), self.row[chosen_N], clean, clip)

    def of_clean(self) -> CountedPart:
        """The answers on clean media to the samples that the condition can change."""
        assert self.clean is not None
        return CountedPart(replace(self.clean, applicable=self.aligned.applicable), self.row)


def count_model(
    aligned: Aligned,
    axes: Sequence[Groups],
    *,
    outside: Sequence[str] | None = None,
    clean: Aligned | None = None,
    clip: Ints | None = None,
) -> ModelCounts:
    """Make the tallies of samples that are all in memory.

    Args:
        aligned: the samples and the answers of one model under one condition.
        axes: the groups of every axis.
        outside: see `tallies`.
        clean: see `CountedPart`.
        clip: see `CountedPart`.
    """
    cells = cells_of(aligned.subject, axes)
    return count_parts([CountedPart(aligned, cells.row, clean, clip)], cells, counting_options(aligned), outside)


def count_parts(
    parts: Iterable[CountedPart], cells: Cells, options: CountingOptions, outside: Sequence[str] | None = None
) -> ModelCounts:
    """Make the tallies part by part; the result is the same to the byte however the samples are split.

    Args:
        parts: at least one; together all samples of one model under one condition.
        cells: the subject and the groups of each row.
        options: what is fixed before counting, see `counting_options`.
        outside: see `tallies`.
    """
    return sums_of_parts(parts, cells, options, outside).counts(cells, options)


def sums_of_parts(
    parts: Iterable[CountedPart], cells: Cells, options: CountingOptions, outside: Sequence[str] | None = None
) -> CountedSums:
    """What `count_parts` counts of some of the samples, to which the same of others can be added."""
    sums = CountedSums()
    for part in parts:
        sums.add(_sums_of(part, cells, options, outside))
    return sums


@dataclass
class CountedSums:
    """What is counted of some samples of one model under one condition: the parts of `ModelCounts`.

    Metrics are functions of one process: what is pickled has the sums without them, see `with_metrics`.
    """

    tallies: list[Tally] = field(default_factory=list)
    mapping: LabelMapping | None = None
    confusion: Ints | None = None
    answers: Tally | None = None
    moved: Ints | None = None
    answer_names: tuple[str, ...] = ()
    clips: ClipSums = field(default_factory=ClipSums)
    num_given: int = 0
    num_samples: int = 0
    num_unscored: int = 0

    def add(self, other: CountedSums, clip: Ints | None = None) -> None:
        """Add what is counted of other samples, with the same options and cells.

        Args:
            other: it is used up.
            clip: the number here of each of its clips; by default its own.
        """
        if not self.num_given:
            self.tallies, self.mapping, self.answer_names = other.tallies, other.mapping, other.answer_names
            self.confusion, self.answers, self.moved = other.confusion, other.answers, other.moved
        else:
            self.tallies = [merge(*pair) for pair in zip(self.tallies, other.tallies, strict=True)]
            self.confusion = _sum(self.confusion, other.confusion)
            self.moved = _sum(self.moved, other.moved)
            if self.answers is not None and other.answers is not None:
                self.answers = merge(self.answers, other.answers)
        self.clips.merge(other.clips, clip)
        self.num_given += other.num_given
        self.num_samples += other.num_samples
        self.num_unscored += other.num_unscored

    def __getstate__(self) -> dict[str, Any]:
        bare = [Tally(tally.sums, ()) for tally in self.tallies]
        return {**self.__dict__, "tallies": bare}

    def with_metrics(self, like: Sequence[Tally]) -> CountedSums:
        """The same with the metrics of tallies that were made with the same options."""
        tallies = [replace(of, sums=tally.sums) for of, tally in zip(like, self.tallies, strict=True)]
        return replace(self, tallies=tallies)

    def counts(self, cells: Cells, options: CountingOptions) -> ModelCounts:
        """The tallies of all samples that have been added."""
        return ModelCounts(
            tallies=self.tallies,
            options=options,
            cells=cells,
            mapping=self.mapping,
            confusion=self.confusion,
            answers=self.answers,
            unmeasured=IMPROBABLE if options.scores and not options.probabilities else None,
            num_samples=self.num_samples,
            num_unscored=self.num_unscored,
            num_not_applicable=self.num_given - self.num_samples,
            moved=self.moved,
            answer_names=self.answer_names,
            clips=self.clips,
        )


def _sum(first: Ints | None, second: Ints | None) -> Ints | None:
    return None if first is None or second is None else first + second


def _sums_of(
    given: CountedPart, cells: Cells, options: CountingOptions, outside: Sequence[str] | None
) -> CountedSums:
    part = given.applicable()
    num_rows = len(cells.subject)
    sums = CountedSums(
        tallies=tallies(part.aligned, part.row, num_rows, options=options, outside=outside, clean=part.clean),
        mapping=part.aligned.mapping,
        confusion=count_confusion(part.aligned),
        answers=_answers_by_row(part, num_rows),
        num_given=len(given.row),
        num_samples=len(part.aligned.scored),
        num_unscored=int((~part.aligned.scored).sum()),
    )
    if part.clean is not None and part.clean.mapping is not None and part.aligned.mapping is not None:
        both = answers_to_both(part.clean, part.aligned)
        sums.moved, sums.answer_names = both.moved(), both.names
    if part.clip is not None and given.clip is not None:
        sums.clips.add(part.aligned, part.clip, num_known=int(given.clip.max(initial=NO_CLIP)) + 1)
    return sums


def _answers_by_row(part: CountedPart, num_rows: int) -> Tally | None:
    mapping, truth_N, answer_N = part.aligned.mapping, part.aligned.truth, part.aligned.answer
    if mapping is None or len(mapping.classes) > MAX_CLASSES:
        return None
    num = len(mapping.classes)
    chosen_N = (truth_N != NO_LABEL) & (answer_N != NO_LABEL) & (answer_N < num)
    cell_N = ((part.row * num + truth_N) * num + answer_N)[chosen_N]
    counts = np.bincount(cell_N, minlength=num_rows * num * num)
    return Tally(counts.reshape(num_rows, num, num).astype(np.float64), ())


def count_confusion(aligned: Aligned) -> Ints | None:
    """Samples by label and answer ``[C, A]``; None if there are no labels. The counts of parts of a run add up."""
    mapping = aligned.mapping
    if mapping is None:
        return None
    num_classes, num_answers = len(mapping.classes), len(mapping.classes) + len(mapping.outside) + 1
    labelled_N = aligned.truth != NO_LABEL
    answer_N = np.where(aligned.answer == NO_LABEL, num_answers - 1, aligned.answer)
    cell_N = (aligned.truth * num_answers + answer_N)[labelled_N]
    counts_CA: Ints = np.bincount(cell_N, minlength=num_classes * num_answers).astype(np.int64)
    return counts_CA.reshape(num_classes, num_answers)
