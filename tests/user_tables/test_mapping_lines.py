"""What a message shows to paste is read back as it was meant, whatever the names contain."""

from __future__ import annotations

import shlex

import pytest

from harness.study.compose import compose_study
from harness.user_tables.mapping_lines import mapping_line, read_mapping


@pytest.mark.parametrize(
    ("mapping", "line"),
    [
        ({"calm": "neutral", "My note": "ctx.My_note"}, "'x={calm: neutral, My note: ctx.My_note}'"),
        ({"a": None, "12": "b"}, "'x={a: null, 12: b}'"),
        ({"ärger": "anger"}, """'x="{\\"ärger\\": anger}"'"""),
    ],
)
def test_the_line(mapping: dict[str, str | None], line: str) -> None:
    assert mapping_line("x", mapping) == line


@pytest.mark.parametrize(
    "name",
    [
        "plain",
        "two words",
        "a/b-c.d+e",
        "Größe",
        "a,b:c",
        "it's",
        '"quoted"',
        "a\\b",
        "{x}",
        "007",
        "1.50",
        "null",
        "true",
        "1e5",
        "$x",
        "x=y",
        "情绪",
        "a ",
        "#",
        "a\\",
        'a\\"b',
    ],
)
def test_every_name_comes_back(name: str) -> None:
    (override,) = shlex.split(mapping_line("labels.merge", {name: "neutral", "sad": name}))
    assert compose_study(["dataset=table", "model=majority", override]).labels.merge == {
        name: "neutral",
        "sad": name,
    }


def test_what_is_no_mapping_stays_what_it_is() -> None:
    assert read_mapping(None) is None
    assert read_mapping("emodb") == "emodb"
    assert read_mapping([1]) == [1]
    with pytest.raises(ValueError, match="while parsing"):
        read_mapping("{a: [")
