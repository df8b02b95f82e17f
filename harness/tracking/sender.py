"""The process that sends one run to MLflow: ``python -m harness.tracking.sender MODULE…``.

It imports these modules, is then told on its standard input for how many seconds to try, when these are over by
the monotonic clock, and in which folder lies what it sends. It writes its answer there, and ends by itself in time
even if nobody waits for it any more. Told to end, it first takes back what it has sent.
"""

from __future__ import annotations

import os
import resource
import signal
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from types import FrameType

from harness.files import write_json
from harness.report.numbers import one_line
from harness.tracking.delivery import ANSWER, ARTIFACTS, TAKING_BACK_S, Delivery, not_in_time, public_uri
from harness.tracking.mlflow_store import Store, open_store

CLEANING_SHARE = 6
"""One part in so many of the time is kept for removing from the server what was sent in vain."""

MAX_ANSWERS_BYTES = 4 * 2**30
"""The memory that the answers of a server may take."""


MAX_ERROR = 10_000

SOONEST_S = 0.001
"""A timer of no seconds never ends."""


class NotInTime(BaseException):
    """Raised in the main thread when the time for sending is over; MLflow's client catches every `Exception`."""


class Stopped(BaseException):
    """Raised in the main thread when nobody wants the run to be sent any more."""


def main() -> None:
    """Send the run of a folder, and write into it what became of it."""
    for number in (signal.SIGINT, signal.SIGHUP):  # reach all of a terminal; who waits for this process decides
        signal.signal(number, signal.SIG_IGN)
    for module in sys.argv[1:]:
        with suppress(Exception):  # told as an answer where it is needed
            import_module(module)
    seconds, _, rest = sys.stdin.buffer.read().partition(b" ")
    deadline, _, name = rest.partition(b" ")
    if not name:  # there is nothing to send: the run failed, or was stopped
        return
    folder, timeout_s = Path(os.fsdecode(name)), float(seconds)
    delivery = Delivery.read(folder)
    try:
        _end_by(float(deadline), timeout_s)
        try:
            answer = send(delivery, folder / ARTIFACTS)
        finally:
            _end_no_more()
    except NotInTime:
        answer = {"error": not_in_time(timeout_s)}
    except Stopped:
        os._exit(128 + signal.SIGTERM)
    except Exception as error:  # a server may answer anything, and MLflow's client fails in as many ways
        answer = {"error": _in_short(error, delivery.uri)}
    write_json(answer, folder / ANSWER)
    sys.stdout.flush()
    os._exit(0)  # threads of MLflow's client may still wait for the server


def send(delivery: Delivery, artifacts: Path) -> dict[str, str]:
    """Send a run that is not there yet; one that is there is recognised by its key.

    Args:
        delivery: the run.
        artifacts: the folder of its files.

    Returns:
        The ``run_id`` and the ``url`` of the run.
    """
    with open_store(delivery.uri, delivery.experiment) as store:
        _limit_memory()
        run_id = store.finished_run(*delivery.key)
        if run_id is None:
            with store.nothing_left_behind(*delivery.key):
                tag, value = delivery.key
                run_id = store.new_run(delivery.name, delivery.started_ms, {**delivery.tags, tag: value})
                _log(store, run_id, delivery, artifacts, {})
        elif delivery.is_renewed:
            store.set_tags(run_id, delivery.tags)
            _log(store, run_id, delivery, artifacts, store.metrics_of(run_id))
        if delivery.model is not None:  # last, so that a model names no run that is not there
            store.tag_model(delivery.model)
        store.adopt(run_id, delivery.children)
        return {"run_id": run_id, "url": store.url(run_id)}


def _log(store: Store, run_id: str, delivery: Delivery, artifacts: Path, known: Mapping[str, float]) -> None:
    store.log_values(run_id, delivery, known)
    store.client.log_artifacts(run_id, str(artifacts))
    store.finish(run_id, delivery.finished_ms)


def _end_by(deadline: float, timeout_s: float) -> None:
    """Raise `NotInTime` when most of the time is over, and `Stopped` on SIGTERM.

    Either is raised once and leaves time for cleaning; when that is over, the kernel ends the process.
    """
    cleaning_s = timeout_s / CLEANING_SHARE

    def end_within(seconds: float) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_REAL, seconds)

    def out_of_time(_number: int, _frame: FrameType | None) -> None:
        end_within(cleaning_s)
        raise NotInTime

    def stopped(_number: int, _frame: FrameType | None) -> None:
        end_within(TAKING_BACK_S)
        raise Stopped

    signal.signal(signal.SIGTERM, stopped)
    signal.signal(signal.SIGALRM, out_of_time)
    left_s = deadline - time.clock_gettime(time.CLOCK_MONOTONIC) - cleaning_s
    signal.setitimer(signal.ITIMER_REAL, max(left_s, SOONEST_S))


def _end_no_more() -> None:
    """Let the answer be written: what is sent is there, or has been taken back."""
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)


def _limit_memory() -> None:
    """A server may answer without end; the limit is above what the process already has."""
    pages = Path("/proc/self/statm")
    if pages.is_file():
        used = int(pages.read_text().split()[0]) * resource.getpagesize()
        _, most = resource.getrlimit(resource.RLIMIT_AS)
        limit = used + MAX_ANSWERS_BYTES
        resource.setrlimit(resource.RLIMIT_AS, (limit if most < 0 else min(limit, most), most))


def _in_short(error: Exception, uri: str) -> str:
    text = one_line(str(error)[:MAX_ERROR]) or type(error).__name__
    detail = text.partition(" [SQL:")[0].replace(uri, public_uri(uri))[:300]
    if "Max retries exceeded" in detail or "timed out" in detail:
        return "the server does not answer."
    return detail


if __name__ == "__main__":
    main()
