"""Messages about values name the key and what is expected, in no library's words."""

from __future__ import annotations

import re
from typing import Any

import pytest

from harness.errors import HarnessError
from harness.study.compose import compose_choices


@pytest.mark.parametrize(
    ("choices", "message"),
    [
        ({"seed": "x"}, "seed: expected a whole number (found 'x')"),
        ({"seed": 1.5}, "seed: expected a whole number (found 1.5)"),
        ({"seed": -1}, "seed: expected at least 0 (found -1)"),
        ({"limit": 0}, "limit: expected at least 1 (found 0)"),
        ({"precision": "float8"}, "precision: expected 'float32', 'bfloat16' or 'float16' (found 'float8')"),
        ({"baselines": 5}, "baselines: expected 'auto' or a list, such as [a, b] (found 5)"),
        ({"out": [1]}, "out: expected a path (found [1])"),
        ({"measure": {"level": 2}}, "measure.level: expected less than 1 (found 2)"),
        ({"measure": {"tolerance": "abc"}}, "measure.tolerance: expected a number (found 'abc')"),
        ({"labels": {"merge": ["a"]}}, "labels.merge: expected keys with values, such as {a: b} (found ['a'])"),
        ({"attributes": {"axes": 5}}, "attributes.axes: expected a list, such as [a, b] (found 5)"),
        ({"tracking": {"enabled": "maybe"}}, "tracking.enabled: expected true or false (found 'maybe')"),
        (
            {"attributes": {"sources": {"sex": "me"}}},
            "attributes.sources.sex: expected 'self_report', 'observer',",
        ),
    ],
)
def test_a_choice_that_is_none_is_told_with_what_is_expected(choices: dict[str, Any], message: str) -> None:
    with pytest.raises(HarnessError, match=re.escape(message)) as caught:
        compose_choices("table", "majority", choices)
    noise = r"Input should|pydantic|omegaconf|hydra|<class|literal\[|list\[|valid (integer|number|list|tuple)"
    assert not re.search(noise, str(caught.value), re.IGNORECASE)
