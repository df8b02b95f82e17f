from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow.compute as pc
import pytest

from harness.errors import HarnessError
from harness.review import reviewed
from harness.review.judgements import Judged, Reviewer
from harness.review.review_document import Case, ReviewDocument
from harness.review.reviewed import label_of, review_results
from harness.statistics.finite_population import count_limits

STRATA = [
    {"status": "selected", "group": "f", "num_cases": 10, "num_drawn": 4},
    {"status": "selected", "group": "m", "num_cases": 20, "num_drawn": 4},
    {"status": "not_selected", "group": "f", "num_cases": 100, "num_drawn": 4},
    {"status": "no_answer", "group": "m", "num_cases": 40, "num_drawn": 4},
]
BLIND = ["anger"] * 3 + ["calm"] + ["anger"] * 2 + ["calm"] * 2 + ["anger"] + ["calm"] * 3 + ["calm"] * 4
ANSWERS = ["anger"] * 8 + ["calm"] * 4 + [None] * 4


def document() -> ReviewDocument:
    cases = [
        Case(row=n, stratum=n // 4, subject=n % 8, answer=ANSWERS[n], score=None, truth="calm") for n in range(16)
    ]
    facts = {"run_sha256": "0" * 64, "dataset": "d", "system": "s", "labels": ["anger", "calm", "fear"]}
    rules = [{"label": "anger", "least": None}]
    return ReviewDocument.model_validate(
        {"schema": 1, **facts, "rules": rules, "by": "sex", "seed": 0, "strata": STRATA, "cases": cases}
    )


def reviewer(name: str, blind: Sequence[str], after: Mapping[int, str] | None = None) -> Reviewer:
    changed = after or {}
    judged = {
        number: Judged(case=number, blind=label, after=changed.get(number, label))
        for number, label in enumerate(blind, start=1)
    }
    return Reviewer(name, judged)


def rows(*reviewers: Reviewer) -> dict[tuple[str, str], dict[str, Any]]:
    found = review_results(document(), reviewers, level=0.95)
    return {(row["metric"], row["group"]): row for row in found.to_pylist()}


def test_cases_stand_for_those_of_their_stratum() -> None:
    found = rows(reviewer("A", BLIND))
    assert found["missed_cases", "all"]["value"] == 100 / 4  # 1 of 4 of 100, none of 4 of 40
    assert found["missed_share", "all"]["value"] == pytest.approx(25 / 140)
    assert found["selected_right", "all"]["value"] == pytest.approx((10 * 3 / 4 + 20 * 2 / 4) / 30)
    assert found["found_share", "all"]["value"] == pytest.approx(17.5 / (17.5 + 25))
    assert found["positive_share", "all"]["value"] == pytest.approx((17.5 + 25) / 170)
    assert found["same_label", "all"]["value"] == pytest.approx((7.5 + 10 + 75 + 0) / 170)
    lo, hi = count_limits(np.array([1, 0]), np.array([4, 4]), np.array([100, 40]), 0.95)
    missed = found["missed_cases", "all"]
    assert missed["lo"] == pytest.approx(25 - np.hypot(25 - lo[0], 0 - lo[1]))
    assert missed["hi"] == pytest.approx(25 + np.hypot(hi[0] - 25, hi[1] - 0))
    assert (missed["n_samples"], missed["n_subjects"], missed["n_unscored"]) == (16, 8, 0)


def test_every_group_has_its_own_rows() -> None:
    found = rows(reviewer("A", BLIND))
    assert found["missed_cases", "f"]["value"] == 25.0
    assert found["missed_cases", "m"]["value"] == 0.0
    assert found["found_share", "m"]["value"] == 1.0
    assert (found["missed_cases", "f"]["axis"], found["missed_cases", "f"]["n_samples"]) == ("sex", 8)


def test_a_case_that_nobody_can_tell_counts_as_not_drawn() -> None:
    blind = [*BLIND[:8], "(cannot tell)", *BLIND[9:]]
    found = rows(reviewer("A", blind))["missed_cases", "f"]
    assert (found["value"], found["n_samples"], found["n_unscored"]) == (0.0, 7, 1)


def test_changes_of_mind_are_told_by_direction() -> None:
    """Of 12 cases with an answer 5 differ from it; two go over to it, one of them where it is wrong."""
    found = rows(reviewer("A", BLIND, {4: "anger", 9: "calm", 1: "fear"}))
    assert found["changed_mind", "all"]["value"] == pytest.approx(3 / 12)
    assert found["followed", "all"]["value"] == pytest.approx(2 / 4)
    assert found["followed_wrong", "all"]["value"] == pytest.approx(1 / 3)
    assert found["followed", "m"]["n_samples"] == 2
    assert found["followed", "all"]["lo"] < 0.5 < found["followed", "all"]["hi"]


def test_several_reviewers_decide_by_majority_and_each_has_rows() -> None:
    other = ["calm", *BLIND[1:]]
    found = rows(reviewer("A", BLIND), reviewer("B", BLIND), reviewer("C", other, {4: "anger"}))
    assert found["selected_right", "f"]["value"] == pytest.approx(3 / 4)
    assert found["followed", "A"]["value"] == 0.0
    assert found["followed", "C"]["axis"] == "reviewer"
    assert found["followed", "C"]["value"] == pytest.approx(1 / 5)
    assert 0.8 < found["reviewers_alpha", "all"]["value"] < 1.0


def test_a_tie_is_no_judgement() -> None:
    assert label_of(["anger", "calm"]) is None
    assert label_of(["anger", "calm", "anger"]) == "anger"
    assert label_of(["(cannot tell)", "calm"]) == "calm"
    assert label_of(["(cannot tell)"]) is None


def test_no_verdict_is_given() -> None:
    table = review_results(document(), [reviewer("A", BLIND)], level=0.9)
    assert table["verdict"].null_count == table.num_rows
    assert pc.unique(table["kind"]).to_pylist() == ["review"]


def test_agreement_that_needs_too_much_memory_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reviewed, "MAX_COINCIDENCES", 16 * 2**2 - 1)
    with pytest.raises(HarnessError, match="16 cases with 2 labels needs too much memory"):
        rows(reviewer("A", BLIND), reviewer("B", BLIND))
