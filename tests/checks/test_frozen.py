"""Whether the system stayed the same, from its files and its answers at the end."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from harness.checks.checked_system import CheckedSystem
from harness.checks.frozen import frozen
from harness.evidence.system_files import SystemFiles
from harness.tables.answers_table import ANSWERS
from harness.tables.predictions import predictions_table
from harness.tables.probe_tables import PROBES, unasked
from harness.tables.results import Result

MakeSystem = Callable[..., CheckedSystem]
SAME = SystemFiles(weights_before={"net.onnx": "a" * 64}, weights_after={"net.onnx": "a" * 64})
OTHER = SystemFiles(
    weights_before={"gone.bin": "b" * 64, "net.onnx": "a" * 64},
    weights_after={"net.onnx": "c" * 64, "new.bin": "d" * 64},
)
REMEDY = "Remedy: switch off whatever learns or is updated, or name a version, and run again."
VARIANTS = {"alone": "batch_invariance", "together": "batch_invariance", "again": "determinism"}


@pytest.fixture
def system(make_system: MakeSystem) -> CheckedSystem:
    label = ["a", "b"] * 60
    return make_system(np.repeat(np.arange(20), 6).tolist(), label, label)


def asked(system: CheckedSystem, num: int = 10, **differences: Mapping[int, float | str]) -> CheckedSystem:
    """Asked again, with these differences by the row of the sample, 0 elsewhere; or why there is no answer."""
    rows: list[dict[str, Any]] = []
    for variant, probe in VARIANTS.items():
        for row in range(num):
            found = differences.get(variant, {}).get(row, 0.0)
            outcome = {"outcome": "failed", "reason": found} if isinstance(found, str) else {"outcome": "scored"}
            difference = None if isinstance(found, str) else found
            rows.append(
                {"sample_id": f"s{row:06d}", "probe": probe, "variant": variant, "max_difference": difference}
                | outcome
            )
    return replace(system, probes=pa.Table.from_pylist(rows, schema=PROBES))


def one_by_one(system: CheckedSystem) -> CheckedSystem:
    return replace(system, answers=ANSWERS.empty_table())


def found_of(system: CheckedSystem) -> Result:
    (found,) = frozen(system)
    assert found.metric == "frozen"
    return found


def test_the_same_files_and_answers_are_one_system(system: CheckedSystem) -> None:
    found = found_of(replace(asked(system, alone={3: 9e-6}), files=SAME))
    assert (found.verdict, found.value, found.threshold) == ("met", 9e-6, 1e-5)
    assert (found.n_samples, found.n_subjects) == (10, 2)
    assert found.reason == (
        "Its files (1) have the same hashes before and after. 10 samples, asked again at the end, got the answers "
        "of the study within 1e-05."
    )
    assert (found_of(asked(system)).reason or "").startswith("10 samples, asked again at the end, got the answers")


@pytest.mark.parametrize(
    ("changes", "stated"),
    [
        ("frozen", "although its card says that it is frozen"),
        ("predetermined", "and its card says that it changes as was determined before"),
        ("continuous", "as its card says: it keeps learning"),
        (None, "and its card does not say whether it does so in use"),
    ],
)
def test_other_files_are_another_system_whatever_it_answers(
    system: CheckedSystem, changes: str | None, stated: str
) -> None:
    card = system.card.model_copy(update={"changes": changes})
    found = found_of(replace(asked(system), files=OTHER, card=card))
    assert found.verdict == "not_met"
    assert found.reason == (
        f"The system changed while it was measured, {stated}. Its files differ before and after the run: "
        f"gone.bin, net.onnx and new.bin. The figures are of no single system. {REMEDY}"
    )


def test_other_answers_at_the_end_are_those_of_another_system(system: CheckedSystem) -> None:
    moved = dict.fromkeys((1, 4, 5, 8), 0.2)
    found = found_of(replace(asked(system, alone=moved, together=moved), files=SAME))
    assert (found.verdict, found.value, found.n_samples) == ("not_met", 0.2, 10)
    assert found.reason == (
        "The system changed while it was measured, and its card does not say whether it does so in use. 4 of 10 "
        "samples, asked again at the end, got other answers than in the study, such as row 1, 4 and 2 more of "
        f"samples.parquet. The figures are of no single system. {REMEDY}"
    )


def test_a_medium_that_is_declined_at_the_end_is_another_answer_and_a_timeout_is_none(
    system: CheckedSystem,
) -> None:
    refused = {3: "refused"}
    assert found_of(asked(system, alone=refused, together=refused)).verdict == "not_met"
    late = dict.fromkeys(range(3), "timeout")
    found = found_of(asked(system, alone=late, together=late))
    assert (found.verdict, found.n_samples) == ("met", 7)
    only_in_batches = found_of(asked(system, alone=dict.fromkeys(range(10), "timeout")))
    assert (only_in_batches.verdict, only_in_batches.n_samples) == ("met", 10)


@pytest.mark.parametrize("changes", [{"alone": {2: 0.2}}, {"alone": {2: 0.2}, "together": {2: np.inf}}])
def test_an_effect_of_the_batch_is_no_change(system: CheckedSystem, changes: dict[str, Any]) -> None:
    found = found_of(asked(system, **changes))
    assert found.verdict == "inconclusive"
    assert "What else is in the batch decides, too (batch_invariance)" in (found.reason or "")


def test_answers_that_vary_anyway_cannot_show_a_change(system: CheckedSystem) -> None:
    moved = dict.fromkeys(range(10), 0.2)
    varying = asked(system, alone=moved, together=moved, again=dict.fromkeys(range(10), 0.1))
    found = found_of(varying)
    assert (found.verdict, "does not answer the same either" in (found.reason or "")) == ("inconclusive", True)


@pytest.mark.parametrize(("num", "verdict"), [(4, "inconclusive"), (5, "not_met")])
def test_one_that_moves_with_every_request_is_further_from_the_study(
    system: CheckedSystem, num: int, verdict: str
) -> None:
    """All of four are further by chance in 1 of 16, all of five in 1 of 32."""
    moved, again = dict.fromkeys(range(num), 0.3), dict.fromkeys(range(num), 0.1)
    found = found_of(one_by_one(asked(system, num, alone=moved, together=moved, again=again)))
    assert found.verdict == verdict
    assert ("by more than two answers at the end differ from each other" in (found.reason or "")) == (num == 5)


def test_one_that_draws_its_answers_is_seldom_said_to_change(system: CheckedSystem) -> None:
    """One-sided at 5 %; with 20 samples the sign test reaches 2.1 %: at most 12 of 300, but for 1 in 100."""
    rng = np.random.default_rng(5)
    verdicts = []
    for _ in range(300):
        study, alone, together, again = rng.normal(size=(4, 20))
        columns = {"alone": abs(alone - study), "together": abs(together - study), "again": abs(again - together)}
        differences = {name: dict(enumerate(column.tolist())) for name, column in columns.items()}
        verdicts.append(found_of(one_by_one(asked(system, 20, **differences))).verdict)
    assert set(verdicts) <= {"inconclusive", "not_met"}
    assert verdicts.count("not_met") <= 12


def times_of(system: CheckedSystem, *labels: Sequence[str]) -> CheckedSystem:
    names = system.samples["sample_id"].to_pylist()
    times = [
        predictions_table(
            model="toy",
            labels=["a", "b"],
            sample_id=names,
            outcome=["scored"] * len(names),
            reason=[None] * len(names),
            label=of_time,
        )
        for of_time in labels
    ]
    return replace(system, times=times, probes=unasked("paid"))


def test_repeats_of_the_study_say_it_at_no_further_cost(system: CheckedSystem) -> None:
    own = ["a", "b"] * 60
    found = found_of(times_of(system, own, own))
    assert (found.verdict, found.value, found.n_samples, found.n_subjects) == ("met", 0.0, 120, 20)
    assert found.reason == "120 samples, asked 2 times one after another, got the same answers within 1e-05."
    found = found_of(times_of(system, own, ["b", *own[1:]]))
    assert (found.verdict, found.value) == ("inconclusive", 1.0)


def test_a_system_that_was_not_asked_again_is_not_tested(system: CheckedSystem) -> None:
    assert found_of(system).verdict == "not_tested"
    assert "its answers were given before" in (found_of(system).reason or "")
    paid = found_of(replace(system, probes=unasked("paid")))
    assert (paid.verdict, "checks.ask_paid=true" in (paid.reason or "")) == ("not_tested", True)
    found = found_of(replace(system, files=SAME))
    assert (found.verdict, "whether its answers stayed the same" in (found.reason or "")) == ("inconclusive", True)
