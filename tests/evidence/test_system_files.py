from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from harness.evidence.system_files import MAX_FILES, SystemFiles, file_hashes, recorded_system_files

EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
"""SHA-256 of no bytes, from FIPS 180."""
A, B = "a" * 64, "b" * 64


def test_files_are_hashed_by_name_and_one_that_is_gone_is_missing(tmp_path: Path) -> None:
    for name in ("z", "a"):
        (tmp_path / name).touch()
    found = file_hashes({name: tmp_path / name for name in ("z", "gone", "a")})
    assert list(found.items()) == [("a", EMPTY), ("z", EMPTY)]


def test_what_is_gone_new_or_different_has_changed() -> None:
    files = SystemFiles(weights_before={"a": A, "b": A, "c": A}, weights_after={"b": A, "c": B, "d": A})
    assert files.changed() == ["a", "c", "d"]
    assert SystemFiles(weights_before={"a": A}, weights_after={"a": A}).changed() == []


def test_a_record_is_read_back() -> None:
    files = SystemFiles(weights_before={"a": A}, weights_after={"a": B})
    assert recorded_system_files({"system": files.model_dump()}) == files


@pytest.mark.parametrize(
    "section",
    [
        None,
        "frozen",
        {},
        {"weights_before": {"a": A}},
        {"weights_before": {"a": A}, "weights_after": {"a": "short"}},
        {"weights_before": {"a": A}, "weights_after": {"a": A}, "more": 1},
        {"weights_before": {"a" * 301: A}, "weights_after": {}},
        {"weights_before": {str(name): A for name in range(MAX_FILES + 1)}, "weights_after": {}},
    ],
)
def test_a_record_that_cannot_be_read_says_nothing(section: Any) -> None:
    assert recorded_system_files({"system": section}) is None
    assert recorded_system_files(None) is None
