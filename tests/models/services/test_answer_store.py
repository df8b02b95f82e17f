from __future__ import annotations

import logging
import os
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from harness.models.services import answer_store
from harness.models.services.answer_store import AnswerStore
from harness.models.services.exchange import Exchange


def exchange(body: bytes = b'{"label": "anger"}', *, days_ago: int = 0, **headers: str) -> Exchange:
    day = (datetime.now(UTC) - timedelta(days=days_ago)).date().isoformat()
    return Exchange(status=200, headers=headers, body=body, attempts=3, seconds=1.5, day=day, charged=2, cost=0.25)


def test_an_answer_is_found_by_request_and_version_and_costs_nothing(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "answers.sqlite"
    AnswerStore(path).keep("k1", "v1", exchange(days_ago=3))
    AnswerStore(path).keep("k1", "v2", exchange(b"two"))
    found = AnswerStore(path).find(["k0", "k1"], "v1")
    assert list(found) == ["k1"]
    kept = found["k1"]
    assert (kept.status, kept.body, kept.failure, kept.day) == (
        200,
        b'{"label": "anger"}',
        None,
        exchange(days_ago=3).day,
    )
    assert (kept.attempts, kept.charged, kept.reserved, kept.cost) == (0, 0, 0.0, 0.0)
    assert kept.seconds != kept.seconds, "it says nothing of the time of an answer"
    assert AnswerStore(path).find(["k1"], "v2")["k1"].body == b"two"
    assert AnswerStore(path).find(["k1"], "v3") == {}


def test_nobody_else_may_read_it(tmp_path: Path) -> None:
    path = tmp_path / "answers" / "answers.sqlite"
    before = os.umask(0)
    try:
        AnswerStore(path).keep("k", "v", exchange())
        path.chmod(0o644)
        AnswerStore(path).find(["k"], "v")
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_cookies_are_not_kept_and_other_headers_are(tmp_path: Path) -> None:
    store = AnswerStore(tmp_path / "a.sqlite")
    store.keep("k", "v", exchange(**{"set-cookie": "session=4711", "x-model-version": "v"}))
    assert store.find(["k"], "v")["k"].headers == {"x-model-version": "v"}
    assert b"4711" not in (tmp_path / "a.sqlite").read_bytes()


def test_it_is_bounded_in_age_and_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = AnswerStore(tmp_path / "a.sqlite")
    store.keep("old", "v", exchange(days_ago=91))
    store.keep("young", "v", exchange(days_ago=89))
    assert list(store.find(["old", "young"], "v")) == ["young"]
    store.keep("long", "v", exchange(b" " * (2**20 + 1)))
    assert store.find(["long"], "v") == {}
    monkeypatch.setattr(answer_store, "MAX_BYTES", 200_000)
    for number in range(40):
        store.keep(f"k{number}", "v", exchange(os.urandom(20_000)))
    found = store.find([f"k{number}" for number in range(40)], "v")
    assert list(found) == [f"k{number}" for number in range(40 - len(found), 40)], "the oldest go first"
    assert 6 <= len(found) <= 10
    assert (tmp_path / "a.sqlite").stat().st_size < 300_000


def without_a_table_of_answers(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE answers (something TEXT)")


def with_headers(text: str, path: Path) -> None:
    AnswerStore(path).keep("k", "v", exchange())
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE answers SET headers = ?", [text])


@pytest.mark.parametrize(
    "damage",
    [
        lambda path: path.write_bytes(b"no database at all" * 100),
        lambda path: path.mkdir(),
        without_a_table_of_answers,
        partial(with_headers, "{"),
        partial(with_headers, "[1]"),
    ],
)
def test_a_damaged_file_is_one_warning_and_nothing_is_kept(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, damage: object
) -> None:
    assert callable(damage)
    damage(tmp_path / "a.sqlite")
    store = AnswerStore(tmp_path / "a.sqlite")
    with caplog.at_level(logging.WARNING):
        assert store.find(["k"], "v") == {}
        store.keep("k", "v", exchange())
        assert store.find(["k"], "v") == {}
    assert len(caplog.records) == 1
    assert "a.sqlite: the cache of answers cannot be used" in caplog.text


def test_several_processes_keep_answers_at_once(tmp_path: Path) -> None:
    script = (
        "import sys\nfrom pathlib import Path\nfrom harness.models.services.answer_store import AnswerStore\n"
        "from harness.models.services.exchange import Exchange\nfrom datetime import date\n"
        "store = AnswerStore(Path(sys.argv[1]))\n"
        "for n in range(60):\n"
        "    body, day = f'{sys.argv[2]} {n}'.encode(), date.today().isoformat()\n"
        "    made = Exchange(status=200, body=body, attempts=1, seconds=1.0, day=day)\n"
        "    store.keep(f'{sys.argv[2]}-{n}', 'v', made)\n"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    path = str(tmp_path / "a.sqlite")
    started = [
        subprocess.Popen([sys.executable, "-c", script, path, name], env=environment, stderr=subprocess.PIPE)
        for name in ("x", "y")
    ]
    assert [(process.communicate()[1], process.returncode) for process in started] == [(b"", 0)] * 2
    keys = [f"{name}-{n}" for name in ("x", "y") for n in range(60)]
    found = AnswerStore(tmp_path / "a.sqlite").find(keys, "v")
    assert {key: of.body.decode() for key, of in found.items()} == {key: key.replace("-", " ") for key in keys}
