"""Runs of a system behind a local server that end before they are whole, go on, and buy nothing twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from fault_server import (
    Asked,
    Behaviour,
    FaultServer,
    Handler,
    serving,
)
from served_pictures import reading, truth, write_card, write_pictures
from served_runs import measured, overrides, table

from harness.errors import HarnessError


def journalled(place: Path) -> int:
    return sum(pq.read_table(path).num_rows for path in (place / "run" / ".journal").rglob("shard-*.parquet"))


def test_a_run_that_spent_its_budget_goes_on_with_a_higher_one(place: Path) -> None:
    write_pictures(place / "data", 30)
    with serving(reading) as server:
        write_card(place, server.url, price={"currency": "EUR", "per_call": 0.1, "source": "tests"})
        with pytest.raises(HarnessError, match=r"budget.max_calls=12, and 12 calls were made.*higher budget"):
            measured(place, "budget.max_calls=12")
        assert (len(server.asked), journalled(place)) == (12, 12)
        with pytest.raises(HarnessError, match=r"budget.max_calls=12"):
            measured(place, "budget.max_calls=12")
        assert len(server.asked) == 12
        with pytest.raises(HarnessError, match=r"budget.max_cost=2, and 2 is spent"):
            measured(place, "budget.max_cost=2")
        assert (len(server.asked), journalled(place)) == (20, 20)
        measured(place, "budget.max_cost=3", "budget.max_calls=30")
    assert len(server.asked) == 30
    assert sum(table(place, "answers")["cost"].to_pylist()) == pytest.approx(3.0)
    assert "budget" not in (place / "run" / "plan.yaml").read_text()


def command(place: Path, *more: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [
            *(sys.executable, "-c", "from harness.commands.main import main; main()", "run"),
            *("--config-dir", str(place / "configs"), *overrides(place, *more)),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def wait_for(server: FaultServer, num: int, process: subprocess.Popen[str]) -> None:
    while len(server.asked) < num:
        assert process.poll() is None, process.communicate()[0]
        time.sleep(0.002)


def pausing(seconds: float) -> Behaviour:
    def behave(handler: Handler, asked: Asked) -> None:
        time.sleep(seconds)
        reading(handler, asked)

    return behave


def test_an_answer_that_costs_something_is_in_the_journal_at_once(place: Path) -> None:
    write_pictures(place / "data", 12)
    waited: list[float] = []

    def timed(handler: Handler, asked: Asked) -> None:
        reading(handler, asked)
        arrived = time.monotonic()
        while rows_so_far(place) <= asked.number and time.monotonic() - arrived < 2.0:
            time.sleep(0.005)
        waited.append(time.monotonic() - arrived)

    with serving(timed) as server:
        write_card(place, server.url, price={"currency": "EUR", "per_call": 0.1, "source": "tests"})
        process = command(
            place, "model.concurrency=1", "budget.max_calls=11"
        )  # ends before the journal is removed
        said, _ = process.communicate(timeout=120)
        assert "The budget is spent" in said
    assert len(waited) == 11
    assert np.median(waited) < 0.2, "on a busy machine a single one may take longer"
    assert max(waited) < 2.0


def rows_so_far(place: Path) -> int:
    """Of a journal that is written to, and whose small parts are merged."""
    while True:
        with suppress(OSError):
            return journalled(place)


@pytest.mark.slow
def test_a_run_that_was_killed_in_the_middle_buys_nothing_twice(place: Path) -> None:
    write_pictures(place / "data", 400)
    with serving(pausing(0.01)) as server:
        write_card(place, server.url)
        process = command(place)
        wait_for(server, 200, process)
        os.kill(process.pid, signal.SIGKILL)
        process.communicate()
        killed_at = len(server.asked)
        assert killed_at - journalled(place) <= 4, "what was paid for is on disk, but for what is under way"
        measured(place)
    assert 200 <= killed_at < 400
    assert len(server.asked) <= 404, "at most 1 % more calls than samples"
    assert all(truth(table(place, "predictions")))


def test_after_ctrl_c_what_was_asked_is_in_the_journal(place: Path) -> None:
    write_pictures(place / "data", 60)
    with serving(pausing(0.2)) as server:
        write_card(place, server.url)
        process = command(place)
        wait_for(server, 10, process)
        process.send_signal(signal.SIGINT)
        said, _ = process.communicate(timeout=30)
        assert process.returncode == 130, said
        assert "Stopped." in said
        assert len(server.asked) == journalled(place) < 60
        measured(place)
    assert len(server.asked) == 60


def test_what_ends_the_run_is_one_message_and_the_run_goes_on_later(place: Path) -> None:
    write_pictures(place / "data", 12)

    def out_of_quota(handler: Handler, asked: Asked) -> None:
        if 5 <= asked.number < 9:
            handler.answer({"error": {"code": "insufficient_quota"}}, 429)
        else:
            reading(handler, asked)

    with serving(out_of_quota) as server:
        write_card(place, server.url)
        with pytest.raises(HarnessError, match=r"its quota .* is exhausted \(status 429\)\. All answers"):
            measured(place)
        assert journalled(place) == 5
        server.behaviour = reading
        measured(place)
    assert all(truth(table(place, "predictions")))
