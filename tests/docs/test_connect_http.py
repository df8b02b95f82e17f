"""The page on services does what it says: its files are written, its server is started, its commands run."""

from __future__ import annotations

import os
import re
import shlex
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from forked_python import python

PAGE = Path(__file__).parents[2] / "docs" / "connect" / "http.md"
FILE = re.compile(
    r"`((?:acme/|service)[\w./]+)`[^`]*?(?:`python service.py`:)?\n\n```(?:py|yaml)\n(.*?)```", re.DOTALL
)
SHELL = re.compile(r"```sh\n(.*?)```\n((?:\n```\n.*?```\n)*)", re.DOTALL)
"""A block of commands, and the blocks below it that show what they print."""
QUICK = ("workers=0", "tracking.enabled=false", "measure.permutations=100", "checks.media=false")


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


@contextmanager
def started(program: Path, port: int) -> Iterator[None]:
    process = subprocess.Popen([sys.executable, str(program)], stderr=subprocess.DEVNULL)
    try:
        for _ in range(200):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            assert process.poll() is None
            time.sleep(0.05)
        yield
    finally:
        process.kill()
        process.wait()


def one_line(text: str) -> str:
    return " ".join(text.split())


def printed_by(folder: Path) -> tuple[list[list[str]], list[list[tuple[int, str]]]]:
    """What the page shows below each of its blocks of commands, and what each command printed: (status, text)."""
    port = free_port()
    text = PAGE.read_text(encoding="utf-8").replace("8123", str(port))
    files = FILE.findall(text)
    assert [name for name, _ in files] == [
        "service.py",
        "acme/models/acme/card.yaml",
        "acme/configs/model/acme.yaml",
    ]
    for name, content in files:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content, encoding="utf-8")
    typed = SHELL.findall(text)
    with started(folder / "service.py", port):
        printed = [[typed_in(folder, command) for command in commands_of(block)] for block, _ in typed]
    return [[one_line(shown) for shown in after.split("```\n")[1::2]] for _, after in typed], printed


def commands_of(block: str) -> list[str]:
    commands = block.replace("\\\n", " ").splitlines()
    assert commands.pop(0).startswith("export ")
    return commands


def typed_in(folder: Path, command: str) -> tuple[int, str]:
    words = [*shlex.split(command)[1:], *QUICK]
    environment = {**os.environ, "ACME_KEY": "a-secret-key", "COLUMNS": "200"}
    done = python("-m", "harness.commands.main", *words, cwd=folder, env=environment)
    return done.returncode, one_line(done.stdout + done.stderr)


@pytest.mark.slow
def test_the_worked_example_and_what_is_bought_once(tmp_path: Path) -> None:
    shown, printed = printed_by(tmp_path)
    (planned, stopped, measured, note), (kept,) = shown
    example, bought_once = printed
    assert [code for code, _ in example] == [0, 2, 0]
    assert planned in example[0][1]
    assert stopped in example[1][1]
    assert measured in example[2][1]
    assert note in example[2][1]
    assert [code for code, _ in bought_once] == [0, 0]
    assert kept in bought_once[1][1]
