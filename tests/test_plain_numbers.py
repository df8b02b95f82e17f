"""Numbers of configs and cards are numbers, wherever they stand."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import pytest
from pydantic import BeforeValidator, Field, ValidationError

from harness.cards.facts import validation_problems
from harness.cards.registry import BUILT_IN, find
from harness.measurement.choices import MeasureChoices
from harness.plain_numbers import PlainNumbers
from harness.study.config import ProtocolChoices, StudyConfig


class Choice(PlainNumbers):
    size: Annotated[int, Field(ge=1)] | Literal["auto"] = 1
    share: float | None = None
    edges: tuple[float, float] = (0.0, 1.0)
    limits: dict[str, dict[str, float]] = Field(default={})
    on: bool | int = False
    anything: Any = None
    own: Annotated[int, BeforeValidator(lambda given: given)] = 0


@pytest.mark.parametrize(
    ("key", "value", "problem"),
    [
        ("size", True, "size: expected a whole number, not true or false (found True)"),
        ("share", False, "share: expected a number, not true or false (found False)"),
        ("edges", [True, 2], "edges: expected a number, not true or false (found [True, 2])"),
        ("limits", {"a": {"b": True}}, "limits: expected a number, not true or false"),
    ],
)
def test_true_is_no_number(key: str, value: object, problem: str) -> None:
    with pytest.raises(ValidationError) as raised:
        Choice.model_validate({key: value})
    assert validation_problems(raised.value) == problem


def test_what_may_be_true_is_taken_as_it_is() -> None:
    made = Choice.model_validate({"on": True, "anything": True, "size": "auto", "share": 1, "own": True})
    assert (made.on, made.anything, made.size, made.share) == (True, True, "auto", 1.0)


@pytest.mark.parametrize(
    "given",
    [{"seed": True}, {"workers": False}, {"batch_size": True}, {"timeout_s": True}, {"power": {"rate": True}}],
)
def test_a_study_has_no_such_numbers(given: dict[str, object]) -> None:
    chosen = {"dataset": {"name": "table"}, "model": {"name": "majority"}}
    with pytest.raises(ValidationError, match=r"expected a (whole )?number, not true"):
        StudyConfig.model_validate(chosen | given)
    with pytest.raises(ValidationError, match="expected a whole number"):
        MeasureChoices.model_validate({"resamples": True})
    with pytest.raises(ValidationError, match="a number of folds from 2"):
        ProtocolChoices.model_validate({"folds": True})


@pytest.mark.parametrize("kind", ["readers", "models"])
def test_no_option_of_a_reader_or_a_system_takes_true_for_a_number(kind: Literal["readers", "models"]) -> None:
    taken = []
    for name in BUILT_IN[kind]:
        options = find(kind, name).Options
        for key, field in options.model_fields.items():
            if field.annotation in (int, float, int | None, float | None):
                with pytest.raises(ValidationError) as raised:
                    options.model_validate({key: True})
                found = [error for error in raised.value.errors() if error["loc"] == (key,)]
                taken += [] if found else [f"{name}.{key}"]
    assert taken == []
