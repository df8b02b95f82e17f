"""How far a journal is, read while others write it."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import numpy as np
import pytest
import toy

from harness.inference import shards as shards_module
from harness.inference.executor import Finished
from harness.inference.journal_progress import journal_progress
from harness.inference.shard_table import shard_table
from harness.inference.shards import Shards
from harness.models.answer import Answer

NUM = 40


def _shards(folder: Path) -> Shards:
    sample_id = toy.toy_samples(["ok"] * NUM)["sample_id"].combine_chunks()
    return Shards(folder, toy.PLAN, sample_id, 4, toy.WIDTH)


def _finished(first: int, outcome: str = "scored", cost: float | None = None) -> Finished:
    num = 4
    reason = None if outcome == "scored" else "no_face: too dark"
    vectors = np.ones((num if outcome == "scored" else 0, toy.WIDTH))
    return Finished(
        places=np.arange(first, first + num),
        outcome=[outcome] * num,
        reason=[reason] * num,
        vectors=vectors,
        prepare_s=[0.0] * num,
        forward_s=[0.0] * num,
        answers=[] if cost is None else [Answer(cost=cost, vector=np.ones(toy.WIDTH))] * num,
    )


def _write(shards: Shards, finished: Finished) -> None:
    shards.write(shard_table([finished], shards.sample_id))


def test_answers_reasons_and_cost_are_counted_once(tmp_path: Path) -> None:
    shards = _shards(tmp_path)
    _write(shards, _finished(0))
    _write(shards, _finished(4, "abstained"))
    _write(shards, _finished(4, "abstained"))  # as after a kill amid a merge
    _write(shards, _finished(8, cost=0.25))
    progress = journal_progress(tmp_path, NUM)
    assert progress.num_done == 12
    assert dict(progress.reasons) == {"abstained: no_face": 4}
    assert progress.cost == 1.0


def test_what_is_damaged_or_of_another_run_is_said(tmp_path: Path) -> None:
    shards = _shards(tmp_path)
    for first in (0, 4, 8):
        _write(shards, _finished(first))
    paths = sorted(tmp_path.glob("shard-*"))
    paths[0].write_bytes(paths[0].read_bytes()[:100])
    (tmp_path / "shard-x.parquet").write_bytes(paths[1].read_bytes())
    (tmp_path / ".shard.part").write_text("half")
    progress = journal_progress(tmp_path, NUM)
    assert (progress.num_done, progress.num_damaged) == (8, 2)
    assert journal_progress(tmp_path, 8).num_damaged == 3, "places beyond the samples of the plan"
    assert journal_progress(tmp_path / "absent", NUM).num_done == 0


def test_the_rate_is_that_of_answers_since_the_process_began(tmp_path: Path) -> None:
    shards = _shards(tmp_path)
    for index in range(5):
        _write(shards, _finished(4 * index))
    for path, written in zip(sorted(tmp_path.glob("shard-*")), [10, 100, 101, 102, 104], strict=True):
        os.utime(path, (written, written))
    progress = journal_progress(tmp_path, NUM)
    assert progress.rate(99) == pytest.approx(3 * 4 / 4)
    assert progress.rate(103.5) is None
    assert progress.last_written == 104


def test_what_was_merged_does_not_count_as_new(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shards_module, "_MAX_SMALL_SHARDS", 3)
    shards = _shards(tmp_path)
    for index in range(6):
        _write(shards, _finished(4 * index))
    paths = sorted(tmp_path.glob("shard-*"))
    assert [int(path.name[6:14]) for path in paths] == [4, 5, 6]
    for path, written in zip(paths, [10, 12, 14], strict=True):
        os.utime(path, (written, written))
    progress = journal_progress(tmp_path, NUM)
    assert progress.num_done == 24
    assert progress.rate(None) == pytest.approx(8 / 4)


def test_a_journal_that_is_written_and_merged_meanwhile_never_seems_to_shrink(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shards_module, "_MAX_SMALL_SHARDS", 2)
    shards = _shards(tmp_path)
    over = threading.Event()

    def write() -> None:
        for _ in range(8):
            for index in range(NUM // 4):
                _write(shards, _finished(4 * index))
        over.set()

    thread = threading.Thread(target=write)
    thread.start()
    seen = [0]
    while not over.is_set():
        seen.append(journal_progress(tmp_path, NUM).num_done)
    thread.join()
    assert seen == sorted(seen)
    assert journal_progress(tmp_path, NUM).num_done == NUM
