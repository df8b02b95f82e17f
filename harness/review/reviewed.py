"""What a review found, as rows of the results: whom the system missed, and whether its answer changed minds.

What is said of the cases of the run (missed ones and the like) rests on a random sample of each stratum, with
exact limits (`harness.statistics.finite_population`). It holds for these cases and for what people saw in them;
cases without a judgement are taken for cases that were not drawn. What is said of people's judgements (agreement,
changes of mind) has intervals over the subjects who are shown.

Shapes: n judgements, H strata, S subjects, C labels.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa

from harness.arrays import Bools, Floats, Ints
from harness.attributes.grouping import parts
from harness.errors import HarnessError
from harness.metrics.nominal_agreement import alpha, coincidences
from harness.review.drawing import SELECTED
from harness.review.judgements import UNCLEAR, Judged, Reviewer
from harness.review.review_document import Case, ReviewDocument
from harness.statistics.finite_population import COMBINED, Bounded, share_of_both, stratified_total
from harness.statistics.intervals import Interval, Range
from harness.statistics.jackknife import jackknife_intervals
from harness.statistics.subject_means import SHARE, mean_over_subjects
from harness.tables.results import Result, results_table
from harness.wording import joined, quantity

KIND = "review"
_ALPHA = Range(-1.0, 1.0)
MAX_COINCIDENCES = 30_000_000
"""Cases times labels times labels: 10,000 cases with 54 labels, in 240 MB."""


def review_results(document: ReviewDocument, reviewers: Sequence[Reviewer], *, level: float) -> pa.Table:
    """The rows of a review as a table, see `review_rows`."""
    return results_table(review_rows(document, reviewers, level=level))


def review_rows(document: ReviewDocument, reviewers: Sequence[Reviewer], *, level: float) -> list[Result]:
    """What a review found: of all cases, of every group that was drawn by, and of every reviewer.

    Args:
        document: what was drawn.
        reviewers: at least one.
        level: confidence level of the intervals.
    """
    review = _Review.of(document, reviewers, level)
    rows = [*review.of_cases(None), *review.of_minds(None), *review.of_agreement()]
    for group in dict.fromkeys(stratum.group for stratum in document.strata):
        if group is not None:
            rows += [*review.of_cases(group), *review.of_minds(group)]
    if len(reviewers) > 1:
        for reviewer in reviewers:
            alone = _Review.of(document, [reviewer], level)
            rows += [alone.named(row, reviewer.name) for row in alone.of_minds(None)]
    return rows


def label_of(judgements: Sequence[str]) -> str | None:
    """What most people saw in a case, of those who could tell; None if nobody could, or if two labels tie."""
    told = [label for label in judgements if label != UNCLEAR]
    counts = {label: told.count(label) for label in told}
    most = max(counts.values(), default=0)
    winners = [label for label, num in counts.items() if num == most]
    return winners[0] if len(winners) == 1 else None


@dataclass(frozen=True)
class _Strata:
    """How many cases of each stratum were judged, how many of them count, and how many there are."""

    counting: Ints
    judged: Ints
    cases: Ints

    def where(self, which_H: Bools) -> _Strata:
        return _Strata(self.counting[which_H], self.judged[which_H], self.cases[which_H])

    def total(self, level: float) -> Bounded:
        return stratified_total(self.counting, self.judged, self.cases, level)

    def share(self, level: float) -> Bounded:
        total, num = self.total(level), max(int(self.cases.sum()), 1)
        return Bounded(total.value / num, total.lo / num, total.hi / num)


@dataclass(frozen=True)
class _Review:
    """Makes the rows."""

    document: ReviewDocument
    level: float
    shown: Mapping[str | None, Sequence[tuple[Case, Sequence[Judged]]]]
    """Group → every case, and what the reviewers said of it; None: all of them."""

    @classmethod
    def of(cls, document: ReviewDocument, reviewers: Sequence[Reviewer], level: float) -> _Review:
        everything: list[tuple[Case, Sequence[Judged]]] = [
            (case, [of.judged[number] for of in reviewers if number in of.judged])
            for number, case in enumerate(document.cases, start=1)
        ]
        shown: dict[str | None, list[tuple[Case, Sequence[Judged]]]] = {None: everything}
        for one in everything:
            if (group := document.strata[one[0].stratum].group) is not None:
                shown.setdefault(group, []).append(one)
        return cls(document, level, shown)

    def of_cases(self, group: str | None) -> Iterator[Result]:
        """How many cases are what the system selects for, and how many of these it selects."""
        strata = [of for of in self.document.strata if group is None or of.group == group]
        shown = self.shown[group]
        told = [(case, label) for case, judged in shown if (label := label_of([one.blind for one in judged]))]
        is_selected_H = np.array([of.status == SELECTED for of in strata])
        positive = self._counted(group, [(case, label in self.document.positive) for case, label in told])
        same = self._counted(group, [(case, label == case.answer) for case, label in told])
        missed, right = positive.where(~is_selected_H), positive.where(is_selected_H)
        bounded = {
            "missed_cases": missed.total(self.level),
            "missed_share": missed.share(self.level),
            "found_share": share_of_both(right.total(self.level), missed.total(self.level)),
            "selected_right": right.share(self.level),
            "positive_share": positive.share(self.level),
            "same_label": same.share(self.level),
        }
        for metric, found in bounded.items():
            yield self._row(
                metric,
                group,
                [case for case, _ in told],
                value=found.value,
                lo=found.lo,
                hi=found.hi,
                method=COMBINED,
                n_unscored=len(shown) - len(told),
                note=f"of {quantity(int(positive.cases.sum()), 'case')} of the run",
            )

    def of_minds(self, group: str | None) -> Iterator[Result]:
        """How often people changed what they said once they saw the system's answer, and in which direction."""
        seen = [(case, one) for case, judged in self.shown[group] for one in judged if case.answer is not None]
        differed = [(case, one) for case, one in seen if one.blind != case.answer]
        wrong = [pair for pair in differed if pair[0].truth is not None and pair[0].answer != pair[0].truth]
        yield self._share("changed_mind", group, [(case, one.after != one.blind) for case, one in seen])
        followed = "of judgements that differed from the system's answer"
        yield self._share(
            "followed", group, [(case, one.after == case.answer) for case, one in differed], followed
        )
        yield self._share(
            "followed_wrong",
            group,
            [(case, one.after == case.answer) for case, one in wrong],
            f"{followed}, where that is not the label of the dataset",
        )

    def of_agreement(self) -> Iterator[Result]:
        """How far the reviewers agree with each other, beyond chance, before they saw an answer."""
        cases = [(case, [one.blind for one in judged]) for case, judged in self.shown[None] if len(judged) > 1]
        if not cases:
            return
        labels = sorted({label for _, blind in cases for label in blind})
        if len(cases) * len(labels) ** 2 > MAX_COINCIDENCES:
            raise HarnessError(
                f"The agreement on {len(cases):,} cases with {len(labels):,} labels needs too much memory. Judge "
                "fewer cases."
            )
        counts = np.array([[blind.count(label) for label in labels] for _, blind in cases])
        _, code = np.unique([case.subject for case, _ in cases], return_inverse=True)
        of_subject = np.zeros((code.max() + 1, len(labels), len(labels)))
        np.add.at(of_subject, code, coincidences(counts))
        whole = of_subject.sum(axis=0)
        (interval,) = jackknife_intervals(
            alpha(whole[None]),
            alpha(whole - of_subject)[None],
            np.bincount(code).astype(np.float64)[None],
            level=self.level,
            within=[_ALPHA],
            kinds=["student"],
        )
        yield self._with_interval(
            "reviewers_alpha",
            None,
            [case for case, _ in cases],
            float(alpha(whole)),
            interval,
            "Krippendorff's alpha",
        )

    def named(self, row: Result, reviewer: str) -> Result:
        """The same row, of one reviewer."""
        return replace(row, axis="reviewer", group=reviewer)

    def _counted(self, group: str | None, told: Sequence[tuple[Case, bool]]) -> _Strata:
        """The cases that were judged, by stratum; the others are taken for cases that were not drawn."""
        wanted = [index for index, of in enumerate(self.document.strata) if group is None or of.group == group]
        stratum = np.array([case.stratum for case, _ in told], dtype=np.int64)
        counts = np.array([is_one for _, is_one in told], dtype=bool)
        num = len(self.document.strata)
        return _Strata(
            np.bincount(stratum[counts], minlength=num)[wanted],
            np.bincount(stratum, minlength=num)[wanted],
            np.array([self.document.strata[index].num_cases for index in wanted]),
        )

    def _share(
        self, metric: str, group: str | None, told: Sequence[tuple[Case, bool]], note: str | None = None
    ) -> Result:
        cases = [case for case, _ in told]
        if not told:
            return self._row(metric, group, cases, value=None, note=joined((note, "no such judgement")))
        values: Floats = np.array([float(is_one) for _, is_one in told])
        value, interval = mean_over_subjects(values, np.array([case.subject for case in cases]), self.level, SHARE)
        return self._with_interval(metric, group, cases, value, interval, note)

    def _with_interval(
        self,
        metric: str,
        group: str | None,
        cases: Sequence[Case],
        value: float,
        interval: Interval,
        note: str | None,
    ) -> Result:
        return self._row(
            metric,
            group,
            cases,
            value=value,
            lo=interval.lo,
            hi=interval.hi,
            method=interval.method,
            note=joined((note, interval.reason)),
        )

    def _row(self, metric: str, group: str | None, cases: Sequence[Case], **values: Any) -> Result:
        by = self.document.by
        where = {} if group is None else {"axis": by, "attributes": tuple(parts(str(by))), "group": group}
        return Result(
            dataset=self.document.dataset,
            model=self.document.system,
            kind=KIND,
            metric=metric,
            level=None if values.get("lo") is None else self.level,
            n_samples=len(cases),
            n_subjects=len({case.subject for case in cases}),
            **{"n_unscored": 0, **where, **values},
        )
