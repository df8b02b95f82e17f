"""What is noted of each worker, and what becomes of the note."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import numpy as np
import pytest
import toy

from harness.inference import workers_note as module
from harness.inference.executor import Finished
from harness.inference.workers_note import NOTE, WorkersNote, noted_workers
from harness.models.answer import Answer


def finished(worker: str, outcome: list[str], answers: list[Answer] | None = None) -> Finished:
    num = len(outcome)
    return Finished(
        places=np.arange(num),
        outcome=outcome,
        reason=[None] * num,
        vectors=np.empty((0, 1)),
        prepare_s=[0.0] * num,
        forward_s=[0.0] * num,
        answers=answers or (),
        worker=worker,
    )


def test_each_worker_is_counted_with_its_failures_cost_and_rate(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now, answers = [1000.0], [Answer(vector=np.ones(1), cost=0.25), Answer(vector=np.ones(1))]
    monkeypatch.setattr(module.time, "time", lambda: now[0])
    note = WorkersNote(tmp_path, every_s=0.0)
    for second in range(100):
        now[0] = 1000.0 + second
        note.add(finished("worker 1", ["scored"] * 4))
        if second < 50:
            note.add(finished("worker 2", ["scored", "failed"], answers))
    one, two = noted_workers(tmp_path, None)
    assert (one.name, one.samples, one.unscored, one.cost) == ("worker 1", 400, 0, 0.0)
    assert one.rate == pytest.approx(4.0)
    assert (two.name, two.samples, two.unscored, two.cost) == ("worker 2", 100, 50, 12.5)
    assert two.rate == 0.0, "it has done nothing for half a minute"
    assert (one.last, two.last) == (1099.0, 1049.0)


def test_a_note_of_an_earlier_process_or_in_part_counts_for_nothing(tmp_path: Path) -> None:
    assert noted_workers(tmp_path, None) == ()
    WorkersNote(tmp_path, every_s=0.0).add(finished("", ["scored"]))
    assert [worker.name for worker in noted_workers(tmp_path, time.time() - 60)] == ["this process"]
    os.utime(tmp_path / NOTE, (1, 1))
    assert noted_workers(tmp_path, time.time()) == ()
    for text in ("", "[", "[1]", json.dumps([{"name": "x"}]), "null"):
        (tmp_path / NOTE).write_text(text)
        assert list(noted_workers(tmp_path, None)) == []


@pytest.mark.parametrize(("workers", "names"), [(0, {"this process"}), (2, {"worker 1", "worker 2"})])
def test_all_that_was_answered_is_in_the_note(workers: int, names: set[str], tmp_path: Path) -> None:
    samples = toy.toy_samples(["score"] * 20 + ["abstain"] * 4)
    toy.run(tmp_path / "a", samples, batch_size=2, workers=workers)
    noted = noted_workers(tmp_path / "a", None)
    assert {worker.name for worker in noted} <= names
    assert sum(worker.samples for worker in noted) == 24
    assert sum(worker.unscored for worker in noted) == 4
