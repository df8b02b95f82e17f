"""The right defect is named in devices whose defect is known, and none in the clean one."""

from __future__ import annotations

import numpy as np
import pytest

from harness.practice_tests.wearables.constructed_devices import DEFECTS, constructed
from harness.practice_tests.wearables.score_questions import score_rows
from harness.practice_tests.wearables.wearables_options import Limits, SimulatedDevice
from harness.tables.results import Result


def rows_of(device: str, people: int = 40, seed: int = 3) -> dict[tuple[str, str], Result]:
    scores = constructed(device, people, seed)
    rows = score_rows(scores, None, Limits(), alarms={}, align_s=60.0, least=5, level=0.95)
    return {(row.metric, row.group): row for row in rows}


def test_every_device_can_be_chosen() -> None:
    assert set(SimulatedDevice.__args__) == set(DEFECTS)  # type: ignore[attr-defined]


@pytest.mark.parametrize("device", DEFECTS)
def test_the_right_defects_and_no_others(device: str) -> None:
    faults = {row.metric for row in rows_of(device).values() if row.verdict == "not_met"}
    assert faults == DEFECTS[device]


def test_the_true_figures_lie_in_the_intervals() -> None:
    """80 % of the scores in movement, and 3 % of all others, were taken away."""
    blind = rows_of("blind_when_moving", 100)
    for group, share in (("rest", 0.97), ("moving", 0.2 * 0.97)):
        row = blind["availability", group]
        assert row.lo is not None
        assert row.hi is not None
        assert row.lo <= share <= row.hi
    reversed_for = rows_of("reversed_for_some", 80)["people_with_relation:reversed", "all"]
    assert reversed_for.value is not None
    assert 0.17 < reversed_for.value <= 0.25  # a quarter; of some it cannot be shown
    assert rows_of("reversed_for_some", 80)["people_with_relation:positive", "all"].value == pytest.approx(
        0, abs=0.03
    )


def test_reports_of_others_are_a_control() -> None:
    row = rows_of("clean")["within_person:report_of_others", "all"]
    assert row.value is not None
    assert abs(row.value) < 0.08
    assert np.isclose(rows_of("clean")["explained", "all"].value or 0, 0.65, atol=0.1)
