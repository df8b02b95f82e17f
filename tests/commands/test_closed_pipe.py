"""``harness … | head``: the command ends as SIGPIPE ends programs, and not as if a check had failed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

HARNESS = [sys.executable, "-m", "harness.commands.main"]
VERBS = (["--help"], ["--version"], ["list"], ["list", "metrics"], ["show", "dataset", "ravdess"])


def _into_nobody(arguments: list[str], **variables: str) -> subprocess.CompletedProcess[bytes]:
    """Run a command whose output nobody reads."""
    reader, writer = os.pipe()
    os.close(reader)
    try:
        environment = {**os.environ, **variables}
        return subprocess.run([*HARNESS, *arguments], stdout=writer, stderr=subprocess.PIPE, env=environment)
    finally:
        os.close(writer)


@pytest.mark.parametrize("arguments", VERBS)
def test_nobody_reads_the_output(arguments: list[str]) -> None:
    ended = _into_nobody(arguments)
    assert (ended.returncode, ended.stderr) == (141, b"")


def test_nobody_reads_it_in_another_encoding() -> None:
    ended = _into_nobody(["--version"], PYTHONIOENCODING="ascii", LC_ALL="C")
    assert (ended.returncode, ended.stderr) == (141, b"")


def test_nobody_reads_the_messages() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    ended = subprocess.run([*HARNESS, "score", "/no/such/run"], stdout=subprocess.PIPE, stderr=writer)
    os.close(writer)
    assert (ended.returncode, ended.stdout) == (141, b"")


@pytest.mark.parametrize("arguments", [*VERBS, ["doctor"]])
def test_a_full_disk_is_no_closed_pipe(arguments: list[str]) -> None:
    with Path("/dev/full").open("w") as full:
        ended = subprocess.run([*HARNESS, *arguments], stdout=full, stderr=subprocess.PIPE, text=True)
    assert ended.returncode == 2
    assert len(ended.stderr.splitlines()) == 1
    assert ended.stderr.startswith("Error [disk]: standard output: No space left on device")


def test_without_a_standard_output_a_command_works() -> None:
    ended = subprocess.run([*HARNESS, "list"], stderr=subprocess.PIPE, preexec_fn=lambda: os.close(1))
    assert ended.returncode == 0
