"""Whether two deployments may be taken for one system: two one-sided tests per metric, overall and in every group.

Each test says with an error of 5 % that the difference is not beyond the margin on its side. Both say so exactly
if the 90 % interval lies within ± margin (Schuirmann 1987, doi:10.1007/BF01068419). To claim equivalence overall
and in every group, all of them must; such a claim needs no correction for their number (intersection-union test:
Berger & Hsu 1996, doi:10.1214/ss/1032280304). A claim for one group that was picked among many does.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from harness.attributes.groups import Groups
from harness.measurement.measure_settings import MeasureSettings
from harness.measurement.models.equal_answers import ERROR, EqualAnswers
from harness.measurement.models.model_comparison import ModelDifference, compare_models
from harness.measurement.models.shared_metrics import ComparedModel
from harness.measurement.result_rows import RowFactory
from harness.progress import UNSEEN, Share
from harness.tables.results import Result
from harness.tables.schemas import CLEAN
from harness.verdicts.judge import JUDGED, Verdict
from harness.wording import listed, quantity

KIND, ANSWERS = "equivalence", "answers"
METHOD = "two one-sided tests of 5 % each, paired by subject"
_SIMULTANEOUS = "simultaneous max-t over subjects"


@dataclass(frozen=True)
class Equivalence:
    """The tests, and how far the answers themselves agree.

    Attributes:
        margin: the largest difference that is accepted, on the scale of each metric.
        differences: by metric, then the whole before the groups, then by pair, with 90 % intervals and verdicts.
        answers: of each pair.
    """

    margin: float
    differences: Sequence[ModelDifference]
    answers: Sequence[EqualAnswers]


def equivalence(
    models: Sequence[ComparedModel],
    axes: Sequence[Groups],
    settings: MeasureSettings,
    *,
    margin: float,
    answers: Sequence[EqualAnswers],
    against_first: bool = False,
    progress: Share = UNSEEN,
) -> Equivalence:
    """Test whether pairs of models are equivalent on every metric that both have, overall and per group.

    Args:
        models: see `compare_models`.
        axes: see `compare_models`.
        settings: of the comparison; their level and tolerances are not used.
        margin: the largest difference that is accepted.
        answers: how far the answers of the same pairs agree.
        against_first: see `compare_models`.
        progress: likewise.
    """
    tested = replace(settings, level=1 - 2 * ERROR, tolerance=margin, tolerances={})
    compared = compare_models(
        models, axes, tested, against_first=against_first, simultaneous=False, progress=progress
    )
    differences = [
        replace(d, method=None if d.method is None else d.method.replace(_SIMULTANEOUS, METHOD))
        for d in compared.differences
    ]
    return Equivalence(margin, differences, answers)


def equivalence_rows(found: Equivalence, dataset: str, settings: MeasureSettings) -> Iterator[Result]:
    """The tests as differences of the kind ``equivalence``, and the agreement of the answers as its indices."""
    for d in found.differences:
        factory = RowFactory(dataset, d.first, CLEAN, settings, versus_model=d.second)
        yield factory.result(
            d.scope,
            kind=KIND,
            metric=d.metric.name,
            statistic="difference",
            value=d.value,
            lo=d.lo,
            hi=d.hi,
            level=None if d.lo is None else 1 - 2 * ERROR,
            method=d.method,
            n_samples=d.num_samples,
            n_subjects=d.num_subjects,
            n_unscored=d.num_unscored,
            own_value=d.first_value,
            versus_value=d.second_value,
            threshold=d.tolerance,
            judgement=d.judgement,
        )
    for pair in found.answers:
        factory = RowFactory(dataset, pair.first, CLEAN, settings, versus_model=pair.second)
        for index, value in pair.indices().items():
            yield factory.result(
                kind=KIND,
                metric=ANSWERS,
                statistic="index",
                index=index,
                value=value,
                n_samples=pair.num_samples,
                n_subjects=pair.num_subjects,
                n_unscored=pair.num_unscored,
            )


def in_words(found: Equivalence) -> list[str]:
    """Sentences for each pair: how far the answers agree, and for each metric what the tests say."""
    said = []
    for pair in found.answers:
        said.append(pair.sentence())
        by_metric: dict[str, list[ModelDifference]] = {}
        for d in found.differences:
            if (d.first, d.second) == (pair.first, pair.second):
                by_metric.setdefault(d.metric.name, []).append(d)
        for metric, (whole, *groups) in by_metric.items():
            said.append(f"{pair.first} and {pair.second}, {metric}: {_said(whole, groups, found.margin)}.")
    return said


def _said(whole: ModelDifference, groups: Sequence[ModelDifference], margin: float) -> str:
    counted = Counter(d.verdict for d in groups)
    tested = sum(counted[verdict] for verdict in JUDGED)
    overall = _IN_WORDS[whole.verdict].format(margin=margin)
    if not tested:
        return f"{overall} overall"
    if {whole.verdict, *(d.verdict for d in groups if d.verdict in JUDGED)} == {JUDGED[-1]}:
        return f"{overall} overall and in each of {quantity(tested, 'tested group')}"
    parts = [f"{_IN_WORDS[verdict].format(margin=margin)} in {counted[verdict]}" for verdict in JUDGED]
    kept = [part for part, verdict in zip(parts, JUDGED, strict=True) if counted[verdict]]
    return f"{overall} overall; of {quantity(tested, 'tested group')} {listed(kept)}"


_IN_WORDS: dict[Verdict, str] = {
    "met": "equivalent within ±{margin:g}",
    "not_met": "different by more than ±{margin:g}",
    "inconclusive": "undecided",
    "not_tested": "not tested",
}
