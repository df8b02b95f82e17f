"""The tallies of one model. Everything computed from them costs subjects × cells, whatever the number of samples.

Shapes: N samples, C classes of the labels, A answers (the classes, those that only the model has, and no score).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from harness.arrays import Ints
from harness.attributes.groups import Groups
from harness.cards.taxonomy import LabelMapping
from harness.measurement.answers_to_both import answers_to_both
from harness.measurement.cells import Cells, cells_of
from harness.measurement.clips import ClipSums
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
    found: list[Tally] = []
    confusion: Ints | None = None
    answers: Tally | None = None
    moved: Ints | None = None
    names: tuple[str, ...] = ()
    clips = ClipSums()
    num_samples = num_unscored = num_given = 0
    for given in parts:
        part, num_given = given.applicable(), num_given + len(given.row)
        mapping = part.aligned.mapping
        of_part = tallies(
            part.aligned, part.row, len(cells.subject), options=options, outside=outside, clean=part.clean
        )
        found = [merge(*pair) for pair in zip(found, of_part, strict=True)] if found else of_part
        of_labels = count_confusion(part.aligned)
        confusion = of_labels if confusion is None or of_labels is None else confusion + of_labels
        of_rows = _answers_by_row(part, len(cells.subject))
        answers = of_rows if answers is None or of_rows is None else merge(answers, of_rows)
        if part.clean is not None and part.clean.mapping is not None and mapping is not None:
            both = answers_to_both(part.clean, part.aligned)
            moved, names = both.moved() if moved is None else moved + both.moved(), both.names
        if part.clip is not None:
            clips.add(part.aligned, part.clip)
        num_samples += len(part.aligned.scored)
        num_unscored += int((~part.aligned.scored).sum())
    return ModelCounts(
        tallies=found,
        options=options,
        cells=cells,
        mapping=mapping,
        confusion=confusion,
        answers=answers,
        unmeasured=IMPROBABLE if options.scores and not options.probabilities else None,
        num_samples=num_samples,
        num_unscored=num_unscored,
        num_not_applicable=num_given - num_samples,
        moved=moved,
        answer_names=names,
        clips=clips,
    )


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
