from __future__ import annotations

import json
import platform
import subprocess
from importlib.metadata import version
from pathlib import Path

import pytest

from harness.evidence import provenance
from harness.evidence.provenance import environment, git_state


def test_environment_names_the_versions_that_determine_numbers() -> None:
    found = environment()
    assert found["packages"]["numpy"] == version("numpy")
    assert found["packages"]["torch"] == version("torch")
    assert found["packages"]["emotion-harness"] == version("emotion-harness")
    assert found["cores"] >= 1
    assert found["cpu"]
    assert isinstance(found["gpus"], list)
    json.dumps(found, allow_nan=False)


def test_environment_holds_no_host_name() -> None:
    host = platform.node()
    assert host == "" or host not in json.dumps(environment())


def test_packages_that_are_absent_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(provenance, "RECORDED_PACKAGES", ("numpy", "no-such-package-anywhere"))
    assert set(environment()["packages"]) == {"numpy"}


def _run_git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.org"]
    done = subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    module = tmp_path / "repo" / "harness" / "evidence" / "provenance.py"
    module.parent.mkdir(parents=True)
    module.write_text("")
    monkeypatch.setattr(provenance, "__file__", str(module))
    return tmp_path / "repo"


def test_git_state_of_a_checkout_clean_and_dirty(checkout: Path) -> None:
    _run_git(checkout, "init", "-q")
    _run_git(checkout, "add", ".")
    _run_git(checkout, "commit", "-q", "-m", "first")
    assert git_state() == {"commit": _run_git(checkout, "rev-parse", "HEAD"), "dirty": False}
    (checkout / "new.py").write_text("x = 1\n")
    state = git_state()
    assert state is not None
    assert state["dirty"] is True


def test_git_state_is_none_outside_a_checkout(checkout: Path) -> None:
    assert git_state() is None


def test_git_state_does_not_take_the_repository_around_a_wheel(checkout: Path) -> None:
    _run_git(checkout.parent, "init", "-q")
    _run_git(checkout.parent, "add", ".")
    _run_git(checkout.parent, "commit", "-q", "-m", "a user's own project")
    assert git_state() is None


def test_git_state_is_none_without_commits(checkout: Path) -> None:
    _run_git(checkout, "init", "-q")
    assert git_state() is None
