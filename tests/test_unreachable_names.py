"""What cannot be looked at is told as such, and not as missing, with every version of Python."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.commands.attributes import show_template
from harness.errors import ExitCode, HarnessError, ending
from harness.evidence.run_folder import RunFolder
from harness.evidence.unchanged_evidence import record_of_unchanged
from harness.files import require_reachable
from harness.packs.received_pack import read_manifest_bytes
from harness.study.assembly import open_reader
from harness.study.compose import compose_study
from harness.study.new_dataset import write_new_dataset
from harness.study.runs_status import found_runs
from harness.user_tables.table_formats import read_user_table
from harness.viewer.viewed_run import read_viewed_run

OPENED: dict[str, Callable[[Path], object]] = {
    "plan": lambda path: RunFolder(path).read_plan(),
    "unchanged": lambda path: record_of_unchanged(RunFolder(path), []),
    "view": read_viewed_run,
    "status": found_runs,
    "template": lambda path: show_template([str(path)]),
    "pack": read_manifest_bytes,
    "dataset": lambda path: open_reader("ravdess", path, {}),
    "new dataset": lambda path: write_new_dataset(path, Path("drafted"), None),
    "table": lambda path: read_user_table(path.with_suffix(".csv")),
    "configs": lambda path: compose_study(["dataset=simulated_faces", "model=majority"], path),
}


@pytest.fixture(params=["of this Python", "of Python 3.14"])
def paths(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Methods of paths; those of 3.14 ask `os.path`, which knows no errors."""
    if request.param == "of Python 3.14":
        for name, asked in (("is_file", os.path.isfile), ("is_dir", os.path.isdir), ("exists", os.path.exists)):
            monkeypatch.setattr(Path, name, lambda path, asked=asked, **_: asked(path))


@pytest.mark.usefixtures("paths")
@pytest.mark.parametrize("opened", OPENED)
def test_a_name_that_is_too_long_is_told_in_one_way(opened: str, tmp_path: Path) -> None:
    with pytest.raises(OSError, match="File name too long") as failed:
        OPENED[opened](tmp_path / ("x" * 300))
    assert failed.value.errno == errno.ENAMETOOLONG
    code, message = ending(failed.value)
    assert code == ExitCode.WRONG_USE
    assert message.startswith(f"Error [disk]: {tmp_path}/xxx")
    assert message.endswith(": File name too long. Nothing can have this name here; choose a shorter one.")


@pytest.mark.usefixtures("paths")
@pytest.mark.parametrize("opened", OPENED)
def test_what_is_missing_is_told_as_missing(opened: str, tmp_path: Path) -> None:
    with pytest.raises(HarnessError):
        OPENED[opened](tmp_path / "absent")


def test_only_what_cannot_be_looked_at_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "circle").symlink_to(tmp_path / "circle")
    for name in ("", "file", "absent", "file/below", "circle", "a\0b"):
        require_reachable(tmp_path / name)

    def denied(path: Path, **_: object) -> os.stat_result:
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr(Path, "stat", denied)
    with pytest.raises(PermissionError):
        require_reachable(tmp_path)
