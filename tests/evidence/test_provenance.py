from __future__ import annotations

import json
import platform
import re
import subprocess
from email.parser import HeaderParser
from importlib.metadata import Distribution, version
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


def test_what_is_installed_is_hashed_as_a_lock_file_lists_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By hand: ``printf 'a-b-c==2\\nzebra==1.0\\n' | sha256sum``."""
    installed = (("first", "Zebra", "1.0"), ("first", "A_b.C", "2"), ("second", "zebra", "0.9"))
    for folder, name, number in installed:
        place = tmp_path / folder / f"{name}-{number}.dist-info"
        place.mkdir(parents=True)
        (place / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {number}\n")
    monkeypatch.setattr("sys.path", [str(tmp_path / "first"), str(tmp_path / "second")])
    monkeypatch.setattr(provenance, "_installed", provenance._installed.__wrapped__)  # it is kept for the process
    monkeypatch.setattr(provenance, "RECORDED_PACKAGES", ("zebra", "a-b-c", "absent"))
    found = environment()
    assert found["installed_sha256"] == "ab2688706f3ced234f881c2e693be514024ea0a2018f88d9c67b2ed5ba11b28f"
    assert found["packages"] == {"zebra": "1.0", "a-b-c": "2"}


@pytest.mark.parametrize(
    ("headers", "found"),
    [
        ("Metadata-Version: 2.4\nName:  Spaced_Name\nVersion:1.0+local", ("spaced-name", "1.0+local")),
        ("name: lower\nVERSION: 3", ("lower", "3")),
        ("Summary: Name: none\n Name: folded\nName: own\nVersion: 1", ("own", "1")),
        ("Version: 1", None),
        ("Name: without", ("without", None)),
    ],
)
def test_names_and_versions_are_those_that_a_parser_of_headers_finds(
    headers: str, found: tuple[str, str | None] | None
) -> None:
    class Installed(Distribution):
        def read_text(self, filename: str) -> str | None:
            return f"{headers}\n\nName: in the text\nVersion: 9\n" if filename == "METADATA" else None

        def locate_file(self, path: object) -> Path:
            raise NotImplementedError

    parsed = HeaderParser().parsestr(headers)
    assert found == (parsed["Name"] and (re.sub("_", "-", parsed["Name"]).lower(), parsed["Version"]))
    assert provenance._name_and_version(Installed()) == found


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
