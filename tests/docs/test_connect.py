"""The pages on connecting a system do what they say: files are written, commands run and print what is shown."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from forked_python import python

from harness.cards.facts import dataset_card
from harness.cards.taxonomy import map_labels, mapping_losses

DOCS = Path(__file__).parents[2] / "docs"
BLOCK = re.compile(r"```(\w*)\n(.*?)```", re.DOTALL)
UNTRACKED = ("tracking.enabled=false", "checks.enabled=false", "workers=0")
ACTIVATED = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
"""The page's ``python`` is that of the reader's activated environment."""


def blocks(page: str) -> list[tuple[str, str]]:
    """The code blocks of a page: language and text."""
    return BLOCK.findall((DOCS / page).read_text(encoding="utf-8"))


def block(page: str, language: str, start: str = "") -> str:
    return next(text for of, text in blocks(page) if of == language and text.startswith(start))


def shown_by(command: str, cwd: Path, *more: str) -> list[str]:
    words = [*shlex.split(command.replace("\\\n", " ")), *more]
    assert words.pop(0) == "harness"
    environment = {**os.environ, "COLUMNS": "80", "PATH": ACTIVATED}
    run = python("-m", "harness.commands.main", *words, cwd=cwd, env=environment)
    assert run.returncode == 0, run.stderr
    return lines_of(run.stdout)


def lines_of(text: str) -> list[str]:
    """What is printed, whatever the width of the columns."""
    return [" ".join(line.split()) for line in text.splitlines() if line.strip(" ─")]


def fill_in(path: Path, facts: dict[str, Any]) -> None:
    """Put what the page shows into the card that was written."""
    card = yaml.safe_load(path.read_text(encoding="utf-8"))
    for key, value in facts.items():
        card[key] = {**card[key], **value} if isinstance(value, dict) else value
    path.write_text(yaml.safe_dump(card, sort_keys=False), encoding="utf-8")


def require_shown(expected: str, printed: list[str]) -> None:
    """The lines of a page stand in what was printed, in one piece."""
    wanted = lines_of(expected)
    start = printed.index(wanted[0])
    assert printed[start : start + len(wanted)] == wanted


def results_of_the_page() -> str:
    """The table of results that the page shows, without the finding of a check: these are left out here."""
    _, table, _ = block("connect.md", "", "Blind control").split("…\n")
    return table


@pytest.mark.slow
def test_the_worked_example(tmp_path: Path) -> None:
    page = "connect.md"
    written = shown_by(block(page, "", "harness new"), tmp_path)
    assert written == lines_of(block(page, "", "Written"))
    fill_in(tmp_path / "acme/models/acme/card.yaml", yaml.safe_load(block(page, "yaml")))
    (tmp_path / "acme/models/acme/serve.py").write_text(block(page, "py"), encoding="utf-8")
    printed = shown_by(block(page, "", "harness run"), tmp_path, *UNTRACKED, "out=first")
    require_shown(results_of_the_page(), printed)
    assert any(line.startswith("acme ") for line in shown_by("harness list models --config-dir acme", tmp_path))
    predictions_written_again(tmp_path)


def test_what_the_labels_lose_is_as_the_page_says() -> None:
    own = yaml.safe_load(block("connect.md", "yaml"))["labels"]
    mapping = map_labels(dataset_card("simulated_faces").labels, own)
    (lost,) = mapping_losses(merged=mapping.merged, unreachable=mapping.unreachable, outside=mapping.outside)
    assert block("connect.md", "", "Note:") == f"Note: {lost}\n"


def predictions_written_again(folder: Path) -> None:
    """The end of the page on predictions: a run's answers as a table, measured to the same values."""
    code = block("connect/predictions.md", "py")
    subprocess.run([sys.executable, "-c", code], cwd=folder, check=True, timeout=60)
    command = "harness run dataset=simulated_faces dataset.subjects=12 labels.only=model"
    again = shown_by(command, folder, "model=predictions", "model.file=preds.parquet", *UNTRACKED)
    require_shown("\n".join(lines_of(results_of_the_page())[2:]), again)


@pytest.mark.skipif(shutil.which("node") is None, reason="Node.js is not installed")
def test_the_example_in_node(tmp_path: Path) -> None:
    page = "connect/command.md"
    text = (DOCS / page).read_text(encoding="utf-8")
    new = next(code for code in re.findall(r"`([^`]+)`", text) if code.startswith("harness new model"))
    shown_by(new, tmp_path)
    fill_in(tmp_path / "loud/models/loud/card.yaml", yaml.safe_load(block(page, "yaml")))
    (tmp_path / "loud/models/loud/serve.js").write_text(block(page, "js"), encoding="utf-8")
    printed = shown_by(block(page, "", "harness run"), tmp_path, *UNTRACKED, "out=run")
    require_shown(block(page, "", "loud on"), printed)
