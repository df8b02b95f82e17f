from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pytest
import toy

from harness.errors import HarnessError
from harness.inference.collected import Collected
from harness.inference.engine import _batches
from harness.tables.schemas import TIMINGS


def timings_of(collected: Collected) -> pa.Table:
    return pa.concat_tables(collected.timings("toy", "clean"))


MIXED = ["ok"] * 9 + ["abstain", "broken", "nan", "memory"] + ["ok"] * 10


def test_every_sample_has_a_row_with_its_own_vector_or_reason(tmp_path: Path) -> None:
    vectors = toy.run(tmp_path, toy.toy_samples(MIXED)).vectors()
    assert vectors.outcome == ["scored"] * 9 + ["abstained", "failed", "failed", "failed"] + ["scored"] * 10
    assert vectors.reason[9:13] == ["no_face", "unreadable: OSError", "non_finite", "unreadable: MemoryError"]
    for number, outcome in enumerate(vectors.outcome):
        if outcome == "scored":
            # one row at a time sums in another order than a batch
            np.testing.assert_allclose(vectors.values[number], toy.expected_vector(number), rtol=1e-12)
            assert vectors.reason[number] is None
        else:
            assert np.isnan(vectors.values[number]).all()


def test_a_missing_feature_is_not_a_fault_where_the_model_says_so(tmp_path: Path) -> None:
    class WithGaps(toy.ToyModel):
        nan_is_missing = True

        def forward(self, batch: Sequence[npt.NDArray[Any]]) -> npt.NDArray[np.float64]:
            values = super().forward(batch)
            values[0, 0] = np.nan  # one feature is missing
            values[1, 1] = np.inf  # a fault
            values[2] = np.nan  # nothing is left
            return values

    vectors = toy.run(tmp_path, toy.toy_samples(["ok"] * 4), WithGaps()).vectors()
    assert vectors.outcome == ["scored", "failed", "failed", "scored"]
    assert vectors.reason[1:3] == ["non_finite", "non_finite"]
    assert np.isnan(vectors.values[0]).tolist() == [True, False, False]


@pytest.mark.parametrize("fails", [False, True])
def test_a_model_is_closed_however_it_ends(tmp_path: Path, fails: bool) -> None:
    class Closing(toy.ToyModel):
        closed = 0

        def close(self) -> None:
            self.closed += 1

        def forward(self, batch: Sequence[npt.NDArray[Any]]) -> npt.NDArray[np.float64]:
            assert not self.closed
            if fails:
                raise RuntimeError
            return super().forward(batch)

    model = Closing()
    with pytest.raises(HarnessError) if fails else nullcontext():
        toy.run(tmp_path, toy.toy_samples(["ok"] * 5), model)
    assert (model.opened, model.closed) == (1, 1)


def test_batches_are_whole_less_what_was_not_prepared(tmp_path: Path) -> None:
    model = toy.ToyModel()
    toy.run(tmp_path, toy.toy_samples(["ok"] * 5 + ["broken"] * 3 + ["ok"] * 2 + ["abstain"]), model)
    assert model.batches == [4, 1, 2]


def test_a_batch_with_nothing_prepared_is_not_computed(tmp_path: Path) -> None:
    model = toy.ToyModel()
    assert toy.run(tmp_path, toy.toy_samples(["broken"] * 8), model).vectors().outcome == ["failed"] * 8
    assert model.batches == []


