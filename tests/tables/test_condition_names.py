from __future__ import annotations

import pytest

from harness.tables.condition_names import family_and_severity


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("voice/gain@2", ("voice/gain", 2.0)),
        ("voice/noise@0", ("voice/noise", 0.0)),
        ("face/grey", ("face/grey", None)),
        ("clean", ("clean", None)),
        ("face/grey+voice/gain@2", ("face/grey+voice/gain@2", None)),
        ("voice/gain@2+face/grey", ("voice/gain@2+face/grey", None)),
        ("voice/noise@loud", ("voice/noise@loud", None)),
        ("voice/noise@inf", ("voice/noise@inf", None)),
        ("voice/noise@nan", ("voice/noise@nan", None)),
    ],
)
def test_a_joined_condition_has_no_severity_of_its_own(name: str, found: tuple[str, float | None]) -> None:
    assert family_and_severity(name) == found
