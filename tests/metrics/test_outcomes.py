from __future__ import annotations

import numpy as np
import pytest

from harness.metrics.outcomes import ABSTAINED, FAILED, SCORED, outcomes


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
