import itertools
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator

import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from harness.statistics.threads import ahead, beside, in_threads, one_thread


def _blas_threads() -> set[int]:
    return {found["num_threads"] for found in threadpool_info() if found["user_api"] == "blas"}


def test_one_thread_holds_within_the_block_and_is_given_back() -> None:
    with threadpool_limits(2, user_api="blas"):
        before = _blas_threads()
        with one_thread():
            assert _blas_threads() == {1}
            np.eye(4) @ np.eye(4)
            with one_thread():
                assert _blas_threads() == {1}
            assert _blas_threads() == {1}
        assert _blas_threads() == before == {2}


@pytest.mark.parametrize("stated", ["1", "2"])
def test_no_more_threads_than_stated(stated: str) -> None:
    """Also where it is first asked for within a limit."""
    code = (
        "import numpy\n"
        "from harness.statistics.threads import num_threads, one_thread\n"
        "with one_thread():\n"
        "    print(num_threads())\n"
    )
    environment = os.environ | {"OMP_NUM_THREADS": stated}
    printed = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)
    assert printed.stdout == f"{min(int(stated), len(os.sched_getaffinity(0)))}\n", printed.stderr


@pytest.mark.parametrize("num", [1, 3])
def test_pieces_keep_their_order_and_few_are_asked_for_ahead(num: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.statistics.threads.num_threads", lambda: num)
    asked = itertools.count()
    found = in_threads(lambda piece: piece * piece, (next(asked) for _ in range(50)))
    assert [next(found) for _ in range(10)] == [piece * piece for piece in range(10)]
    assert next(asked) <= 10 + num + 1


def test_pieces_are_worked_on_at_the_same_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of two waits for the other."""
    monkeypatch.setattr("harness.statistics.threads.num_threads", lambda: 2)
    both = threading.Barrier(2, timeout=10)
    assert sorted(in_threads(lambda _: both.wait(), range(2))) == [0, 1]


def test_what_a_piece_raises_is_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.statistics.threads.num_threads", lambda: 2)
    with pytest.raises(ZeroDivisionError):
        list(in_threads(lambda piece: 1 // piece, [1, 0, 1]))


@pytest.mark.parametrize("num", [1, 2])
def test_items_made_ahead_are_the_same_in_order(num: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.statistics.threads.num_threads", lambda: num)
    assert list(ahead(iter(range(5)))) == [0, 1, 2, 3, 4]
    assert list(ahead(iter([]))) == []


def test_an_item_that_is_being_made_can_be_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on Ctrl-C: whoever makes it is told before it is waited for."""
    monkeypatch.setattr("harness.statistics.threads.num_threads", lambda: 2)
    told = threading.Event()

    def items() -> Iterator[bool]:
        yield True
        yield told.wait(10)
        raise AssertionError("nobody asks for a third")

    found = ahead(items(), told.set)
    assert next(found)
    begun = time.monotonic()
    found.close()
    assert told.is_set()
    assert time.monotonic() - begun < 5


def test_a_single_thread_gives_up_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.statistics.threads.num_threads", lambda: 1)
    told = threading.Event()
    found = ahead(iter(range(3)), told.set)
    assert next(found) == 0
    assert not told.is_set()
    found.close()
    assert told.is_set()


def test_one_item_is_made_while_the_one_before_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not two: each may be large."""
    monkeypatch.setattr("harness.statistics.threads.num_threads", lambda: 2)
    both, made = threading.Barrier(2, timeout=10), itertools.count()

    def items() -> Iterator[int]:
        yield next(made)
        both.wait()
        yield next(made)
        yield next(made)

    found = ahead(items())
    assert next(found) == 0
    both.wait()
    assert next(found) == 1
    assert next(made) <= 3


def test_what_an_item_raises_is_raised_in_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.statistics.threads.num_threads", lambda: 2)
    found = ahead(1 // divisor for divisor in (1, 0))
    assert next(found) == 1
    with pytest.raises(ZeroDivisionError):
        next(found)


def test_work_is_done_beside_the_block(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of two waits for the other."""
    monkeypatch.setattr("harness.statistics.threads.num_threads", lambda: 2)
    both = threading.Barrier(2, timeout=10)
    with beside() as begin:
        outcome = begin(lambda: (both.wait(), "done")[1])
        both.wait()
        assert outcome() == "done"


def test_what_was_begun_has_ended_with_the_block(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where the block fails: nothing goes on in the background."""
    monkeypatch.setattr("harness.statistics.threads.num_threads", lambda: 2)
    ended = []

    def fails() -> None:
        with beside() as begin:
            begin(lambda: (time.sleep(0.05), ended.append(True)))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails()
    assert ended


def test_a_single_thread_works_when_the_outcome_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.statistics.threads.num_threads", lambda: 1)
    worked = []
    with beside() as begin:
        outcome = begin(lambda: worked.append(threading.current_thread()))
        assert not worked
        outcome()
    assert worked == [threading.current_thread()]


@pytest.mark.parametrize("num", [1, 2])
def test_what_work_raises_is_raised_where_it_is_asked_for(num: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.statistics.threads.num_threads", lambda: num)
    with beside() as begin:
        outcome = begin(lambda: 1 // 0)
        with pytest.raises(ZeroDivisionError):
            outcome()
