from __future__ import annotations

import pytest

from harness.plain_yaml import MAX_CHARACTERS, parse_yaml


def test_plain_values() -> None:
    assert parse_yaml("a: [1, 2.5, true, null]\nb: {c: text}") == {"a": [1, 2.5, True, None], "b": {"c": "text"}}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: &x [1]\nb: *x", "aliases"),
        ("!!python/object/apply:os.system ['true']", "could not determine a constructor"),
        ("a: [1", "expected"),
        ("[" * 5000, "nested too deep"),
        ("a: 1\nb: {c: 1, c: 2}", "'c' stands twice"),
        ("a: 9223372036854775808", "beyond 64 bits"),
        ("a: !!timestamp noon", "not what its tag says"),
        ("a: !!bool perhaps", "not what its tag says"),
        ("? [a]\n: b", "unhashable"),
        ("x" * (MAX_CHARACTERS + 1), "over 16,777,216 characters"),
    ],
)
def test_what_is_not_plain_is_refused(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        parse_yaml(text)
