"""What a plan chooses where nothing is said, and what it may not choose."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from harness.known_metrics import compared_metrics
from harness.measurement.choices import MeasureChoices

CONFIG = Path(__file__).parents[2] / "configs/run.yaml"


def test_where_nothing_is_chosen_it_is_what_the_config_says() -> None:
    written = yaml.safe_load(CONFIG.read_text(encoding="utf-8"))["measure"]
    chosen = MeasureChoices().model_dump()
    assert set(chosen) == set(written)
    assert written["gaps"] == "auto"
    assert chosen == {**written, "gaps": compared_metrics()}


@pytest.mark.parametrize(
    "choice",
    [
        {"resamples": 99},
        {"permutations": 100_001},
        {"level": 0.5},
        {"level": 1.0},
        {"min_subjects": 1},
        {"tolerance": 0.0},
        {"tolerances": {"uar": 0.0}},
        {"search_depth": 6},
        {"search_metric": "gait"},
        {"search_metric": "uar", "gaps": ["accuracy"]},
        {"search_metric": "ece"},
        {"min_above_chance": -0.1},
        {"min_above_chance": 1.0},
        {"search_depth": -1},
        {"gaps": ["gait"]},
        {"level": 0.999, "resamples": 100},
        {"resample": 1000},
    ],
    ids=str,
)
def test_what_cannot_be_measured_is_refused(choice: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        MeasureChoices(**choice)
