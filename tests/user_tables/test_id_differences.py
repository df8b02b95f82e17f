from __future__ import annotations

import pytest

from harness.user_tables.id_differences import KnownIds, how_ids_differ


@pytest.mark.parametrize(
    ("found", "known", "way"),
    [
        (["A_01", "B_02"], ["a_01", "b_02"], "upper and lower case"),
        (["7", "12"], ["007", "012"], "zeros before numbers"),
        (["a1", "a2"], ["a1.wav", "a2.wav"], "the file's extension"),
        (["a1.flac", "a2.flac"], ["a1.wav", "a2.wav"], "the file's extension"),
        (["/data/x/a1.wav"], ["clips/a1.wav"], "folders before the name"),
        (["clips\\a1.wav"], ["a1.wav"], "folders before the name"),
        (["\uff41x"], ["ax"], "the form of Unicode characters"),
        (["anna 01"], ["anna_01"], "blanks, '-' and '_'"),
        (["1", "2"], ["subject_1", "subject_2"], "a word before a number"),
        (["X/A1.WAV"], ["clips/a1"], "upper and lower case, the file's extension and folders before the name"),
        (["sub-01"], ["1"], "zeros before numbers and a word before a number"),
    ],
)
def test_the_difference_is_named_with_an_example(found: list[str], known: list[str], way: str) -> None:
    expected = f" They differ in {way}: {found[0]!r} here is {known[0]!r} in the samples."
    assert how_ids_differ(found, known, "the samples") == expected


def test_ids_that_have_nothing_in_common_are_not_explained() -> None:
    assert how_ids_differ(["a", "b"], ["x", "y"], "the samples") == ""
    assert how_ids_differ([], ["x"], "the samples") == ""
    assert how_ids_differ(["x"], [], "the samples") == ""


def test_one_match_by_chance_is_no_explanation() -> None:
    assert how_ids_differ(["A", "b2", "c3", "d4"], ["a", "x", "y", "z"], "the samples") == ""


def test_many_ids_are_sampled() -> None:
    found = (f"clips/{i}.wav" for i in range(10**9))
    assert "folders before the name" in how_ids_differ(found, (f"{i}.wav" for i in range(100_000)), "the samples")


@pytest.mark.parametrize(
    ("found", "likeness"),
    [
        (["c01", "c02", "c03"], 3),
        (["calls/C1.wav", "calls/C2.wav", "calls/C9.wav"], 2),
        (["1", "2", "3"], 1),
        (["x", "y", "c01"], 0),
        ([], 0),
    ],
)
def test_how_alike_ids_are(found: list[str], likeness: int) -> None:
    assert KnownIds(["c01", "c02", "c03", "c04"]).likeness(found) == likeness
