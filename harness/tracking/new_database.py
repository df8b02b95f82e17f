"""A new MLflow database, made beside its place and renamed when it is whole.

MLflow makes a database in dozens of steps, and refuses one of which only some were done. Killed at any moment, or
with a full disk, this leaves either no database or a whole one.
"""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

from harness.files import atomic

_UNDER_WAY = ".new"


def make_database(database: Path) -> None:
    """Make a database where there is none, or an empty file. The caller holds its lock.

    Raises:
        OSError: and any exception of SQLAlchemy or SQLite: it cannot be written.
    """
    for left in database.parent.glob(f".{database.name}.*{_UNDER_WAY}"):
        shutil.rmtree(left, ignore_errors=True)  # of a process that was killed
    for left in database.parent.glob(f".{database.name}.*.part"):
        left.unlink(missing_ok=True)
    if database.exists() and (not database.is_file() or database.stat().st_size):
        return
    from mlflow.tracking import MlflowClient

    with TemporaryDirectory(
        prefix=f".{database.name}.", suffix=_UNDER_WAY, dir=database.parent, ignore_cleanup_errors=True
    ) as folder:
        made = Path(folder) / "mlflow.db"
        MlflowClient(f"sqlite:///{made}").search_experiments(max_results=1)
        with atomic(database) as whole, closing(sqlite3.connect(made)) as connection:
            connection.execute("VACUUM INTO ?", [str(whole)])  # a copy of what is committed, whoever has it open
