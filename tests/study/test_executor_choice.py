"""Where batches are computed decides nothing of the plan, and on which device is decided where they are."""

from __future__ import annotations

import pytest
from silent import Silent

from harness.errors import HarnessError
from harness.study.compose import compose_choices, compose_study
from harness.study.prepared_study import open_study, prepare

STUDY = ["dataset=simulated_wearables", "dataset.subjects=4", "model=wearable_stress"]
FACES = ["dataset=simulated_faces", "model=fer_mini_xception", "executor=ray"]


def test_the_plan_does_not_say_where() -> None:
    plans = []
    for chosen in ([], ["executor=ray", "executor.actors=3", "executor.threads=2"]):
        config = compose_study([*STUDY, *chosen])
        plans.append(prepare(config, *open_study(config), Silent()).plan)
    assert plans[0] == plans[1]
    assert "executor" not in plans[0]


@pytest.mark.parametrize(
    ("chosen", "device"),
    [
        (["executor.num_gpus=1"], "cuda"),
        (["executor.num_gpus=0.5", "device=cuda"], "cuda"),
        (["executor.num_gpus=1", "device=cpu"], "cpu"),
        ([], "cpu"),
    ],
)
def test_the_device_is_that_of_the_actors(chosen: list[str], device: str) -> None:
    _, system = open_study(compose_study([*FACES, *chosen]))
    assert system.settings.device == device


def test_a_gpu_that_is_not_reserved_is_named() -> None:
    with pytest.raises(HarnessError, match=r"Add executor\.num_gpus=1"):
        open_study(compose_study([*FACES, "device=cuda"]))


def test_a_name_stands_for_an_executor_with_its_defaults() -> None:
    config = compose_choices("simulated_wearables", "wearable_stress", {"executor": "ray"})
    assert (config.executor.name, config.executor.options) == ("ray", {})


def test_options_that_an_executor_does_not_have_are_refused() -> None:
    config = compose_choices("simulated_wearables", "wearable_stress", {"executor": {"actors": 2}})
    with pytest.raises(HarnessError, match="executor local: actors"):
        open_study(config)
