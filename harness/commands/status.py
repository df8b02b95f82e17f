"""``harness status``: how far runs are, for people and for programs."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from harness.commands.json_answer import answer
from harness.commands.terminal import say, show_table
from harness.report.numbers import one_line, short
from harness.study.run_at_address import copy_for_reading
from harness.study.run_status import RunStatus, seconds_since
from harness.study.runs_status import FoundRun, found_runs
from harness.wording import quantity

_MOST_WORKERS = 16

_WORDS = {
    "finished": "finished",
    "running": "running",
    "answered": "all its answers are there: harness merge makes one run of the parts",
    "interrupted": "not running: the same command continues it",
    "unknown": "not finished; whether it runs is not known on this system",
}


def show_status(folder: Path, *, every_s: float | None) -> int:
    """Print how far the runs of a folder are, once or until all have ended.

    Args:
        folder: of a run, a sweep, or several runs.
        every_s: seconds between two times; None for once.

    Returns:
        The exit code: 0.

    Raises:
        HarnessError: no run is there.
    """
    while True:
        runs = found_runs(copy_for_reading(folder))
        answer(runs=[_plain(run) for run in runs])
        if len(runs) == 1 and runs[0].status is not None:
            for line in _lines(runs[0].status):
                say(one_line(line))
        else:
            _show_all(runs)
        if every_s is None or all(run.is_over for run in runs):
            return 0
        time.sleep(every_s)


def _plain(run: FoundRun) -> dict[str, Any]:
    return {
        "name": run.name,
        "problem": run.problem,
        **(asdict(run.status) if run.status else {"state": _state(run)}),
    }


def _state(run: FoundRun) -> str:
    return "failed" if run.problem else "waiting" if run.status is None else run.status.state


def _lines(status: RunStatus) -> Iterator[str]:
    part = f", part {status.part}" if status.part else ""
    place = f" on {short(status.machine)}" if status.machine else ""
    writer = f" (process {status.pid}{place})" if status.pid else ""
    yield f"{short(status.system)} on {short(status.dataset)}{part}: {_WORDS[status.state]}{writer}"
    if status.state == "finished":
        took = "" if status.seconds is None else f"; the run, or its last start, took {_duration(status.seconds)}"
        yield f"{status.samples:,} answers{took}"
    else:
        yield from _progress(status)
        if status.samples_done < status.samples:
            yield from _of_workers(status)
    for reason, num in status.unscored.items():
        yield f"{num:,} {short(reason)}"
    if status.calls or status.cost is not None:
        cost = "" if status.cost is None else f", {status.cost:,.2f} {status.currency or '(no currency stated)'}"
        yield f"{quantity(status.calls, 'call')}{cost}"
    if status.last_activity is not None:
        yield f"last activity {_duration(seconds_since(status.last_activity))} ago"


def _progress(status: RunStatus) -> Iterator[str]:
    """What is answered, in all and of each condition, and how fast."""
    share = 100 * status.samples_done / status.samples if status.samples else 0.0
    rate = "" if status.rate is None else f", {status.rate:,.1f} per second"
    left = "" if not status.seconds_left else f", {_duration(status.seconds_left)} left"
    yield f"{status.samples_done:,} of {status.samples:,} answers ({share:.0f} %){rate}{left}"
    for journal in status.journals:
        damaged = f", {journal.damaged} damaged (answered again)" if journal.damaged else ""
        shards = quantity(journal.shards, "shard")
        yield f"  {journal.name}: {journal.batches_done:,} of {journal.batches:,} batches, {shards}{damaged}"
    if status.samples_done == status.samples and status.state == "running":
        yield "all answers are there; now the test is checked and measured"


def _of_workers(status: RunStatus) -> Iterator[str]:
    """What each worker has done; of many the slowest, and those that were not heard of for longest."""
    slowest = sorted(status.workers, key=lambda one: (one.rate or 0.0, one.last))
    for one in sorted(slowest[:_MOST_WORKERS], key=lambda one: one.name):
        rate = "" if one.rate is None else f", {one.rate:,.1f} per second"
        unscored = f", {one.unscored:,} without a score" if one.unscored else ""
        cost = f", {one.cost:,.2f} {status.currency or ''}".rstrip() if one.cost else ""
        since = _duration(seconds_since(one.last))
        yield f"  {short(one.name)}: {one.samples:,} answers{rate}{unscored}{cost}, the last {since} ago"
    if len(slowest) > _MOST_WORKERS:
        yield f"  and {len(slowest) - _MOST_WORKERS:,} faster workers"


def _show_all(runs: Sequence[FoundRun]) -> None:
    states = [_state(run) for run in runs]
    counts = [f"{states.count(state):,} {state}" for state in dict.fromkeys(states)]
    say(f"{_studies(len(runs))}: {', '.join(counts)}")
    table = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    table.add_column("study", overflow="fold")
    for name in ("answers", "rate", "left"):
        table.add_column(name, justify="right")
    table.add_column("state")
    table.add_column("why", overflow="fold")
    for run, state in zip(runs, states, strict=True):
        status = run.status
        answers = "" if status is None else f"{status.samples_done:,}/{status.samples:,}"
        rate = f"{status.rate:,.1f}/s" if status and status.rate else ""
        left = _duration(status.seconds_left) if status and status.seconds_left else ""
        cells = (short(run.name), answers, rate, left, state, short(run.problem))
        table.add_row(*(Text(one_line(cell)) for cell in cells))
    show_table(table)


def _duration(seconds: float) -> str:
    """In the two largest units: ``2 h 5 min``."""
    whole = round(seconds)
    days, hours, minutes = whole // 86_400, whole // 3_600 % 24, whole // 60 % 60
    if days:
        return f"{days:,} d {hours} h"
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {whole % 60} s" if minutes else f"{whole} s"


def _studies(num: int) -> str:
    return f"{num:,} {'study' if num == 1 else 'studies'}"
