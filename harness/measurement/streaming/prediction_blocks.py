"""A first pass over predictions too large for memory: whose they are, and what counting them needs to know.

It reads model, condition, outcome, reason, label and dimensions.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import chain

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from harness.errors import HarnessError
from harness.measurement.streaming.numbering import Combinations
from harness.measurement.streaming.reason_counts import ReasonCounts
from harness.measurement.streaming.spans import HERE, Span, Spread, spans_of
from harness.progress import UNSEEN, Share
from harness.tables.alignment import MAX_LABELS, answered_dimensions
from harness.tables.encoded_texts import as_array, cast_but_encoded, is_encoded
from harness.tables.pieces import TableFile
from harness.tables.sample_codes import count_reasons
from harness.tables.schemas import DIMENSIONS, OUTCOMES, PREDICTIONS
from harness.tables.validation import conform, require_present, require_values


@dataclass
class PredictionBlock:
    """The consecutive predictions of one model under one condition.

    Attributes:
        model: its name.
        condition: its name.
        num_rows: the number of rows.
        reasons: how often each reason occurs; of very many, of those that are frequent.
        labels: the answers that occur.
        dimensions: the dimensions that any scored prediction has.
        given: the dimensions that any prediction has.
    """

    model: str
    condition: str
    num_rows: int = 0
    reasons: ReasonCounts = field(default_factory=ReasonCounts)
    labels: set[str] = field(default_factory=set)
    dimensions: set[str] = field(default_factory=set)
    given: set[str] = field(default_factory=set)

    def add_rows(self, rows: pa.Table) -> None:
        """Add the next rows."""
        few = len(self.labels) <= MAX_LABELS
        next_rows = PredictionBlock(
            self.model,
            self.condition,
            num_rows=rows.num_rows,
            reasons=ReasonCounts.of(count_reasons(rows)),
            labels=set(pc.unique(rows["label"]).drop_null().to_pylist()) if few else set(),
            dimensions=answered_dimensions(rows),
            given={name for name in DIMENSIONS if rows[name].null_count < rows.num_rows},
        )
        self.add(next_rows)

    def add(self, others: PredictionBlock) -> None:
        """Add the next rows of the same block."""
        self.num_rows += others.num_rows
        self.reasons.add(others.reasons)
        if len(self.labels) <= MAX_LABELS:
            self.labels |= others.labels
        self.dimensions |= others.dimensions
        self.given |= others.given


def summarise_predictions(
    file: TableFile, num_samples: int, *, spread: Spread = HERE, progress: Share = UNSEEN
) -> list[PredictionBlock]:
    """Summarise the predictions, block by block.

    Args:
        file: of the predictions.
        num_samples: each block must have as many.
        spread: where it is done.
        progress: told of every span.

    Raises:
        HarnessError: a column is missing or of the wrong type; the rows of a model and condition are not
            consecutive, or there are more or fewer than samples.
    """
    conform(file.schema.empty_table(), PREDICTIONS, "predictions")
    blocks: list[PredictionBlock] = []
    spans = spans_of(file.group_rows, spread.num_workers)
    found = progress.each(spread(partial(_blocks_of_span, file), spans), len(spans))
    for block in chain.from_iterable(found):
        if blocks and (blocks[-1].model, blocks[-1].condition) == (block.model, block.condition):
            blocks[-1].add(block)
        else:
            blocks.append(block)
    _require_whole(blocks, num_samples)
    if any(not block.reasons.is_exact for block in blocks):
        _count_reasons_again(blocks, file, spans, spread)
    return blocks


def _count_reasons_again(
    blocks: Sequence[PredictionBlock], file: TableFile, spans: Sequence[Span], spread: Spread
) -> None:
    """Count the reasons that were kept of very many, and name those that are frequent."""
    kept = {(b.model, b.condition): frozenset(b.reasons.counts) for b in blocks if not b.reasons.is_exact}
    again: dict[tuple[str, str], Counter[str]] = {pair: Counter() for pair in kept}
    for of_span in spread(partial(_reasons_of_span, file, kept), spans):
        for pair, counts in of_span.items():
            again[pair].update(counts)
    for block in blocks:
        if (block.model, block.condition) in kept:
            frequent = block.reasons.frequent(again[block.model, block.condition])
            block.reasons = ReasonCounts(frequent, block.reasons.num)


def _reasons_of_span(
    file: TableFile, kept: Mapping[tuple[str, str], frozenset[str]], span: Span
) -> dict[tuple[str, str], Counter[str]]:
    columns = ["model", "condition", "outcome", "reason"]
    found: dict[tuple[str, str], Counter[str]] = {}
    for rows in file.pieces(span.lengths, columns, first=span.first, plain=()):
        for part in _alike(rows):
            pair = part["model"][0].as_py(), part["condition"][0].as_py()
            counts = {name: num for name, num in count_reasons(part).items() if name in kept.get(pair, ())}
            found.setdefault(pair, Counter()).update(counts)
    return {pair: counts for pair, counts in found.items() if pair in kept}


def _blocks_of_span(file: TableFile, span: Span) -> list[PredictionBlock]:
    columns = ["model", "condition", "outcome", "reason", "label", *DIMENSIONS]
    target = pa.schema([PREDICTIONS.field(name).with_nullable(True) for name in columns])
    blocks: list[PredictionBlock] = []
    for rows in file.pieces(span.lengths, columns, first=span.first, plain=()):
        rows = cast_but_encoded(rows, target)
        require_present(rows, pa.schema([PREDICTIONS.field(name) for name in columns]), "predictions")
        require_values(rows, "outcome", OUTCOMES, "predictions")
        for part in _alike(rows):
            model, condition = part["model"][0].as_py(), part["condition"][0].as_py()
            if not blocks or (blocks[-1].model, blocks[-1].condition) != (model, condition):
                blocks.append(PredictionBlock(model, condition))
            blocks[-1].add_rows(part)
    return blocks


def _alike(rows: pa.Table) -> Iterator[pa.Table]:
    """Split rows into runs of one model and condition; mostly they are one, as their dictionaries show."""
    if rows.num_rows and all(_is_one_text(as_array(rows[name])) for name in ("model", "condition")):
        yield rows
        return
    number_N = Combinations(["model", "condition"]).of(rows)
    starts = np.flatnonzero(np.diff(number_N, prepend=-1)).tolist()
    for start, stop in zip(starts, [*starts[1:], rows.num_rows], strict=True):
        yield rows.slice(start, stop - start)


def _is_one_text(texts: pa.Array) -> bool:
    return is_encoded(texts.type) and len(texts.dictionary) == 1 and not texts.null_count


def _require_whole(blocks: Sequence[PredictionBlock], num_samples: int) -> None:
    repeated = [pair for pair, times in Counter((b.model, b.condition) for b in blocks).items() if times > 1]
    if repeated:
        raise HarnessError(
            f"predictions of {repeated[0][0]} ({repeated[0][1]}) are not consecutive. Tables this large are read "
            "row by row: sort them by model and condition, then in the order of the samples."
        )
    for block in blocks:
        if block.num_rows != num_samples:
            raise HarnessError(
                f"predictions of {block.model} ({block.condition}) have {block.num_rows:,} rows for "
                f"{num_samples:,} samples. Every sample needs exactly one."
            )
