"""The examples in the documentation run as they stand, and print what stands below them."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from harness.known_metrics import metric_facts
from harness.metrics.metric_facts import MetricFacts

DOCS = Path(__file__).parents[1] / "docs"


@pytest.mark.parametrize("name", ["models.md", "statistics.md", "verdicts.md"])
def test_the_example_in_python_prints_what_the_page_shows(name: str) -> None:
    page = (DOCS / name).read_text(encoding="utf-8")
    (example,) = re.findall(r"```python\n(.*?)```\n\n```\n(.*?)```", page, flags=re.DOTALL)
    code, shown = example
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120)
    assert [line.rstrip() for line in run.stdout.splitlines()] == shown.splitlines()


def test_the_page_of_metrics_shows_what_they_declare() -> None:
    page = (DOCS / "metrics.md").read_text(encoding="utf-8")
    shown = [line for line in page.splitlines() if line.startswith("| `")]
    assert shown == [row(facts) for facts in metric_facts()]


def row(facts: MetricFacts) -> str:
    cells = (
        f"`{facts.name}`",
        facts.title,
        facts.range,
        facts.better or "",
        facts.chance.text if facts.chance else "",
        ", ".join(facts.needs).replace("_", " "),
        "yes" if facts.compared else "",
        facts.meaning,
    )
    return f"| {' | '.join(cells)} |"
