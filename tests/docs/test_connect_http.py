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

PAGE = Path(__file__).parents[2] / "docs" / "connect" / "http.md"
FILE = re.compile(
    r"`((?:acme/|service)[\w./]+)`[^`]*?(?:`python service.py`:)?\n\n```(?:py|yaml)\n(.*?)```", re.DOTALL
)
QUICK = ("workers=0", "tracking.enabled=false", "measure.permutations=1000", "checks.media=false")


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


def test_the_worked_example(tmp_path: Path) -> None:
    port = free_port()
    text = PAGE.read_text(encoding="utf-8").replace("8123", str(port))
    files = FILE.findall(text)
    assert [name for name, _ in files] == [
        "service.py",
        "acme/models/acme/card.yaml",
        "acme/configs/model/acme.yaml",
    ]
    for name, content in files:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(content, encoding="utf-8")
    typed, _, after = text.partition("```sh\n")[2].partition("```")
    commands = typed.replace("\\\n", " ").splitlines()
    assert commands.pop(0).startswith("export ")
    environment = {**os.environ, "ACME_KEY": "a-secret-key", "COLUMNS": "200"}
    printed = []
    with started(tmp_path / "service.py", port):
        for command in commands:
            words = [*shlex.split(command)[1:], *QUICK]
            done = subprocess.run(
                [sys.executable, "-c", "from harness.commands.main import main; main()", *words],
                cwd=tmp_path,
                env=environment,
                capture_output=True,
                text=True,
                timeout=300,
                check=False,
            )
            printed.append((done.returncode, one_line(done.stdout + done.stderr)))
    planned, stopped, measured, note = (one_line(block) for block in after.split("```")[1::2])
    assert [code for code, _ in printed] == [0, 2, 0]
    assert planned in printed[0][1]
    assert stopped in printed[1][1]
    assert measured in printed[2][1]
    assert note in printed[2][1]
