from __future__ import annotations

import pytest

from harness.tables.condition_names import family_and_severity, ungraded_families


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


def test_numbers_that_are_kinds_are_no_severities() -> None:
    planned = [
        {"name": "clean", "severity": None},
        {"name": "face/skin_tone@3", "graded": False},
        {"name": "face/skin_tone@9", "graded": False},
        {"name": "voice/gain@2"},
    ]
    assert ungraded_families(planned) == ("face/skin_tone",)
    assert family_and_severity("face/skin_tone@3", ["face/skin_tone"]) == ("face/skin_tone@3", None)
    assert family_and_severity("voice/gain@2", ["face/skin_tone"]) == ("voice/gain", 2.0)
