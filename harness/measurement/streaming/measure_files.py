"""Measures samples and predictions in files too large for memory, piece by piece, with the same results.

There are three passes: one summarises the samples and a few columns of the predictions (`first_pass` and
`prediction_blocks`), one validates the predictions, draws samples and computes bin edges and conformal thresholds
from the scores, and one over what is counted counts every row into the cells of subjects and groups
(`count_spans`). Each is made of spans of rows, which may be read and counted elsewhere; what is found of them is
merged here. Texts are read as dictionaries, and ids only where they are compared. Everything else is as in
`measure`, and the results are equal to the byte. Samples and the predictions of each model must be in the same
order.

Shapes: N samples, R cells.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

import numpy as np
import pyarrow as pa

from harness.attributes.groups import group_samples
from harness.measurement.conditions.paired_counts import PairedCounts
from harness.measurement.conditions.versus_clean import versus_clean_rows
from harness.measurement.curve_rows import degradation_curves, model_curves, sample_curves
from harness.measurement.measure import Measurement, model_rows, usable, versus_raters_rows
from harness.measurement.measure_settings import MeasureSettings
from harness.measurement.model_counts import ModelCounts
from harness.measurement.models.shared_metrics import ComparedModel
from harness.measurement.result_rows import RowFactory
from harness.measurement.score_columns import ScoreColumns
from harness.measurement.shares import BlockShares, measure_shares, models_without_scores, split_first_pass
from harness.measurement.streaming.count_pieces import NumberedSubjects, context_of, options_from
from harness.measurement.streaming.count_spans import (
    Answers,
    CountSpan,
    DrawnRows,
    PeopleOfSpan,
    SpanDraw,
    TakeScores,
    count_spans,
)
from harness.measurement.streaming.first_pass import SamplesSummary, named_axes, summarise_samples
from harness.measurement.streaming.prediction_blocks import PredictionBlock, summarise_predictions
from harness.measurement.streaming.spans import HERE, Spread, Stoppable
from harness.progress import UNSEEN, Share
from harness.statistics.threads import ahead
from harness.tables.alignment import RunContext, align_rows
from harness.tables.curves import Curve
from harness.tables.drawn_samples import Draw, DrawnSamples
from harness.tables.encoded_texts import plain_table
from harness.tables.freed_memory import give_back
from harness.tables.pieces import TableFile
from harness.tables.predictions import label_orders, model_condition_order
from harness.tables.results import Result, ResultBlock, results_table
from harness.tables.schemas import CLEAN, RATERS
from harness.tables.versions import require_known

FEW_ROWS = 4_000_000
"""With fewer predictions counting takes no longer than to start processes that do it."""

STREAMED_ROWS = 1_000_000
"""The number of predictions above which tables are read piece by piece."""


def is_large(predictions: Path) -> bool:
    """Whether a table of predictions should be read piece by piece."""
    return TableFile(predictions).num_rows > STREAMED_ROWS


def measure_files(
    samples: Path,
    predictions: Path,
    *,
    dataset: str,
    settings: MeasureSettings | None = None,
    always: pa.Array | None = None,
    when_drawn: Callable[[DrawnSamples], None] | None = None,
    spread: Spread = HERE,
    progress: Share = UNSEEN,
) -> Measurement:
    """Measure every model under every condition, as `harness.measurement.measure.measure_run` does.

    Both tables are validated as they are read, ids of samples with one exception (see `summarise_samples`).

    Args:
        samples: the file of the samples.
        predictions: the file of the predictions: consecutive rows for each model and condition, in the samples'
            order.
        dataset: its name in the results.
        settings: the choices; by default those of `MeasureSettings`.
        always: ids of samples that must be among the drawn ones.
        when_drawn: called with these before the system is measured.
        spread: where spans of the tables are counted.
        progress: told of what is read, counted and measured.

    Raises:
        HarnessError: as `measure`, `validate_samples` and `validate_predictions`; or the orders differ.
    """
    settings = settings or MeasureSettings()
    files = TableFile(samples), TableFile(predictions)
    require_known(files[0].schema, "samples", samples)
    require_known(files[1].schema, "predictions", predictions)
    spread = Stoppable(HERE if files[1].num_rows < FEW_ROWS else spread)
    named = named_axes(files[0], settings.grouping)
    first, second, rest = split_first_pass(progress, files[0].num_rows, files[1].num_rows, len(named))
    match_on, votes = settings.match_on or (), settings.vote_source
    summary = summarise_samples(files[0], named, match_on, votes=votes, spread=spread, progress=first)
    blocks = summarise_predictions(files[1], summary.num_samples, spread=spread, progress=second)
    people = summary.people.table()
    axes = [group_samples(people, axis, settings.grouping) for axis in named]
    stream = _Stream(files[0], files[1], summary, NumberedSubjects.of(people, usable(axes)), settings, spread)
    drawing = _drawing(stream, blocks, always)
    asked = sorted(((block.model, block.condition) for block in blocks), key=model_condition_order)
    first_rows = {block.model: index * summary.num_samples for index, block in enumerate(blocks)}
    shares = measure_shares(
        rest,
        asked,
        num_samples=summary.num_samples,
        num_people=stream.people.cells.num_subjects,
        num_groups=[len(groups.groups) for groups in usable(axes)],
        settings=settings,
        unscored=models_without_scores(predictions, first_rows) if progress.is_seen else (),
    )
    share_of = dict(zip(asked, shares.blocks, strict=True))
    found: dict[tuple[str, str], ModelCounts] = {}
    pairs: list[PairedCounts] = []
    rows: list[Result | ResultBlock] = []
    curves: list[Curve] = []
    drawn: DrawnSamples | None = None
    for (model, condition), of_model, on_clean in ahead(stream.count(blocks, drawing, share_of), spread.end):
        found[model, condition] = of_model
        if drawing is not None and drawing.is_of(model, condition):
            give_back()
            drawn = drawing.drawn()
            if when_drawn is not None:
                when_drawn(drawn)
            give_back()  # what drawing, and whoever was called, has used
        if on_clean is not None:
            pairs.append(PairedCounts(model, condition, of_model, on_clean))
        factory = RowFactory(dataset, model, condition, settings)
        rows += model_rows(factory, of_model, axes, share_of[model, condition].rows)
        curves += model_curves(factory, of_model, usable(axes))
    answers = {
        model: ComparedModel(model, of_model)
        for (model, condition), of_model in found.items()
        if condition == CLEAN and model in (settings.system, RATERS)
    }
    rows += versus_raters_rows(dataset, answers, usable(axes), settings)
    rows += versus_clean_rows(dataset, pairs, usable(axes), settings, shares.versus_clean)
    results = results_table(rows)
    curves += [*degradation_curves(results, settings.ungraded), *sample_curves(dataset, summary.counts)]
    return Measurement(results, curves, drawn)


@dataclass(frozen=True)
class _Stream:
    """Both files, counted span by span."""

    samples: TableFile
    predictions: TableFile
    summary: SamplesSummary
    people: NumberedSubjects
    settings: MeasureSettings
    spread: Spread

    def count(
        self,
        blocks: Sequence[PredictionBlock],
        drawing: _Drawing | None,
        share_of: Mapping[tuple[str, str], BlockShares],
    ) -> Iterator[tuple[tuple[str, str], ModelCounts, ModelCounts | None]]:
        """The tallies of every model under every condition, ``clean`` first; draws samples from one.

        Under another condition also the tallies on clean media, of the samples that the condition could change.
        """
        orders = label_orders(self.predictions.schema.empty_table())
        clean: dict[str, tuple[Answers, ModelCounts]] = {}
        firsts = {id(block): index * self.summary.num_samples for index, block in enumerate(blocks)}
        for block in sorted(blocks, key=lambda block: model_condition_order((block.model, block.condition))):
            share = share_of[block.model, block.condition]
            answers = self._answers(block, orders.get(block.model, []), firsts[id(block)])
            taken = drawing if drawing is not None and drawing.block is block else None
            scores = self._scores(answers, taken, share.bounds)
            options = options_from(scores, answers.context, self.summary.kinds)
            on_clean, of_clean = clean.get(block.model, (None, None))
            count = CountSpan(answers, options, self.settings.outside, clean=on_clean)
            counts = self._counted(count, share.counting)
            if block.condition == CLEAN:
                clean[block.model] = answers, counts
            if of_clean is not None and counts.num_not_applicable:
                of_both = replace(count, options=of_clean.options, of_clean=True)
                of_clean = self._counted(of_both)
            yield (block.model, block.condition), counts, of_clean

    def _answers(self, block: PredictionBlock, labels: Sequence[str], first: int) -> Answers:
        settings = self.settings
        context = context_of(
            self.summary.kinds,
            block,
            self.summary.dimensions,
            labels=labels,
            merge=settings.merge,
            match_on=settings.match_on or (),
            voted=self.summary.voted,
            vote_source=settings.votes_for(block.model),
        )
        where = f"{block.model} ({block.condition})"
        return Answers(self.samples, self.predictions, self.summary.schema, self.people, context, where, first)

    def _scores(self, answers: Answers, drawing: _Drawing | None, progress: Share) -> ScoreColumns:
        take = TakeScores(answers, None if drawing is None else drawing.draw)
        spans = progress.each(self.spread(take, self._tasks()), len(self.summary.spans))
        scores, drawn = next(spans)
        for more_scores, more_drawn in spans:
            scores.extend(more_scores)
            drawn.add(more_drawn)
        if drawing is not None:
            drawing.take(drawn, answers.context)
        return scores

    def _counted(self, count: CountSpan, progress: Share = UNSEEN) -> ModelCounts:
        num_tasks = len(self.summary.spans)
        return count_spans(count, self._tasks, num_tasks, spread=self.spread, progress=progress)

    def _tasks(self) -> Iterator[PeopleOfSpan]:
        person = self.summary.person.pieces()
        return (PeopleOfSpan(span, list(islice(person, len(span.lengths)))) for span in self.summary.spans)


class _Drawing:
    """The samples that are drawn while the answers of one block are validated.

    Args:
        block: the system's answers.
        draw: decides which rows are drawn.
        num_samples: of the run.
        metadata: of the predictions.
    """

    def __init__(
        self, block: PredictionBlock, draw: SpanDraw, num_samples: int, metadata: Mapping[bytes, bytes]
    ) -> None:
        self.block, self.draw = block, draw
        self._num, self._metadata = num_samples, metadata

    def is_of(self, model: str, condition: str) -> bool:
        """Whether samples are drawn from these answers."""
        return (model, condition) == (self.block.model, self.block.condition)

    def take(self, rows: DrawnRows, context: RunContext) -> None:
        """Take what was drawn of all spans."""
        self._rows, self._context = rows, context

    def drawn(self) -> DrawnSamples:
        """The samples drawn from all spans, which are let go of."""
        samples, rows = (plain_table(pa.concat_tables(each)) for each in (self._rows.samples, self._rows.rows))
        place = np.concatenate(self._rows.places)
        del self._rows
        samples = samples.combine_chunks()  # one after the other: each is twice in memory meanwhile
        rows = rows.combine_chunks()
        return DrawnSamples(
            samples=samples,
            predictions=rows.replace_schema_metadata(self._metadata),
            aligned=align_rows(samples, rows, self._context),
            row=None if len(place) == self._num else place,
            num_samples=self._num,
        )


def _drawing(stream: _Stream, blocks: Sequence[PredictionBlock], always: pa.Array | None) -> _Drawing | None:
    """Draws from the answers of the system under test, under `clean` if there are such."""
    of_system = [block for block in blocks if block.model == stream.settings.system]
    if not of_system:
        return None
    block = min(of_system, key=lambda block: model_condition_order((block.model, block.condition)))
    people, num_K = stream.people, stream.summary.people.num_rows
    num_S = np.bincount(people.subject, weights=num_K, minlength=people.cells.num_subjects)
    draw = SpanDraw(Draw.of(num_S.astype(np.int64), stream.settings.seed), always)
    return _Drawing(block, draw, stream.summary.num_samples, stream.predictions.schema.metadata or {})
