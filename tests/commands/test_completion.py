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


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("harness sco", "score"),
        ("harness run dataset=simulated_f", "dataset=simulated_faces"),
        ("harness run dataset=ravdess measure.lev", "measure.level=0.95"),
        ("harness show model fac", "facex"),
    ],
)
class TestOtherShells:
    """They hand the line over as it is, and read what they get in a form of their own."""

    def test_zsh(self, bash: Path, line: str, expected: str) -> None:
        told = self.asked(bash, _HARNESS_COMPLETE="complete_zsh", _TYPER_COMPLETE_ARGS=line)
        assert told.startswith("_arguments ")
        assert f'"{expected}"' in told.replace("\\", "")

    @pytest.mark.skipif(shutil.which("fish") is None, reason="there is no fish")
    def test_fish(self, bash: Path, line: str, expected: str) -> None:
        script = self.asked(bash, _HARNESS_COMPLETE="source_fish")
        environment = {**os.environ, "PATH": f"{bash}{os.pathsep}{os.environ['PATH']}", "HOME": str(bash)}
        command = ["fish", "-c", f"{script}\ncomplete -C '{line}'"]
        offer = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout
        assert [found.split("\t")[0] for found in offer.splitlines()] == [expected]

    def asked(self, bash: Path, **environment: str) -> str:
        call = [str(bash / "harness")]
        return subprocess.run(call, env={**os.environ, **environment}, capture_output=True, text=True).stdout
