"""The page on verdicts shows real output: its code is run, and must print what the page says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "verdicts.md"


def test_the_example_prints_what_the_page_shows(capsys: pytest.CaptureFixture[str]) -> None:
    text = PAGE.read_text(encoding="utf-8")
    found = re.search(r"^```python\n(.*?)^```\n+^```\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    assert found is not None
    code, shown = found.groups()
    exec(compile(code, str(PAGE), "exec"), {})
    assert capsys.readouterr().out == shown
