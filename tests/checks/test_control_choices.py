from __future__ import annotations

import pytest
from pydantic import ValidationError

from harness.checks.control_choices import NegativeControl, require_columns
from harness.errors import HarnessError
from harness.tables.samples import samples_table

SAMPLES = samples_table(
    [
        {
            "sample_id": "s0",
            "modality": "voice",
            "subject_id": "p0",
            "label": "anger",
            "label_source": "acted",
            "ctx.sentence": "a",
            "attr.sex": "female",
        }
    ]
)


def test_it_is_off_unless_something_is_named() -> None:
    assert NegativeControl().num == 0


def test_a_column_is_named_once_and_is_one_of_the_context() -> None:
    control = NegativeControl(labels_of_others=("ctx.a", "ctx.a"), outcomes=("start_s",))
    assert (control.labels_of_others, control.num) == (("ctx.a",), 2)
    with pytest.raises(
        ValidationError, match=r"'attr\.sex' is no column of the context: expected ctx\.… or start_s"
    ):
        NegativeControl(outcomes=("attr.sex",))


def test_a_column_that_is_not_there_is_told_with_what_is() -> None:
    require_columns(SAMPLES, ["ctx.sentence", "start_s"], "checks.negative_control")
    message = (
        r"^checks\.x: the samples have no column 'ctx\.sentense'; there are start_s and ctx\.sentence\. Did you"
    )
    with pytest.raises(HarnessError, match=message):
        require_columns(SAMPLES, ["ctx.sentense"], "checks.x")
