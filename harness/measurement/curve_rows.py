"""The rows of the curves table: what a report draws or counts in addition to the results, computed from tallies.

Shapes: S subjects, C classes of the labels, A answers (the classes, those that only the model has, and no score),
B confidence bins, F the statistics of a tally, P rows (a subject within one group).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from harness.arrays import Floats, Ints
from harness.attributes.groups import PREFIX, Groups, axes_of
from harness.cards.taxonomy import LabelMapping
from harness.measurement.cells import GroupTallies, by_group, by_subject
from harness.measurement.model_counts import ModelCounts
from harness.measurement.result_rows import OVERALL, RowFactory, Scope
from harness.measurement.within_subjects import within_clips, within_subjects
from harness.metrics.calibration import ECE, reliability
from harness.metrics.metric_facts import MetricFacts
from harness.metrics.outcomes import COVERAGE
from harness.metrics.selective import AURC, risk_coverage
from harness.metrics.tally import Tally
from harness.tables.condition_names import family_and_severity
from harness.tables.curves import Curve
from harness.tables.results import select
from harness.tables.schemas import CLEAN

SampleCounts = Counter[tuple[str, str]]
"""(curve, answer) → samples."""


def model_curves(factory: RowFactory, of_model: ModelCounts, axes: Sequence[Groups]) -> Iterator[Curve]:
    """The curves of one model under one condition.

    Reliability per group is given for groups with enough subjects, and for the model whose groups are compared.

    Args:
        factory: makes the rows.
        of_model: its tallies.
        axes: the axes that the tallies distinguish.
    """
    if of_model.mapping is not None and of_model.confusion is not None:
        yield from _confusion(factory, of_model.mapping, of_model.confusion)
        yield from _label_shares(factory, of_model.mapping, of_model.confusion)
        yield from _merged(factory, of_model.mapping)
    if of_model.moved is not None:
        yield from _flips(factory, of_model.moved, of_model.answer_names)
    calibration, selective = (_tally(of_model.tallies, first) for first in (ECE, AURC))
    if calibration is not None:
        edges = of_model.options.confidence_edges
        (subjects,) = by_subject([calibration], of_model.cells)
        yield from _reliability(factory, subjects.sums, edges)
        if factory.settings.system in (None, factory.model):
            for groups in axes:
                grouped = by_group([calibration], of_model.cells, groups)
                yield from _reliability_of_groups(factory, grouped, edges)
    if selective is not None:
        (subjects,) = by_subject([selective], of_model.cells)
        yield from _risk_coverage(factory, subjects)
    yield from within_subjects(factory, of_model)
    yield from within_clips(factory, of_model)
    outcomes = _tally(of_model.tallies, COVERAGE)
    if outcomes is not None:
        (subjects,) = by_subject([outcomes], of_model.cells)
        yield from _unscored(factory, subjects)


def count_samples(samples: pa.Table) -> SampleCounts:
    """Counts of label sources, modalities and known attribute values; the counts of parts add up.

    Args:
        samples: validated, all samples of a run or a part.
    """
    counts: SampleCounts = Counter()
    for curve in ("label_source", "modality"):
        for each in pc.value_counts(samples[curve]).to_pylist():
            counts[curve, each["values"]] = each["counts"]
    for name in axes_of(samples):
        counts["attribute", name] = samples.num_rows - samples[PREFIX + name].null_count
    return counts


def sample_curves(dataset: str, counts: Mapping[tuple[str, str], int]) -> Iterator[Curve]:
    """The curves that describe the samples alone, the most frequent value first."""
    for (curve, name), num in sorted(counts.items(), key=lambda item: (item[0][0], -item[1], item[0][1])):
        yield Curve(dataset=dataset, curve=curve, answer=name, n_samples=num)


def training_curves(dataset: str, folds: Mapping[str, Sequence[Mapping[str, Any]]]) -> Iterator[Curve]:
    """One row for each training within the study, and one for each weight that was learned.

    A training is named by its number, because its name may be that of a subject.

    Args:
        dataset: its name in the rows.
        folds: per model its trainings, as in ``folds.json``.
    """
    for model, of_model in folds.items():
        for index, fold in enumerate(of_model):
            tested = set(fold["test_subjects"])
            yield Curve(
                dataset=dataset,
                model=model,
                curve="training",
                x=index,
                y=len(tested & set(fold["train_subjects"])),
                n_subjects=len(tested),
            )
        learned = [fold.get("weights", {}) for fold in of_model]
        for name in dict.fromkeys(name for weights_of in learned for name in weights_of):
            weights = [weights_of[name] for weights_of in learned if name in weights_of]
            mean, lo, hi = sum(weights) / len(weights), min(weights), max(weights)
            yield Curve(dataset=dataset, model=model, curve="weight", answer=name, y=mean, lo=lo, hi=hi)


def degradation_curves(results: pa.Table, ungraded: Collection[str] = ()) -> Iterator[Curve]:
    """Each metric over all samples by the severity of the condition; no rows for a run with clean media only.

    A condition such as ``voice/noise@10`` is of the kind ``voice/noise``; without a severity, ``x`` is null.

    Args:
        results: of the run.
        ungraded: families whose numbers are no severities.
    """
    levels = select(results, condition=None, statistic="level", axis="overall")
    for row in levels.filter(pc.not_equal(levels["condition"], CLEAN)).to_pylist():
        kind, severity = family_and_severity(row["condition"], ungraded)
        yield Curve(
            dataset=row["dataset"],
            model=row["model"],
            condition=row["condition"],
            curve="degradation",
            truth=kind,
            answer=row["metric"],
            x=severity,
            y=row["value"],
            lo=row["lo"],
            hi=row["hi"],
            n_samples=row["n_samples"],
            n_subjects=row["n_subjects"],
        )


def _confusion(factory: RowFactory, mapping: LabelMapping, counts_CA: Ints) -> Iterator[Curve]:
    answers = (*mapping.classes, *mapping.outside, None)
    for row, column in np.argwhere(counts_CA).tolist():
        num = int(counts_CA[row, column])
        yield factory.curve(curve="confusion", truth=mapping.classes[row], answer=answers[column], n_samples=num)


def _flips(factory: RowFactory, moved_AA: Ints, names: Sequence[str]) -> Iterator[Curve]:
    answers = (*names, None)
    for clean, changed in np.argwhere(moved_AA).tolist():
        num = int(moved_AA[clean, changed])
        yield factory.curve(curve="flips", truth=answers[clean], answer=answers[changed], n_samples=num)


def _label_shares(factory: RowFactory, mapping: LabelMapping, counts_CA: Ints) -> Iterator[Curve]:
    scored_CA = counts_CA[:, :-1]
    total = int(scored_CA.sum())
    truth = dict(zip(mapping.classes, scored_CA.sum(1).tolist(), strict=True))
    names = (*mapping.classes, *mapping.outside)
    for name, answered in zip(names, scored_CA.sum(0).tolist(), strict=True):
        yield factory.curve(
            curve="label_shares",
            answer=name,
            x=truth[name] / max(total, 1) if name in truth else None,
            y=None if name in mapping.unreachable else answered / max(total, 1),
            n_samples=total,
        )


def _merged(factory: RowFactory, mapping: LabelMapping) -> Iterator[Curve]:
    for into, labels in sorted(mapping.merged.items()):
        yield from (factory.curve(curve="merged", truth=label, answer=into) for label in labels)


def _reliability(factory: RowFactory, sums_SF: Floats, edges: Floats, scope: Scope = OVERALL) -> Iterator[Curve]:
    """The bins that are not empty."""
    num_subjects_B = (sums_SF[:, : len(edges) + 1] > 0).sum(0)
    of_bins = num_subjects_B[num_subjects_B > 0].tolist()
    for one, num_subjects in zip(reliability(sums_SF.sum(0), edges), of_bins, strict=True):
        yield factory.curve(
            scope,
            curve="reliability",
            x=one.confidence,
            x_lo=one.low,
            x_hi=one.high,
            y=one.right,
            n_samples=one.num_samples,
            n_subjects=num_subjects,
        )


def _reliability_of_groups(factory: RowFactory, grouped: GroupTallies, edges: Floats) -> Iterator[Curve]:
    (calibration,) = grouped.tallies
    confident_P = calibration.sums[:, : len(edges) + 1].sum(1) > 0
    for index, group in enumerate(grouped.groups):
        sums_PF = calibration.sums[(grouped.group == index) & confident_P]
        if len(sums_PF) >= factory.settings.min_subjects:
            yield from _reliability(factory, sums_PF, edges, Scope.on(grouped.axis, group))


def _risk_coverage(factory: RowFactory, selective: Tally) -> Iterator[Curve]:
    sums_F = selective.sums.sum(0)
    total = float(selective.metrics[0].num_samples(sums_F))
    for point in risk_coverage(sums_F):
        num = round(point.coverage * total)
        yield factory.curve(curve="risk_coverage", x=point.coverage, y=point.risk, n_samples=num)


def _unscored(factory: RowFactory, outcomes: Tally) -> Iterator[Curve]:
    """Samples without a score, by reason; those without a metric of their own are combined."""
    column = {metric.name: index for index, metric in enumerate(outcomes.metrics)}
    for outcome in ("abstained", "failed"):
        reasons = [name for name in column if name.startswith(f"{outcome}:")]
        other_S = outcomes.sums[:, column[outcome]] - outcomes.sums[:, [column[name] for name in reasons]].sum(1)
        named = [(name.partition(":")[2], outcomes.sums[:, column[name]]) for name in reasons]
        for answer, num_S in (*named, (None, other_S)):
            if num_S.any():
                yield factory.curve(
                    curve="unscored",
                    truth=outcome,
                    answer=answer,
                    n_samples=int(num_S.sum()),
                    n_subjects=int((num_S > 0).sum()),
                )


def _tally(tallies: Sequence[Tally], first: MetricFacts) -> Tally | None:
    """The tally whose first metric has this name."""
    return next((tally for tally in tallies if tally.metrics[0].facts is first), None)