@pytest.mark.parametrize("batch_size", [1, 7, 32, 3_000])
@pytest.mark.parametrize("share_missing", [0.02, 0.5, 1.0])
def test_a_batch_holds_its_own_samples_that_are_missing(batch_size: int, share_missing: float) -> None:
    num_samples = 5_000
    drawn = np.random.default_rng(0).random(num_samples) < share_missing
    batches = list(_batches(toy.toy_samples(["ok"] * num_samples), np.flatnonzero(drawn), batch_size))
    assert [batch.index for batch in batches] == sorted({place // batch_size for place in np.flatnonzero(drawn)})
    assert np.concatenate([batch.places for batch in batches]).tolist() == np.flatnonzero(drawn).tolist()
    for batch in batches:
        assert set(batch.places // batch_size) == {batch.index}
        assert [row["sample_id"] for row in batch.rows] == [f"s{place:06d}" for place in batch.places]


@pytest.mark.parametrize("workers", [1, 3])
def test_the_number_of_workers_changes_nothing(tmp_path: Path, workers: int) -> None:
    samples = toy.toy_samples(MIXED)
    here = toy.run(tmp_path / "here", samples)
    there = toy.run(tmp_path / "there", samples, workers=workers)
    assert toy.fingerprint(there.vectors()) == toy.fingerprint(here.vectors())


def test_another_batch_size_moves_values_by_rounding_only(tmp_path: Path) -> None:
    samples = toy.toy_samples(MIXED)
    small = toy.run(tmp_path / "small", samples, batch_size=1).vectors()
    large = toy.run(tmp_path / "large", samples, batch_size=100).vectors()
    assert small.outcome == large.outcome
    np.testing.assert_allclose(small.values, large.values, atol=1e-12)


def test_a_finished_run_opens_no_model(tmp_path: Path) -> None:
    samples = toy.toy_samples(MIXED)
    first = toy.run(tmp_path, samples)
    model = toy.ToyModel()
    again = toy.run(tmp_path, samples, model)
    assert (model.opened, model.batches) == (0, [])
    assert toy.fingerprint(again.vectors()) == toy.fingerprint(first.vectors())
    assert timings_of(again).equals(timings_of(first))


def test_timings_cover_all_samples(tmp_path: Path) -> None:
    model = toy.ToyModel()
    model.forward_s = 0.04
    timings = timings_of(toy.run(tmp_path, toy.toy_samples(["ok"] * 4 + ["slow", "broken"]), model))
    assert timings.schema.equals(TIMINGS)
    assert timings["sample_id"].to_pylist() == [f"s{i:06d}" for i in range(6)]
    assert timings["prepare_s"][4].as_py() >= 0.002
    assert timings["forward_s"][0].as_py() == pytest.approx(0.01, rel=0.5)  # 0.04 s shared by four
    assert timings["forward_s"][5].as_py() is None


def test_progress_counts_what_the_journal_held(tmp_path: Path) -> None:
    samples = toy.toy_samples(["ok"] * 10)
    seen: list[tuple[int, int]] = []
    settings = toy.InferenceSettings(batch_size=4, workers=0, flush_s=0.0)

    def stop_after_two(done: int, total: int) -> None:
        seen.append((done, total))
        if done == 8:
            raise KeyboardInterrupt

    arguments = {"journal": tmp_path, "plan_hash": toy.PLAN, "settings": settings}
    with pytest.raises(KeyboardInterrupt):
        toy.collect(samples, toy.load, toy.ToyModel(), progress=stop_after_two, **arguments)
    assert seen == [(0, 10), (4, 10), (8, 10)]
    seen.clear()
    toy.collect(samples, toy.load, toy.ToyModel(), progress=lambda *now: seen.append(now), **arguments)
    assert seen == [(8, 10), (10, 10)]


def test_messages_stay_out_of_the_tables(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        vectors = toy.run(tmp_path, toy.toy_samples(["broken"])).vectors()
    assert vectors.reason == ["unreadable: OSError"]
    assert "sample s000000 could not be read: OSError: cannot open" in caplog.text


class WrongShape(toy.ToyModel):
    def forward(self, batch):
        return super().forward(batch)[:, :2]


class OutOfMemory(toy.ToyModel):
    def forward(self, batch):
        if len(self.batches) == 2:
            raise MemoryError("8 GiB")
        return super().forward(batch)


class Damaged(toy.ToyModel):
    def open(self):
        raise RuntimeError("unexpected token at byte 7")


def test_a_model_that_cannot_be_opened_is_named(tmp_path: Path) -> None:
    with pytest.raises(HarnessError, match="model toy failed while it was opened: RuntimeError: unexpected token"):
        toy.run(tmp_path, toy.toy_samples(["ok"] * 8), Damaged())


def test_a_wrong_shape_is_named(tmp_path: Path) -> None:
    with pytest.raises(HarnessError, match=r"model toy: forward gave float64 of shape \(4, 2\) for batch 0"):
        toy.run(tmp_path, toy.toy_samples(["ok"] * 8), WrongShape())


@pytest.mark.parametrize("workers", [0, 2])
def test_a_failing_model_stops_the_run_and_keeps_what_was_finished(tmp_path: Path, workers: int) -> None:
    samples = toy.toy_samples(["ok"] * 40)
    with pytest.raises(HarnessError, match=r"model toy failed in batch \d: MemoryError: 8 GiB Lower batch_size"):
        toy.run(tmp_path, samples, OutOfMemory(), workers=workers, flush_s=100.0)
    model = toy.ToyModel()
    toy.run(tmp_path, samples, model)
    assert len(model.batches) == 8


def test_a_preparer_that_gives_no_array_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(toy, "prepare", lambda media: [1.0])
    with pytest.raises(HarnessError, match="gave list; a preparer gives a numpy array"):
        toy.run(tmp_path, toy.toy_samples(["ok"]))


@pytest.mark.parametrize("wrong", [{"batch_size": 0}, {"workers": -1}, {"timeout_s": 0.0}, {"flush_s": -1.0}])
def test_settings_are_checked(wrong: dict[str, float]) -> None:
    with pytest.raises(HarnessError, match=rf"^{next(iter(wrong))}="):
        toy.InferenceSettings(**wrong)


def test_a_stopped_run_leaves_nothing_half_written(tmp_path: Path) -> None:
    class Stopped(toy.ToyModel):
        def forward(self, batch: Sequence[npt.NDArray[Any]]) -> npt.NDArray[np.float64]:
            if len(self.batches) == 2:
                (tmp_path / ".shard-00000007.parquet.x.part").write_bytes(b"stopped between two lines")
                raise KeyboardInterrupt
            return super().forward(batch)

    with pytest.raises(KeyboardInterrupt):
        toy.run(tmp_path, toy.toy_samples(["ok"] * 40), Stopped(), workers=0)
    assert not list(tmp_path.glob(".*.part"))
    assert list(tmp_path.glob("shard-*.parquet"))
