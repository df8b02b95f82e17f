"""A program that is forked is the one that `subprocess.run` starts."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from forked_python import python

ABOUT_ITSELF = """
import atexit, os, sys
print(__name__, sys.argv, sys.path[0] in ("", os.getcwd()), os.getcwd(), os.environ["FOR_IT"], sys.stdin.read())
atexit.register(print, "at the end")
sys.exit("what went wrong")
"""


@pytest.mark.parametrize("code", [ABOUT_ITSELF, "import os; os.kill(os.getpid(), 9)", "1 / 0", "print('é')"])
def test_output_and_exit_code_are_those_of_a_program_of_its_own(code: str, tmp_path: Path) -> None:
    environment = {**os.environ, "FOR_IT": "given"}
    started = subprocess.run(
        [sys.executable, "-c", code, "one", "--two"],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        cwd=tmp_path,
        env=environment,
    )
    forked = python("-c", code, "one", "--two", cwd=tmp_path, env=environment)
    assert (forked.returncode, forked.stdout) == (started.returncode, started.stdout)
    assert forked.stderr.splitlines()[-1:] == started.stderr.splitlines()[-1:]


def test_no_program_sees_what_another_left(tmp_path: Path) -> None:
    python("-c", "import os, sys, harness; harness.left = os.environ['LEFT'] = 'x'; os.chdir('/')", cwd=tmp_path)
    code = "import os, harness; print(hasattr(harness, 'left'), 'LEFT' in os.environ, os.getcwd())"
    assert python("-c", code, cwd=tmp_path).stdout == f"False False {tmp_path}\n"


def test_a_module_is_run_as_python_runs_it(tmp_path: Path) -> None:
    command = ["-m", "harness.commands.main", "show", "dataset", "nowhere"]
    started = subprocess.run([sys.executable, *command], capture_output=True, text=True, cwd=tmp_path)
    forked = python(*command, cwd=tmp_path)
    assert (forked.returncode, forked.stdout, forked.stderr) == (2, started.stdout, started.stderr)


def test_nothing_is_imported_from_the_working_folder_that_is_not_trusted(tmp_path: Path) -> None:
    (tmp_path / "found.py").write_text("")
    code = "import importlib.util; print(bool(importlib.util.find_spec('found')))"
    assert python("-c", code, cwd=tmp_path).stdout == "True\n"
    assert python("-P", "-c", code, cwd=tmp_path).stdout == "False\n"


def test_programs_of_several_threads_run_at_once_and_each_gets_its_own_answer(tmp_path: Path) -> None:
    meeting = f"""
import pathlib, sys, time
pathlib.Path({str(tmp_path)!r}, sys.argv[1]).touch()
while len(list(pathlib.Path({str(tmp_path)!r}).iterdir())) < 4:
    time.sleep(0.01)
print(sys.argv[1])
sys.exit(int(sys.argv[1]))
"""
    python("-c", "")  # the server is there already
    with ThreadPoolExecutor(4) as pool:
        ended = list(pool.map(lambda number: python("-c", meeting, str(number)), range(4)))
    assert [(one.returncode, one.stdout) for one in ended] == [(number, f"{number}\n") for number in range(4)]
