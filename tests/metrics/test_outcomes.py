from __future__ import annotations

import numpy as np
import pytest

from harness.metrics.outcomes import ABSTAINED, FAILED, SCORED, outcomes, with_reasons


def test_every_outcome_is_a_share_of_all_samples() -> None:
    subject = np.array([0, 0, 0, 1, 1])
    outcome = np.array([SCORED, FAILED, FAILED, ABSTAINED, SCORED])
    reason = np.array([-1, 1, -1, 0, -1])
    tally = outcomes(subject, outcome, reason, num_rows=3, reasons=("abstained:unsure", "failed:no_face"))
    total = tally.sums.sum(0)
    found = {metric.name: float(metric.value(total)) for metric in tally.metrics}
    assert found == pytest.approx(
        {
            "coverage": 2 / 5,
            "abstained": 1 / 5,
            "failed": 2 / 5,
            "abstained:unsure": 1 / 5,
            "failed:no_face": 1 / 5,
        }
    )
    per_row = {metric.name: metric.value(tally.sums).tolist() for metric in tally.metrics}
    assert per_row["failed"][:2] == pytest.approx([2 / 3, 0])
    assert np.isnan(per_row["coverage"][2])
    assert tally.metrics[0].num_unscored(tally.sums).tolist() == [2, 1, 0]


def test_reasons_that_were_not_counted_have_no_samples() -> None:
    outcome, reason = np.array([SCORED, FAILED, FAILED, ABSTAINED]), np.array([-1, 1, 1, 0])
    tally = outcomes(np.zeros(4, int), outcome, reason, num_rows=1, reasons=("abstained:unsure", "failed:no_face"))
    found = with_reasons(tally, ("failed:no_face", "failed:timeout"))
    assert {metric.name: float(metric.value(found.sums[0])) for metric in found.metrics} == pytest.approx(
        {"coverage": 1 / 4, "abstained": 1 / 4, "failed": 2 / 4, "failed:no_face": 2 / 4, "failed:timeout": 0.0}
    )
