from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from outside_packages import METRIC, Install

from harness.errors import HarnessError
from harness.known_metrics import compared_metrics, facts_of, is_metric, metric_facts
from harness.measurement.count_metrics import tallies
from harness.measurement.families import families
from harness.measurement.measure_settings import MeasureSettings
from harness.metrics.built_in_facts import BUILT_IN_FACTS
from harness.tables.alignment import Aligned, align
from harness.tables.predictions import predictions_table
from harness.tables.samples import samples_table

OWN = {"metrics": {"quiet": "own_metric:FAMILY"}}
TRUTH = ["anger", "anger", "neutral", "sadness"]
ANSWERS = ["neutral", "anger", "neutral", None]


def aligned(scores: Sequence[float] | None = None) -> Aligned:
    given = {"modality": "face", "label_source": "acted"}
    samples = samples_table(
        [{**given, "sample_id": f"s{i}", "subject_id": f"p{i}", "label": truth} for i, truth in enumerate(TRUTH)]
    )
    answers = predictions_table(
        model="m",
        labels=["anger", "neutral", "sadness"],
        sample_id=samples["sample_id"].to_pylist(),
        outcome=["scored" if answer else "failed" for answer in ANSWERS],
        reason=[None if answer else "no_face" for answer in ANSWERS],
        label=ANSWERS,
        scores=None if scores is None else [list(scores) if answer else None for answer in ANSWERS],
    )
    return align(samples, answers, model="m", condition="clean", merge={})


def values(*, scores: Sequence[float] | None = None, **options: Any) -> dict[str, float]:
    found = tallies(aligned(scores), np.zeros(4, dtype=np.int64), 1, **options)
    return {metric.name: float(metric.value(tally.sums[0])) for tally in found for metric in tally.metrics}


def test_the_metrics_of_another_package_are_counted_after_our_own(install: Install) -> None:
    without = values()
    install(OWN, own_metric=METRIC)
    found = values()
    assert list(found) == [*without, "quiet_errors"]
    assert found["quiet_errors"] == 1 / 4
    assert values(outside=()) == pytest.approx(without, nan_ok=True)
    assert values(outside=("quiet",)) == pytest.approx(found, nan_ok=True)


def test_the_families_that_are_counted_are_those_of_the_metrics_that_are_known() -> None:
    facts_of_families = [facts for family in families(outside=()) for facts in family.family.facts]
    assert sorted(facts_of_families, key=lambda facts: facts.order) == list(BUILT_IN_FACTS)


def test_they_are_counted_where_their_needs_are_met(install: Install) -> None:
    install(OWN, own_metric=METRIC.replace('needs=("labels",)', 'needs=("labels", "scores")'))
    assert "quiet_errors" not in values()
    margins = values(scores=[3.0, 2.0, -1.0])
    assert "quiet_errors" in margins
    assert "log_loss" not in margins


def test_what_they_declare_is_known_by_their_names(install: Install) -> None:
    before = compared_metrics()
    assert facts_of("quiet_errors").title == "quiet errors"
    install(OWN, own_metric=METRIC)
    assert facts_of("quiet_errors").title == "Quiet errors"
    assert metric_facts()[-1] is facts_of("quiet_errors")
    assert compared_metrics() == [*before, "quiet_errors"]
    assert MeasureSettings(tolerances={"quiet_errors": 0.2}).tolerated("quiet_errors") == 0.2
    assert [family.name for family in families(outside=())] == [f.name for f in families() if f.extension is None]


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("uar", "uar"),
        ("ccc", "ccc:<dimension>"),
        ("ccc:valence", "ccc:<dimension>"),
        ("abstained", "abstained"),
        ("abstained:too dark", "abstained:<reason>"),
    ],
)
def test_a_name_is_that_of_a_metric_or_of_its_parts(name: str, found: str) -> None:
    assert facts_of(name).name == found
    assert is_metric(name)


