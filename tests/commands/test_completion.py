"""What bash offers at Tab, by the script that the command line itself gives out."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

TRY = """
source "$1"
shift
COMP_WORDS=("$@")
COMP_CWORD=$(($# - 1))
_harness_completion harness "${COMP_WORDS[$COMP_CWORD]}"
printf '%s\\n' "${COMPREPLY[@]}"
"""


@pytest.fixture(scope="module")
def bash(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if shutil.which("bash") is None:
        pytest.skip("there is no bash")
    folder = tmp_path_factory.mktemp("completion")
    program = folder / "harness"
    program.write_text(f"#!/bin/sh\nexec '{sys.executable}' -m harness.commands.main \"$@\"\n")
    program.chmod(0o755)
    script = subprocess.run([program], env={**os.environ, "_HARNESS_COMPLETE": "source_bash"}, capture_output=True)
    (folder / "completion.sh").write_bytes(script.stdout)
    return folder


def offered(bash: Path, *words: str) -> list[str]:
    environment = {**os.environ, "PATH": f"{bash}{os.pathsep}{os.environ['PATH']}"}
    shell = ["bash", "--norc", "-c", TRY, "bash", str(bash / "completion.sh"), "harness", *words]
    return subprocess.run(shell, env=environment, capture_output=True, text=True, check=True).stdout.split()


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("ru",), ["run"]),
        (("run", "dataset", "=", "simulated_f"), ["simulated_faces"]),  # as bash breaks words
        (("run", "dataset=simulated_f"), ["dataset=simulated_faces"]),  # as other shells hand them over
        (("plan", "dataset", "=", "ravdess", "model", "=", "fer"), ["fer_mini_xception"]),
        (("run", "executor", "=", "loc"), ["local"]),
        (("run", "measure.lev"), ["measure.level=0.95"]),
        (("run", "attributes.bands.a"), ["attributes.bands.age=[18,30,50,65]"]),
        (("run", "checks.ask"), ["checks.ask_paid=false"]),
        (("run", "seed=7"), []),
        (("show", "model", "fac"), ["facex"]),
        (("check", "dataset", "ravd"), ["ravdess"]),
        (("fetch", "dataset", "ravd"), ["ravdess"]),
    ],
)
def test_what_is_offered(bash: Path, words: tuple[str, ...], expected: list[str]) -> None:
    assert offered(bash, *words) == expected


def test_all_datasets_are_offered_after_the_sign_of_equality(bash: Path) -> None:
    assert {"ravdess", "table", "simulated_voices"} <= set(offered(bash, "run", "dataset", "="))
