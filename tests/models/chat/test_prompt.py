from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from harness.errors import HarnessError
from harness.models.chat.prompt import read_prompt

TEXT = """---
version: "2026-11"
---

The sentence is: {ctx.sentence}
Which emotion? One of {labels}. {braces} stay.
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "prompt.md"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_prompt_states_its_version_and_what_it_needs(tmp_path: Path) -> None:
    prompt = read_prompt(written(tmp_path, TEXT), "toy")
    assert prompt.version == "2026-11"
    assert prompt.context == ("ctx.sentence",)
    assert prompt.names_labels
    assert prompt.sha256 == hashlib.sha256(TEXT.encode()).hexdigest()


def test_what_is_put_in_is_not_read_again(tmp_path: Path) -> None:
    prompt = read_prompt(written(tmp_path, TEXT), "toy")
    filled = prompt.filled(["anger", "fear"], {"ctx.sentence": "{labels} and \\1"})
    assert filled == (
        "The sentence is: {labels} and \\1\nWhich emotion? One of anger, fear, cannot tell, none of these. "
        "{braces} stay."
    )


def test_a_value_that_is_unknown_is_empty_and_a_long_one_is_cut(tmp_path: Path) -> None:
    prompt = read_prompt(written(tmp_path, "---\nversion: 1\n---\n{ctx.a}|{ctx.b}"), "toy")
    assert prompt.filled([], {"ctx.a": None, "ctx.b": "x" * 5_000}) == "|" + "x" * 4_000


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("Which emotion?", "states no version"),
        ("---\nversion:\n---\nWhich?", "states no version"),
        ("---\nversion: 1\n---\n  \n", "no text below its head"),
        ("---\nversion: 1\n---\n" + "x" * 70_000, "cannot be read"),
    ],
)
def test_a_prompt_that_cannot_be_used_is_refused(tmp_path: Path, text: str, problem: str) -> None:
    with pytest.raises(HarnessError, match=problem):
        read_prompt(written(tmp_path, text), "toy")


def test_a_prompt_that_is_absent_is_refused(tmp_path: Path) -> None:
    with pytest.raises(HarnessError, match="cannot be read"):
        read_prompt(tmp_path / "absent.md", "toy")
