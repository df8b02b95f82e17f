from __future__ import annotations

import errno
import hashlib
import logging
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import toy

from harness.errors import HarnessError
from harness.inference.collected import Collected
from harness.inference.executor import Finished
from harness.inference.journal import Journal
from harness.inference.shards import Shards
from harness.models.answer import Answer

SAMPLES = toy.toy_samples(["ok", "broken", "ok"] * 7 + ["abstain"])


def shards(folder: Path) -> list[Path]:
    return sorted(folder.glob("shard-*.parquet"))


def finished_at(places: list[int], vectors: npt.NDArray[np.float64]) -> Finished:
    num = len(places)
    return Finished(
        places=np.array(places),
        outcome=["scored"] * num,
        reason=[None] * num,
        vectors=vectors,
        prepare_s=[0.5] * num,
        forward_s=[0.25] * num,
    )


@pytest.fixture
def finished(tmp_path: Path) -> bytes:
    return toy.fingerprint(toy.run(tmp_path, SAMPLES).vectors())


def test_a_shard_holds_a_finished_batch_and_names_its_plan(tmp_path: Path, finished: bytes) -> None:
    assert len(shards(tmp_path)) == 6  # 22 samples in batches of 4
    last = pq.read_table(shards(tmp_path)[-1])
    assert last["sample_id"].to_pylist() == ["s000020", "s000021"]
    assert last["place"].to_pylist() == [20, 21]
    assert last["reason"].to_pylist() == [None, "no_face"]
    np.testing.assert_allclose(last["vector"][0].as_py(), toy.expected_vector(20), rtol=1e-12)
    assert last["vector"][1].as_py() is None
    assert last.schema.metadata[b"harness.plan"].decode() == toy.PLAN


def truncated(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-40])


def emptied(path: Path) -> None:
    path.write_bytes(b"")


def without_a_row(path: Path) -> None:
    pq.write_table(pq.read_table(path).slice(1), path)


def without_a_vector(path: Path) -> None:
    table = pq.read_table(path)
    vectors = pa.array([None] * table.num_rows, table.schema.field("vector").type)
    pq.write_table(table.set_column(table.schema.get_field_index("vector"), "vector", vectors), path)


def with_a_place_too_far(path: Path) -> None:
    table = pq.read_table(path)
    place = pa.array([10**9] * table.num_rows)
    changed = table.set_column(0, "place", place).replace_schema_metadata(table.schema.metadata)
    pq.write_table(changed, path)


def without_metadata(path: Path) -> None:
    pq.write_table(pq.read_table(path).replace_schema_metadata(None), path)


def without_a_place(path: Path) -> None:
    table = pq.read_table(path)
    place = pa.array([None] * table.num_rows, pa.int64())
    pq.write_table(table.set_column(0, "place", place).replace_schema_metadata(table.schema.metadata), path)


def of_another_type(path: Path) -> None:
    table = pq.read_table(path)
    cost = table["cost"].cast(pa.string())
    changed = table.set_column(table.schema.get_field_index("cost"), "cost", cost)
    pq.write_table(changed.replace_schema_metadata(table.schema.metadata), path)


def with_another_vector(path: Path) -> None:
    table = pq.read_table(path)
    vectors = pa.array([v and [x + 1 for x in v] for v in table["vector"].to_pylist()], table["vector"].type)
    changed = table.set_column(table.schema.get_field_index("vector"), "vector", vectors)
    pq.write_table(changed.replace_schema_metadata(table.schema.metadata), path)


def named_to_fit(path: Path) -> None:
    """Name a shard by the hash of what it holds now."""
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()[:16]
    path.rename(path.with_name(f"{path.stem.rpartition('-')[0]}-{sha256}.parquet"))


DAMAGES = [truncated, emptied, without_a_row, without_a_vector, with_a_place_too_far, without_metadata]
DAMAGES += [without_a_place, of_another_type]


@pytest.mark.parametrize("fits", [False, True])
@pytest.mark.parametrize("damage", [*DAMAGES, with_another_vector])
def test_a_damaged_shard_is_computed_again(tmp_path: Path, finished: bytes, caplog, damage, fits: bool) -> None:
    """Also one whose name was made to fit, as far as what it holds can be told from what a run writes."""
    damage(shards(tmp_path)[2])
    if fits and damage is not with_another_vector:
        named_to_fit(shards(tmp_path)[2])
    model = toy.ToyModel()
    with caplog.at_level(logging.WARNING):
        vectors = toy.run(tmp_path, SAMPLES, model).vectors()
    assert "computed again" in caplog.text
    assert len(model.batches) == 1
    assert toy.fingerprint(vectors) == finished


