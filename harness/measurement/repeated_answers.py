"""What repeats say: expected and consensus accuracy, agreement, and how much of the uncertainty comes from them.

Shapes: N samples, L those with a label, S subjects, T times that each sample was asked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from harness.arrays import Bools, Floats, Ints
from harness.cards.taxonomy import LabelMapping
from harness.measurement.measure_settings import MeasureSettings
from harness.metrics.repeated import NO_CONSENSUS, agreeing_pairs, consensus, within_variance
from harness.statistics.intervals import Interval, Range, no_interval
from harness.statistics.subject_means import (
    SHARE,
    freedom_over_subjects,
    mean_over_subjects,
    variance_over_subjects,
)
from harness.tables.alignment import NO_LABEL, Aligned
from harness.tables.drawn_samples import DrawnSamples
from harness.tables.results import Result
from harness.tables.schemas import CLEAN, DIMENSIONS
from harness.wording import percent

KIND = "repeats"
MIN_FREEDOM = 10
"""With fewer degrees of freedom, as of 10 subjects with equally many samples, no share of the variance is given:
its estimate would be anything from none to all."""

_TOO_FEW = "too few subjects to tell the variance from repeats from their own"
_VARIANCE = Range(0.0, float("inf"))


def repeat_rows(
    drawn: DrawnSamples, repeats: Mapping[int, pa.Table], *, dataset: str, settings: MeasureSettings
) -> list[Result]:
    """The rows of the kind ``repeats``.

    Args:
        drawn: the samples and the system's first answers to them, under ``clean``.
        repeats: the answers of each further time, see `harness.tables.repeat_pieces.validate_repeats`.
        dataset: its name in the results.
        settings: the choices.
    """
    own = (pc.field("model") == str(settings.system)) & (pc.field("condition") == CLEAN)
    tables = [_in_order(rows, drawn.samples) for rows in (drawn.predictions.filter(own), *repeats.values())]
    about = _About(dataset, str(settings.system), settings.level, drawn.aligned)
    return [*about.of_labels(tables), *about.of_answers(tables)]


@dataclass(frozen=True)
class _About:
    """Makes the rows of one system."""

    dataset: str
    model: str
    level: float
    first: Aligned

    def of_labels(self, tables: Sequence[pa.Table]) -> Iterator[Result]:
        """How often the answers are right: on average, and by their majority."""
        truth_N, mapping = self.first.truth, self.first.mapping
        labelled = np.flatnonzero(truth_N != NO_LABEL)
        if mapping is None or not len(labelled):
            return
        answer_LT = np.stack([_answers(table, mapping)[labelled] for table in tables], axis=1)
        right_LT = answer_LT == truth_N[labelled, None]
        at = self._of_subjects(labelled)
        majority_L = consensus(answer_LT + 1)  # no answer is an answer of its own
        is_right_L = (majority_L != NO_CONSENSUS) & (majority_L - 1 == truth_N[labelled])
        varying_L = within_variance(right_LT)
        shares = _Shares.of(right_LT, varying_L, self.first.subject[labelled])
        yield at("expected_accuracy", right_LT.mean(axis=1), SHARE, note=shares.in_words(len(tables)))
        tie = "the answer given most often; a tie counts as wrong"
        yield at("consensus_accuracy", is_right_L.astype(np.float64), SHARE, note=tie)
        yield at("within_sample_variance", varying_L, _VARIANCE, note="of right (1) and wrong (0)")
        for name, value in (("repeats", shares.repeats), ("subjects", shares.subjects)):
            of_subjects = self.first.subject[labelled]
            yield self._row(
                f"variance_share:{name}", value, len(labelled), of_subjects, note=shares.reason or None
            )

    def of_answers(self, tables: Sequence[pa.Table]) -> Iterator[Result]:
        """How alike the answers to a sample are, whatever its label."""
        every = np.arange(len(self.first.subject))
        at = self._of_subjects(every)
        if any(table["label"].null_count < table.num_rows for table in tables):
            label_NT = np.stack([pc.fill_null(table["label"], "").to_numpy() for table in tables], axis=1)
            _, code = np.unique(label_NT.astype(str), return_inverse=True)
            yield at("consistency", agreeing_pairs(code.reshape(label_NT.shape)), SHARE)
        for name in DIMENSIONS:
            values = [pc.fill_null(table[name], np.nan).to_numpy() for table in tables]
            variance_N = within_variance(np.stack(values, axis=1))
            if (known := np.flatnonzero(np.isfinite(variance_N))).size:
                found = self._of_subjects(known)
                yield found(f"within_sample_variance:{name}", variance_N[known], _VARIANCE)
        scores = {bytes(row) for table in tables for row in _score_bytes(table)}
        if scores:
            yield self._row("distinct_scores", float(len(scores)), len(every), self.first.subject)

    def _of_subjects(self, rows: Ints) -> partial[Result]:
        return partial(self._mean, subject_n=self.first.subject[rows])

    def _mean(
        self, metric: str, value_n: Floats, within: Range, subject_n: Ints, note: str | None = None
    ) -> Result:
        """A mean over samples, with its interval over subjects."""
        value, interval = mean_over_subjects(value_n, subject_n, self.level, within)
        return self._row(metric, value, len(value_n), subject_n, interval=interval, note=note)

    def _row(
        self,
        metric: str,
        value: float | None,
        num_samples: int,
        subject_n: Ints,
        *,
        interval: Interval | None = None,
        note: str | None = None,
    ) -> Result:
        interval = interval or no_interval("")
        return Result(
            dataset=self.dataset,
            model=self.model,
            condition=CLEAN,
            kind=KIND,
            metric=metric,
            statistic="level",
            value=value,
            lo=interval.lo,
            hi=interval.hi,
            level=self.level if interval.method else None,
            method=interval.method,
            n_samples=num_samples,
            n_subjects=len(np.unique(subject_n)),
            n_unscored=int((~self.first.scored).sum()),
            note=note or interval.reason or None,
        )


@dataclass(frozen=True)
class _Shares:
    """How much of the variance of the expected accuracy comes from what; None, and why, where that is unknown."""

    repeats: float | None
    subjects: float | None
    reason: str = ""

    @classmethod
    def of(cls, right_LT: Bools, varying_L: Floats, subject_L: Ints) -> _Shares:
        """With v the variance within a sample, T times and L samples, repeats add Σ v / (T L²) to the variance.

        The variance over subjects (jackknife) contains it, as the mean of a subject is uncertain, too. One divided
        by an estimated variance is too large on average, by f / (f - 2) with f degrees of freedom: the mean of the
        F distribution (Johnson, Kotz & Balakrishnan 1995, chapter 27).
        """
        num_samples, times = right_LT.shape
        from_repeats = float(varying_L.sum()) / (times * num_samples**2)
        total = variance_over_subjects(right_LT.mean(axis=1), subject_L)
        if not total > 0.0:
            return cls(None, None, "it does not vary between subjects")
        freedom = freedom_over_subjects(subject_L)
        if freedom < MIN_FREEDOM:
            return cls(None, None, f"{_TOO_FEW} ({freedom:.0f} degrees of freedom, {MIN_FREEDOM} are needed)")
        share = min((freedom - 2) / freedom * from_repeats / total, 1.0)
        return cls(share, 1.0 - share)

    def in_words(self, times: int) -> str | None:
        """For the row of the expected accuracy."""
        if self.repeats is None:
            return None
        return (
            f"the mean over {times} times; of the variance behind its interval {percent(self.repeats)} come from "
            "the repeats, the rest from the subjects"
        )


def _in_order(rows: pa.Table, samples: pa.Table) -> pa.Table:
    """The rows of these samples, in their order."""
    at = pc.index_in(samples["sample_id"], value_set=rows["sample_id"])
    return rows.take(at.combine_chunks()).combine_chunks()


def _answers(rows: pa.Table, mapping: LabelMapping) -> Ints:
    """The class of each answer ``[N]``; `NO_LABEL` without one, and one beyond all classes for other labels."""
    names = (*mapping.classes, *mapping.outside)
    place = {label: names.index(of_class) for label, of_class in mapping.predicted.items()}
    labels = rows["label"].to_pylist()
    return np.array([NO_LABEL if label is None else place.get(label, len(names)) for label in labels])


def _score_bytes(rows: pa.Table) -> Iterator[bytes]:
    for scores in rows["scores"].drop_null().to_pylist():
        yield np.array(scores, np.float32).tobytes()
