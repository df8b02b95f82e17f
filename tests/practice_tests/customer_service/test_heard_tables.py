"""Calls come back from what was observed as they were, roles among them."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from harness.practice_tests.customer_service.calls import Answers, Calls
from harness.practice_tests.customer_service.heard_tables import heard_again, observed_calls
from harness.practice_tests.customer_service.voice_study import Heard
from harness.practice_tests.packs.practice_identity import observed_anonymity


@pytest.mark.parametrize("role_n", [None, np.array(["agent", None, "customer"], object)])
def test_calls_come_back_and_roles_tell_people_apart(role_n: np.ndarray | None) -> None:
    flags_n = np.array([True, False, True])
    calls = Calls(
        dataset="made",
        model="system",
        subject_n=np.array([0, 1, 1]),
        class_n=np.array([2, 0, 1]),
        negative_n=flags_n,
        calm_n=~flags_n,
        answers={"clean": Answers(flags_n, ~flags_n, flags_n, flags_n)},
        role_n=role_n,
    )
    observed = observed_calls(Heard(calls, None, pa.table({"value": [0.5]}), ["Ann", "Bob"]))
    again = heard_again(observed)
    assert again.people is None
    for name in ("subject_n", "class_n", "negative_n", "calm_n"):
        assert getattr(again.calls, name).tolist() == getattr(calls, name).tolist()
    assert [vars(of)["negative_n"].tolist() for of in again.calls.answers.values()] == [
        calls.answers["clean"].negative_n.tolist()
    ]
    found = None if again.calls.role_n is None else again.calls.role_n.tolist()
    assert found == (None if role_n is None else role_n.tolist())
    assert observed_anonymity(observed).attributes == ([] if role_n is None else ["role"])
