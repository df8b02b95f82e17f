"""Answers of services on disk, for all runs of a user: one SQLite file that nobody else may read.

It may quote people, as the raw answers of a run do. It is a cache: deleted or damaged, it costs nothing but calls.
"""

from __future__ import annotations

import json
import logging
import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

from harness.models.services.exchange import Exchange
from harness.models.services.service_connection import may_be_secret

logger = logging.getLogger(__name__)

Found = TypeVar("Found")

MAX_BYTES = 2**30
"""Of all answers; beyond it the oldest go."""

MAX_ANSWER_BYTES = 2**20
"""A longer answer is not kept."""

MAX_DAYS = 90
"""Older answers go."""

_LOCKED_S = 5.0
"""Another process needs the file for milliseconds."""

_TABLE = """
CREATE TABLE IF NOT EXISTS answers (
    place INTEGER PRIMARY KEY, key TEXT NOT NULL, version TEXT NOT NULL, day TEXT NOT NULL,
    status INTEGER NOT NULL, headers TEXT NOT NULL, body BLOB NOT NULL, UNIQUE (key, version)
)
"""
_BY_DAY = "CREATE INDEX IF NOT EXISTS answers_by_day ON answers (day)"
_FIND = "SELECT day, status, headers, body FROM answers WHERE key = ? AND version = ? AND day >= ?"
_KEEP = "INSERT OR IGNORE INTO answers (key, version, day, status, headers, body) VALUES (?, ?, ?, ?, ?, ?)"
_DELETE_OLD = "DELETE FROM answers WHERE day < ?"
_DELETE_TENTH = """
DELETE FROM answers
WHERE place IN (SELECT place FROM answers ORDER BY place LIMIT (SELECT (COUNT(*) + 9) / 10 FROM answers))
"""


class AnswerStore:
    """Keeps exchanges by the key of their request and the version that answered.

    Where the file cannot be used, one warning says so, and from then on nothing is found and nothing is kept.

    Args:
        path: of the file, which is made when it is needed.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._is_usable = True

    def find(self, keys: Sequence[str], version: str) -> dict[str, Exchange]:
        """What this version answered to these requests, as far as it is kept: key → exchange without a cost."""
        return self._do(lambda connection: dict(_found(connection, keys, version)), {})

    def keep(self, key: str, version: str, exchange: Exchange) -> bool:
        """Keep what came of a request, unless there is an answer already; whether it is kept now."""
        if len(exchange.body) > MAX_ANSWER_BYTES:
            return False
        return self._do(lambda connection: _kept(connection, key, version, exchange), False)

    def _do(self, what: Callable[[sqlite3.Connection], Found], otherwise: Found) -> Found:
        if not self._is_usable:
            return otherwise
        try:
            with _opened(self._path) as connection:
                return what(connection)
        except (
            sqlite3.Error,
            OSError,
            ValueError,
            TypeError,
            AttributeError,
        ) as error:  # also for rows that it did not write
            self._is_usable = False
            logger.warning(
                "%s: the cache of answers cannot be used (%s); every answer is asked for. If it is damaged, "
                "delete it.",
                self._path,
                error,
            )
            return otherwise


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    """The file within one transaction."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))  # before SQLite makes it for everybody to read
    path.chmod(0o600)
    with closing(sqlite3.connect(path, timeout=_LOCKED_S)) as connection, connection:
        connection.execute(_TABLE)
        connection.execute(_BY_DAY)
        yield connection


def _found(connection: sqlite3.Connection, keys: Sequence[str], version: str) -> Iterator[tuple[str, Exchange]]:
    oldest = _oldest_day()
    for key in keys:
        rows = connection.execute(_FIND, [key, version, oldest])
        for day, status, headers, body in rows:
            yield key, _exchange(day, status, headers, body)


def _exchange(day: str, status: int, headers: str, body: bytes) -> Exchange:
    """Nothing was sent for it, nothing is paid, and it says nothing of the service's speed."""
    return Exchange(
        status=int(status),
        headers={str(name): str(text) for name, text in json.loads(headers).items()},
        body=bytes(body),
        attempts=0,
        seconds=float("nan"),
        day=datetime.fromisoformat(day).date().isoformat(),
        cost=0.0,
    )


def _kept(connection: sqlite3.Connection, key: str, version: str, exchange: Exchange) -> bool:
    headers = {name: text for name, text in exchange.headers.items() if not may_be_secret(name)}
    connection.execute(_DELETE_OLD, [_oldest_day()])
    added = connection.execute(
        _KEEP,
        [key, version, exchange.day, exchange.status, json.dumps(headers), exchange.body],
    )
    while _num_bytes(connection) > MAX_BYTES:
        connection.execute(_DELETE_TENTH)
    return added.rowcount == 1


def _oldest_day() -> str:
    return (datetime.now(UTC) - timedelta(days=MAX_DAYS)).date().isoformat()


def _num_bytes(connection: sqlite3.Connection) -> int:
    """What the answers take, without pages that are free to be used again."""
    names = ("page_count", "freelist_count", "page_size")
    pages, free, size = (int(connection.execute(f"PRAGMA {name}").fetchone()[0]) for name in names)
    return (pages - free) * size
