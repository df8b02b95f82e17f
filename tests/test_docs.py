"""The examples in the documentation run as they stand, and print what stands below them."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[1] / "docs"


@pytest.mark.parametrize("name", ["models.md", "statistics.md", "verdicts.md"])
def test_the_example_in_python_prints_what_the_page_shows(name: str) -> None:
    page = (DOCS / name).read_text(encoding="utf-8")
    (example,) = re.findall(r"```python\n(.*?)```\n\n```\n(.*?)```", page, flags=re.DOTALL)
    code, shown = example
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120)
    assert [line.rstrip() for line in run.stdout.splitlines()] == shown.splitlines()
