from __future__ import annotations

from harness.conformity.known_standards import known_standards


def test_a_standard_is_found_by_its_number_with_or_without_an_edition() -> None:
    known = known_standards()
    stage = "published 2022, under revision since October 2025, as of 2026-11-27"
    assert known.stage_of("ISO/IEC TS 4213") == stage
    assert known.stage_of("ISO/IEC TS 4213:2022") == stage
    assert known.stage_of("ISO/IEC TS 42130") is None
    assert known.stage_of("ISO/IEC 19795-10:2024") == "published 2024, as of 2026-11-27"


def test_names_are_unique() -> None:
    names = [each.name for each in known_standards().standards]
    assert len(set(names)) == len(names)
