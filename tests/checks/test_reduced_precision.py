"""What the stored answers in single precision say of a study in another."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from harness.checks.checked_system import CheckedSystem
from harness.checks.reduced_precision import reduced_precision
from harness.tables.probe_tables import AS_GIVEN, FLOAT32, PROBES, REDUCED_PRECISION
from harness.tables.results import Result


@pytest.fixture
def system(make_system: Callable[..., CheckedSystem]) -> CheckedSystem:
    label = ["a", "b"] * 60
    return make_system(np.repeat(np.arange(20), 6).tolist(), label, label)


def found(system: CheckedSystem, exact: list[tuple[str | None, float | None]]) -> Result:
    """The finding on samples that were all answered ``a``: what each gets in float32, and how far it is off."""
    rows: list[dict[str, Any]] = []
    for i, (label, difference) in enumerate(exact):
        named = {"sample_id": f"s{i:06d}", "probe": REDUCED_PRECISION}
        outcome = "failed" if difference is None else "scored"
        rows += [
            {**named, "variant": AS_GIVEN, "outcome": "scored", "label": "a", "max_difference": 0.0},
            {**named, "variant": FLOAT32, "outcome": outcome, "label": label, "max_difference": difference},
        ]
    (finding,) = reduced_precision(replace(system, probes=pa.Table.from_pylist(rows[::-1], schema=PROBES)))
    return finding


def test_a_study_in_single_precision_has_no_finding(system: CheckedSystem) -> None:
    assert reduced_precision(system) == []
    assert reduced_precision(replace(system, probes=PROBES.empty_table())) == []


def test_the_same_labels_and_scores_nearby_pass(system: CheckedSystem) -> None:
    finding = found(system, [("a", 0.01)] * 63 + [("a", 0.05)])
    assert (finding.verdict, finding.value, finding.threshold) == ("met", 0.05, 0.05)
    assert (finding.n_samples, finding.n_subjects) == (64, 11)
    assert "Up to 4.6% of all samples may still get others." in (finding.reason or "")


def test_another_label_is_found_and_counted(system: CheckedSystem) -> None:
    finding = found(system, [("a", 0.01), ("b", 0.002), ("a", 0.0), ("b", 0.003)])
    assert (finding.verdict, finding.value) == ("not_met", 0.01)
    assert "2 samples of 4 (50 %), computed again in float32, got another label." in (finding.reason or "")
    assert "row 1 and 3 of samples.parquet" in (finding.reason or "")


def test_scores_far_apart_are_found_without_another_label(system: CheckedSystem) -> None:
    finding = found(system, [("a", 0.01), ("a", 0.06)])
    assert finding.verdict == "not_met"
    assert "0 samples of 2 (0 %)" in (finding.reason or "")
    assert "up to 0.06 apart, such as row 1 of" in (finding.reason or "")


def test_an_answer_in_one_of_the_two_only_is_found(system: CheckedSystem) -> None:
    finding = found(system, [("a", 0.01), (None, None)])
    assert (finding.verdict, finding.value) == ("not_met", float("inf"))
    assert "Some have an answer in one only" in (finding.reason or "")
