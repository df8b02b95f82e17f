"""The wheel holds all that the harness reads from the tree: code, pages, words, configs and cards."""

from __future__ import annotations

import re
import subprocess
import sys
from email.parser import Parser
from pathlib import Path
from zipfile import ZipFile

import pytest
import yaml

from harness import __version__

ROOT = Path(__file__).parents[1]
CODE, SHARED = ("harness", "hydra_plugins"), ("configs", "datasets", "models")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> ZipFile:
    pytest.importorskip("hatchling")
    folder = tmp_path_factory.mktemp("wheel")
    build = f"from hatchling.build import build_wheel; print(build_wheel({str(folder)!r}))"
    run = subprocess.run([sys.executable, "-c", build], cwd=ROOT, capture_output=True, text=True, check=True)
    return ZipFile(folder / run.stdout.split()[-1])


def tracked() -> set[str]:
    listed = subprocess.run(
        ["git", "ls-files", *CODE, *SHARED],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode:
        pytest.skip("this is no clone")
    return {path for path in listed.stdout.splitlines() if (ROOT / path).exists()}


def test_every_file_of_the_tree_that_is_read_is_in_the_wheel(wheel: ZipFile) -> None:
    wanted = {path if path.startswith(CODE) else f"harness/share/{path}" for path in tracked()}
    assert len(wanted) > 900
    assert wanted - set(wheel.namelist()) == set()


def test_the_wheel_names_this_version_and_its_command(wheel: ZipFile) -> None:
    [metadata] = [name for name in wheel.namelist() if name.endswith(".dist-info/METADATA")]
    facts = Parser().parsestr(wheel.read(metadata).decode())
    assert facts["Version"] == __version__
    [points] = [name for name in wheel.namelist() if name.endswith("entry_points.txt")]
    assert "harness = harness.commands.main:main" in wheel.read(points).decode()


def test_version_changelog_and_citation_agree() -> None:
    """The changelog has a heading for each version that has an end, the newest first; the last one is this one."""
    headings = re.findall(r"^## \[(.+?)\](.*)$", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    released = [(version, rest) for version, rest in headings if version != "Unreleased"]
    assert released
    assert released[0][0] == __version__
    assert all(re.fullmatch(r" - \d{4}-\d\d-\d\d", rest) for _, rest in released)
    numbers = [tuple(int(part) for part in version.split(".")) for version, _ in released]
    assert numbers == sorted(set(numbers), reverse=True)
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert citation["version"] == __version__
