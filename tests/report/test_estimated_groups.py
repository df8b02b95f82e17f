from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from judgements import judged
from rows_in_short import sides

from harness.report.estimated_groups import estimate_errors
from harness.report.ranked_gaps import gaps
from harness.tables.results import Result, results_table

AXIS = {"axis": "tone_seen", "attributes": ("tone_seen",)}
COUNTS = {"n_samples": 90, "n_subjects": 9, "n_unscored": 0}


def gap(value: float, **columns: Any) -> Result:
    given = {"metric": "uar", "statistic": "difference", "lo": value - 0.03, "hi": value + 0.05}
    given |= sides("dark - light")
    return Result(dataset="d", model="m", value=value, **AXIS, **COUNTS, **{**given, **columns})


def about(metric: str, **columns: Any) -> Result:
    given = {"kind": "misclassification", "statistic": "index", "other_axis": "tone_said", "value": 0.0}
    given |= sides("all")
    return Result(dataset="d", model="m", metric=metric, **AXIS, **COUNTS, **{**given, **columns})


MEASURED = replace(gap(-0.1), threshold=0.05, judgement=judged("inconclusive"))


def test_the_corrected_gap_stands_beside_the_measured_one_and_turns_with_it() -> None:
    other = gap(-0.4, kind="misclassification", metric="accuracy")
    (found,) = gaps(results_table([MEASURED, gap(-0.2, kind="misclassification"), other]), "m")
    assert found.worse.name == "dark"
    assert found.corrected is not None
    assert (found.corrected.value, found.corrected.lo, found.corrected.hi) == pytest.approx((0.2, 0.15, 0.23))


def test_a_gap_that_is_not_corrected_or_not_defined_says_so() -> None:
    (alone,) = gaps(results_table([MEASURED]), "m")
    assert alone.corrected is None
    undefined = replace(gap(0.0, kind="misclassification", lo=None, hi=None), value=None)
    (found,) = gaps(results_table([MEASURED, undefined]), "m")
    assert found.corrected is not None
    assert (found.corrected.value, found.corrected.lo) == (None, None)


def test_agreement_and_the_reason_why_nothing_is_corrected_belong_to_the_axis() -> None:
    kappa = about("agreement", index="weighted_kappa", value=0.7, lo=0.6, hi=0.8)
    amplified = about("error_amplification", index="condition_number", value=12.0, note="mixed up")
    found = estimate_errors(results_table([kappa, amplified]), "m")["tone_seen"]
    assert [(name, row["value"]) for name, row in found.figures] == [("kappa (quadratic weights)", 0.7)]
    assert (found.reference, found.num_subjects) == ("tone said", 9)
    assert (found.amplification, found.why_not) == (12.0, "mixed up")
    level = replace(gap(0.5, kind="misclassification", statistic="level"), versus=None, versus_values=None)
    corrected = estimate_errors(results_table([kappa, amplified, level]), "m")["tone_seen"]
    assert corrected.why_not is None
