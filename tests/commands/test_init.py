"""`harness init` as a user meets it: questions in a terminal, and none where nobody can answer."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
from forked_python import python

from harness.cards.modality import Modality
from harness.study.compose import compose_study

INIT = [sys.executable, "-m", "harness.commands.main", "init"]


def in_terminal(answers: str, *arguments: str, cwd: Path) -> tuple[int, str]:
    """The exit code and everything that a terminal shows while these lines are typed."""
    ours, theirs = os.openpty()
    process = subprocess.Popen([*INIT, *arguments], cwd=cwd, stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    os.write(ours, answers.encode())
    shown = b""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        try:
            piece = os.read(ours, 4096)
        except OSError:  # Linux: the other side is closed
            break
        if not piece:
            break
        shown += piece
    os.close(ours)
    return process.wait(timeout=30), shown.decode()


def test_five_answers_make_a_study_that_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code, shown = in_terminal("wearable\n\n\nsex\n", "first", cwd=tmp_path)  # simulated, so no folder is asked for
    assert code == 0, shown
    assert "What does the system read? [face]" in shown.replace("\r\n", "\n")
    command = next(
        line for line in shown.splitlines() if line.strip().startswith("harness run") and "limit" not in line
    )
    assert command.split() == ["harness", "run", "--config-dir", "first", "+study=first"]
    monkeypatch.setenv("HARNESS_CARDS", "")
    config = compose_study(["+study=first"], tmp_path / "first")
    assert (config.dataset.name, config.model.name) == ("simulated_wearables", "wearable_stress")


def test_the_page_lists_what_a_system_can_read() -> None:
    page = (Path(__file__).parents[2] / "docs" / "first_study.md").read_text(encoding="utf-8")
    [line] = [line for line in page.splitlines() if "`--modality` |" in line]
    listed = re.findall(r"`(\w+)`", line)
    assert listed == [modality.value for modality in Modality if modality is not Modality.NOT_STATED]


def test_a_wrong_answer_is_asked_again(tmp_path: Path) -> None:
    answers = f"smell\nvoice\nravdess\n/no/such\n{tmp_path}\nmajority\nnone\n"
    code, shown = in_terminal(answers, "first", cwd=tmp_path)
    assert code == 0, shown
    assert "'smell' is none of face, body, voice" in " ".join(shown.split())
    assert "/no/such: there is no such folder" in shown


def test_without_a_terminal_the_missing_option_is_named(tmp_path: Path) -> None:
    asked = python("-m", "harness.commands.main", "init", "first", "--modality", "face", cwd=tmp_path)
    assert asked.returncode == 2
    assert "say it with --dataset" in asked.stderr
    assert not (tmp_path / "first").exists()


def test_options_answer_everything(tmp_path: Path) -> None:
    given = ["--modality", "face", "--dataset", "simulated_faces", "--system", "majority", "--attributes", "none"]
    made = python("-m", "harness.commands.main", "init", "first", *given, cwd=tmp_path)
    assert made.returncode == 0, made.stderr
    assert (tmp_path / "first" / "configs" / "study" / "first.yaml").is_file()
    wrong = python(
        "-m", "harness.commands.main", "init", "next", *given[:-2], "--attributes", "a b,c", cwd=tmp_path
    )
    assert wrong.returncode == 0, wrong.stderr
