"""What a stored plan says of measuring."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from harness.attributes.grouping import Grouping
from harness.config import MeasureChoices
from harness.errors import HarnessError
from harness.planned import measure_settings

PATH = Path("run/plan.yaml")


def plan(**changes: Any) -> dict[str, Any]:
    return {
        "seed": 7,
        "model": {"name": "voice"},
        "labels": {"merge": {"calm": "neutral"}, "only": None},
        "attributes": Grouping(axes=("sex", "sex*age")).plain(),
        "measure": {**MeasureChoices(level=0.9, gaps=["uar"]).model_dump(mode="json"), "metrics": ["uar"]},
        **changes,
    }


def test_choices_are_read_back_as_they_were_made() -> None:
    settings = measure_settings(plan(), PATH)
    assert (settings.seed, settings.system, settings.level) == (7, "voice", 0.9)
    assert list(settings.gaps) == ["uar"]
    assert settings.merge == {"calm": "neutral"}
    assert settings.grouping.axes == ("sex", "sex*age")


@pytest.mark.parametrize(
    "change",
    [
        {"measure": {**plan()["measure"], "permutations": 10**9}},
        {"measure": {**plan()["measure"], "level": "high"}},
        {"measure": None},
        {"labels": {"merge": ["calm"]}},
        {"attributes": {}},
        {"seed": "seven"},
    ],
)
def test_a_plan_from_elsewhere_is_held_to_the_bounds_of_a_config(change: dict[str, Any]) -> None:
    with pytest.raises(HarnessError, match=r"run/plan\.yaml: not a plan that this version"):
        measure_settings(plan(**change), PATH)