def test_leftovers_of_a_killed_write_go(tmp_path: Path, finished: bytes) -> None:
    leftover = tmp_path / ".shard-00000009.parquet.abc.part"
    leftover.write_bytes(b"half")
    toy.run(tmp_path, SAMPLES)
    assert not leftover.exists()


def test_another_plan_is_refused(tmp_path: Path, finished: bytes) -> None:
    settings = toy.InferenceSettings(batch_size=4, workers=0)
    with pytest.raises(HarnessError, match=r"shard-0{8}-[0-9a-f]{16}\.parquet: belongs to another plan \(aaaa"):
        toy.collect(SAMPLES, toy.load, toy.ToyModel(), journal=tmp_path, plan_hash="b" * 64, settings=settings)
    assert len(shards(tmp_path)) == 6


def test_another_batch_size_is_refused(tmp_path: Path, finished: bytes) -> None:
    with pytest.raises(HarnessError, match=r"another batch size \(4; this run has 8\)"):
        toy.run(tmp_path, SAMPLES, batch_size=8)


def test_small_shards_are_merged_and_a_kill_between_does_no_harm(tmp_path: Path) -> None:
    num_samples = 500
    sample_id = pa.array([f"s{i}" for i in range(num_samples)])
    found = Shards(tmp_path, toy.PLAN, sample_id, 1, 2)
    journal = Journal(found, flush_s=0.0)
    kept = None
    for place in np.random.default_rng(0).permutation(num_samples).tolist():
        journal.add(finished_at([place], np.full((1, 2), float(place))))
        assert len(shards(tmp_path)) <= 65
        kept = kept or (shards(tmp_path)[0].name, shards(tmp_path)[0].read_bytes())
    assert kept is not None
    assert not (tmp_path / kept[0]).exists()
    (tmp_path / kept[0]).write_bytes(kept[1])
    read = Shards(tmp_path, toy.PLAN, sample_id, 1, 2)
    read.recover()
    assert read.missing().tolist() == []
    for each in (found, read):
        assert Collected(each).vectors().values[:, 0].tolist() == list(range(num_samples))


def test_a_fast_run_writes_seldom_and_a_slow_one_every_batch(tmp_path: Path) -> None:
    toy.run(tmp_path / "fast", SAMPLES, flush_s=100.0)
    assert len(shards(tmp_path / "fast")) == 1
    model = toy.ToyModel()
    model.forward_s = 0.03
    toy.run(tmp_path / "slow", SAMPLES, model, flush_s=0.02)
    assert len(shards(tmp_path / "slow")) == 6


def test_no_space_left_is_one_message_and_the_run_goes_on_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real_fsync, calls = os.fsync, []

    def full_after_three(descriptor: int) -> None:
        calls.append(descriptor)
        if len(calls) > 3:
            raise OSError(errno.ENOSPC, "No space left on device")
        real_fsync(descriptor)

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full_after_three)
        with pytest.raises(HarnessError, match=r"no space left .*go|no space left"):
            toy.run(tmp_path, SAMPLES)
    assert len(shards(tmp_path)) == 3
    assert not list(tmp_path.glob(".*.part"))
    model = toy.ToyModel()
    toy.run(tmp_path, SAMPLES, model)
    assert len(model.batches) == 3


def test_a_real_write_that_fails_in_the_file_system(tmp_path: Path) -> None:
    """A limit on file sizes fails inside Arrow's writer, where a full disk does."""
    script = (
        "import resource, sys, toy\nfrom pathlib import Path\nfrom harness.errors import HarnessError\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "try: toy.run(Path(sys.argv[1]), toy.toy_samples(['ok'] * 400), batch_size=400)\n"
        "except HarnessError as error: print(error)\n"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)], env=environment, capture_output=True, text=True, check=True
    )
    assert "no space left" in done.stdout
    assert list(tmp_path.iterdir()) == []


def test_paid_answers_that_came_together_are_written_together(tmp_path: Path) -> None:
    samples = toy.toy_samples(["ok"] * 4)
    journal = Journal(Shards(tmp_path, toy.PLAN, samples["sample_id"].combine_chunks(), 4, 3), 1000.0)
    answer = Answer(vector=np.zeros(3), costly=True)
    for place, followed in enumerate([True, True, False, False]):
        told = replace(answer, followed=followed)
        journal.add(replace(finished_at([place], np.zeros((1, 3))), answers=[told]))
        assert len(shards(tmp_path)) == max(0, place - 1)
    assert pq.read_table(shards(tmp_path)[0])["place"].to_pylist() == [0, 1, 2]
