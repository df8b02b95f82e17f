from __future__ import annotations

import fcntl
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from forked_python import python
from mlflow_stores import IMPORTED

from harness.errors import HarnessError
from harness.tracking.track_run import track

pytestmark = pytest.mark.filterwarnings("ignore:The ..noload.. loader strategy is deprecated:DeprecationWarning")

MAKE = """
import sys
from pathlib import Path
from harness.tracking.new_database import make_database
make_database(Path(sys.argv[1]))
"""


def _made(database: Path, before: str = "") -> int:
    """The exit code of a process that makes it."""
    return python("-c", before + MAKE, str(database), imported=IMPORTED).returncode


def _assert_whole(database: Path) -> None:
    from mlflow.tracking import MlflowClient

    assert [found.name for found in MlflowClient(f"sqlite:///{database}").search_experiments()] == ["Default"]
    assert {path.name for path in database.parent.iterdir()} <= {database.name, f"{database.name}-journal"}


@pytest.mark.slow
@pytest.mark.parametrize("num_tables", [1, 12, 40])
def test_killed_while_it_is_made_there_is_none(num_tables: int, tmp_path: Path) -> None:
    database = tmp_path / "store" / "mlflow.db"
    database.parent.mkdir()
    process = subprocess.Popen([sys.executable, "-c", MAKE, str(database)], stderr=subprocess.DEVNULL)
    while process.poll() is None and _num_tables(database.parent) < num_tables:
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    assert not database.exists()
    assert _made(database) == 0
    _assert_whole(database)


def _num_tables(folder: Path) -> int:
    """How far the database under way is."""
    for made in folder.glob(".*/mlflow.db"):
        try:
            with sqlite3.connect(f"file:{made}?mode=ro", uri=True, timeout=0) as connection:
                (found,) = connection.execute("SELECT count(*) FROM sqlite_master WHERE type = 'table'").fetchone()
            return int(found)
        except sqlite3.Error:
            return 0
    return 0


@pytest.mark.parametrize("size", [50_000, 600_000])
def test_with_a_full_disk_there_is_none(size: int, tmp_path: Path) -> None:
    full = f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({size}, {size}))"
    database = tmp_path / "mlflow.db"
    assert _made(database, full) != 0
    assert list(tmp_path.iterdir()) == []
    assert _made(database) == 0
    _assert_whole(database)


def test_an_empty_file_is_no_database(tmp_path: Path) -> None:
    database = tmp_path / "mlflow.db"
    database.touch()
    assert _made(database) == 0
    _assert_whole(database)


@pytest.mark.slow
@pytest.mark.usefixtures("forked_sender")
def test_waiting_for_another_process_ends_in_time(
    study: Any, write_run: Callable[[Any, Path], Path], tmp_path: Path
) -> None:
    out = write_run(study, tmp_path / "run")
    link = tmp_path / "elsewhere" / "linked.db"
    link.parent.mkdir()
    link.symlink_to(tmp_path / "mlflow.db")
    uris = [f"sqlite:///{path}" for path in (tmp_path / "mlflow.db", link)]
    with (tmp_path / "mlflow.db.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for uri in uris:
            with pytest.raises(HarnessError, match="not done within 5 s"):
                track(out, uri=uri, timeout_s=5)
    assert len({track(out, uri=uri).run_id for uri in reversed(uris)}) == 1
    assert link.is_symlink()
