import pytest

from harness.wording import (
    MAX_LISTED_NAME,
    did_you_mean,
    is_encodable,
    joined,
    listed,
    percent,
    printable,
    quantity,
)


@pytest.mark.parametrize(
    ("num", "noun", "text"),
    [
        (0, "subject", "0 subjects"),
        (1, "class", "1 class"),
        (2, "class", "2 classes"),
        (1200, "row", "1,200 rows"),
    ],
)
def test_a_number_with_its_noun(num: int, noun: str, text: str) -> None:
    assert quantity(num, noun) == text


def test_names_in_a_sentence() -> None:
    assert [listed(names) for names in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == [
        "",
        "a",
        "a and b",
        "a, b and c",
    ]
    assert listed(list("abcdefg"), most=3) == "a, b and 5 more"
    assert len(listed(["x" * 1000])) == MAX_LISTED_NAME


def test_a_share_is_not_rounded_to_nothing_or_all() -> None:
    shown = [percent(share) for share in (0, 0.004, 0.245, 0.999, 1)]
    assert shown == ["0 %", "under 1 %", "24 %", "over 99 %", "100 %"]


def test_remarks_are_joined_and_none_is_none() -> None:
    assert joined(["no anger", None, "", "1 subject"]) == "no anger; 1 subject"
    assert joined([None, ""]) is None


def test_a_remark_that_is_a_sentence_follows_a_full_stop() -> None:
    assert joined(["9 of 10 samples", "It was not asked again."]) == "9 of 10 samples. It was not asked again."
    assert joined(["Fine.", "It was asked."]) == "Fine. It was asked."
    assert joined(["Fine.", "no labels", "2 classes"]) == "Fine; no labels; 2 classes"


def test_a_similar_name_is_asked_for() -> None:
    assert did_you_mean("gendr", ["age", "gender"]) == " Did you mean gender?"
    assert did_you_mean("sex", ["age", "gender"]) == ""


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain, ümlaut 😀\n\tand lines", "plain, ümlaut 😀\n\tand lines"),
        ("\x1b[2J\x07\x00\x9b31m", "\ufffd[2J\ufffd\ufffd\ufffd31m"),
        ("over\rwritten\x7f", "over\ufffdwritten\ufffd"),
        ("\u202egnitset\u2066", "\ufffdgnitset\ufffd"),
        ("\ud800", "\ufffd"),
    ],
)
def test_what_a_terminal_would_obey_is_replaced(text: str, shown: str) -> None:
    assert printable(text) == shown


def test_bytes_that_are_no_utf8_cannot_be_written() -> None:
    assert is_encodable("anger, 😀, \u202e")
    assert not is_encodable(b"ang\x8aer".decode(errors="surrogateescape"))
    assert not is_encodable("\ud83d")
