from __future__ import annotations

import pytest

from harness.checks.split_names import part_of


@pytest.mark.parametrize(
    "name", ["train", "Train", "TRAINING", "train_set", "training data", "train2", " trainsplit "]
)
def test_names_of_the_training_part(name: str) -> None:
    assert part_of(name) == "training"


@pytest.mark.parametrize(
    "name", ["test", "Test", "dev", "devel", "validation", "val", "held-out", "test_1", "Eval"]
)
def test_names_of_held_out_parts(name: str) -> None:
    assert part_of(name) == "held out"


@pytest.mark.parametrize("name", ["fold1", "A", "3", "constrained", "strain", "", "untrained"])
def test_names_that_do_not_say(name: str) -> None:
    assert part_of(name) is None
