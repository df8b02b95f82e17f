"""``harness status`` in the terminal and as JSON."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from harness.commands import status as status_module
from harness.commands.status import show_status
from harness.study.run_status import JournalStatus, RunStatus
from harness.study.runs_status import FoundRun

RUNNING = RunStatus(
    folder="outputs/run",
    state="running",
    pid=4711,
    system="acme",
    dataset="clips",
    samples_done=1_500,
    samples=6_000,
    journals=[JournalStatus("acme/clean", 1_500, 6_000, 46, 188, 3, 1)],
    rate=12.5,
    seconds_left=360.0,
    unscored={"abstained: no_face": 12},
    calls=1_510,
    cost=3.0,
    currency="EUR",
)


def _shown(monkeypatch: pytest.MonkeyPatch, *times: list[FoundRun]) -> None:
    remaining = iter(times)
    monkeypatch.setattr(status_module, "found_runs", lambda _: next(remaining))


def test_a_run_in_the_terminal(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    _shown(monkeypatch, [FoundRun("run", RUNNING)])
    assert show_status(Path("run"), every_s=None) == 0
    assert capsys.readouterr().out.splitlines() == [
        "acme on clips: running (process 4711)",
        "1,500 of 6,000 answers (25 %), 12.5 per second, 6 min 0 s left",
        "acme/clean: 46 of 188 batches, 3 shards, 1 damaged (answered again)",
        "12 abstained: no_face",
        "1,510 calls, 3.00 EUR",
    ]


def test_watching_ends_with_the_run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    done = RunStatus("run", "finished", "acme", "clips", 6_000, 6_000, seconds=3_725.0)
    _shown(monkeypatch, [FoundRun("run", RUNNING)], [FoundRun("run", RUNNING)], [FoundRun("run", done)])
    told: list[list[dict[str, Any]]] = []
    monkeypatch.setattr(status_module, "answer", lambda *, runs: told.append(runs))
    assert show_status(Path("run"), every_s=0.1) == 0
    assert [runs[0]["state"] for runs in told] == ["running", "running", "finished"]
    assert told[0][0]["journals"][0]["batches_done"] == 46
    shown = capsys.readouterr().out
    assert shown.count("acme on clips: ") == 3
    assert "6,000 answers; the run, or its last start, took 1 h 2 min" in shown


def test_a_sweep_shows_what_waits_and_what_failed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    studies = [FoundRun("seed=0", RUNNING), FoundRun("seed=1", None, "no \x1b[2J file"), FoundRun("seed=2", None)]
    _shown(monkeypatch, studies, studies)
    show_status(Path("sweep"), every_s=None)
    out = capsys.readouterr().out
    assert out.startswith("3 studies: 1 running, 1 failed, 1 waiting\n")
    assert "1,500/6,000  12.5/s  6 min 0 s" in out
    assert "\x1b" not in out
    told: list[dict[str, Any]] = []
    monkeypatch.setattr(status_module, "answer", lambda *, runs: told.extend(runs))
    show_status(Path("sweep"), every_s=None)
    assert [one["state"] for one in told] == ["running", "failed", "waiting"]
