"""What of a study cannot be put together is named before anything is predicted."""

from __future__ import annotations

import pytest

from harness.errors import HarnessError
from harness.models.model import RunSettings
from harness.study.assembly import open_model
from harness.study.fitting import require_names_apart, require_repeats


def test_a_system_with_the_name_of_a_baseline_is_refused() -> None:
    majority, random = (open_model(name, {}, RunSettings()) for name in ("majority", "stratified_random"))
    require_names_apart(majority, [random])
    with pytest.raises(
        HarnessError, match="The system is called 'majority', which is the name of one of its basel"
    ):
        require_names_apart(majority, [random, majority])


@pytest.mark.parametrize("name", ["majority", "voice_functionals_svm"])
def test_only_a_system_whose_answers_vary_is_asked_several_times(name: str) -> None:
    system = open_model(name, {}, RunSettings())
    require_repeats(1, system)
    with pytest.raises(HarnessError, match=f"repeats=2, but model {name} .*its answers do not vary"):
        require_repeats(2, system)