@pytest.mark.parametrize("name", ["uar:anger", "gait", "", "ccc_valence"])
def test_other_names_are_of_no_metric(name: str) -> None:
    assert not is_metric(name)


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('name="quiet_errors"', 'name="uar"', "declares the metric 'uar', which is one of the harness"),
        ('name="quiet_errors"', 'name="recall"', "declares the metric 'recall', which is one of the harness"),
        ('name="quiet_errors"', 'name="ccc:<class>"', "declares the metric 'ccc', which is one of the harness"),
        ('name="quiet_errors"', 'name="UAR"', "cannot be loaded .*a metric cannot be named 'UAR'"),
        ("compared=True", "compared=True, order=1", "puts the metric 'quiet_errors' among those of the harness"),
        ("compared=True", "compared=True, lead=1", "puts the metric 'quiet_errors' among those of the harness"),
        ("FAMILY = MetricFamily", "FAMILY = dict() or", "is not a MetricFamily with facts .found tuple"),
        ("MetricFamily((QUIET_ERRORS,)", "MetricFamily((QUIET_ERRORS, QUIET_ERRORS)", "declares one metric twice"),
        ("MetricFamily((QUIET_ERRORS,)", "MetricFamily(()", "is not a MetricFamily with facts"),
        ("MetricFamily((QUIET_ERRORS,)", "MetricFamily((1,)", "is not made of MetricFacts and a function"),
        ("MetricFamily((QUIET_ERRORS,), count)", "MetricFamily((QUIET_ERRORS,), 7)", "is not made of MetricFacts"),
        (
            'needs=("labels",)',
            'needs=("lables",)',
            "cannot be loaded .*needs is 'lables'; expected one of labels,",
        ),
        ('needs=("labels",)', 'needs="labels"', "cannot be loaded .*needs is 'l'; expected one of labels,"),
    ],
)
def test_a_family_that_is_none_or_takes_the_place_of_ours_is_refused(
    install: Install, old: str, new: str, problem: str
) -> None:
    assert METRIC.count(old) == 1
    install(OWN, own_metric=METRIC.replace(old, new))
    with pytest.raises(HarnessError, match=rf"the metric family 'quiet' of the package own-things 1\.2 {problem}"):
        families()


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("facts=QUIET_ERRORS", "facts=UAR", "counts 'uar', which its facts do not declare"),
        ("yield Tally(sums,", "yield Tally(sums[:0],", r"counts \(0, 3\) for 1 rows"),
        ("yield Tally(sums,", "yield Tally(sums * np.nan,", r"counts \(1, 3\) for 1 rows; expected finite sums"),
        ("lambda sums: sums[..., 2]", "lambda sums: sums[..., 3]", r"failed \(IndexError"),
        ("lambda sums: sums[..., 2]", "lambda sums: sums", r"'quiet_errors' turns sums .* not \[R\]"),
        ("[0, 1, 0], [1, 0, 0]", "[0, 1], [1, 0]", r"failed \(ValueError: operands could not be broadcast"),
        ("compared=True", "high=0.2", "the value of 'quiet_errors' is 0.25, outside the range from 0 to 0.2"),
        ("compared=True", "low=0.3", "the value of 'quiet_errors' is 0.25, outside the range from 0.3 to 1"),
        (
            "gradient=",
            "chance=lambda sums: 0 * sums[..., 0] - 2, gradient=",
            "the chance of 'quiet_errors' is -2, outside the range",
        ),
        ("mapping = samples", "1 / 0; mapping = samples", r"failed \(ZeroDivisionError: division by zero\)"),
    ],
)
def test_a_family_that_fails_or_counts_something_else_is_named(
    install: Install, old: str, new: str, problem: str
) -> None:
    code = METRIC.replace(old, new, 1)
    assert code != METRIC
    install(OWN, own_metric=f"from harness.metrics.categorical import UAR\n{code}")
    with pytest.raises(
        HarnessError, match=rf"the metric family 'quiet' of the package own-things 1\.2:? {problem}"
    ):
        values()
